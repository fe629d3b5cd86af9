from typing import NamedTuple

from cnn.preprocessing.segmentation import lines_of


class Digit(NamedTuple):
    box: tuple[int, int, int, int]


def digit(left, top, width=10, height=20):
    return Digit((left, top, left + width, top + height))


def lengths(*places):
    return [len(line) for line in lines_of([digit(*place) for place in places])]


def test_without_digits_there_are_no_lines():
    assert lines_of([]) == []


def test_digits_side_by_side_are_one_line():
    assert lengths((0, 0), (20, 5), (40, 0)) == [3]


def test_a_digit_to_the_left_begins_a_line():
    assert lengths((0, 0), (20, 0), (0, 30), (20, 30), (40, 30)) == [2, 3]


def test_a_line_may_begin_to_the_right_of_the_end_of_the_one_before():
    assert lengths((0, 0), (20, 0), (60, 30), (80, 30)) == [2, 2]


def test_a_line_may_rise_or_fall_below_its_height():
    assert lengths(*((20 * number, 8 * number) for number in range(6))) == [6]
    assert lengths(*((20 * number, -8 * number) for number in range(6))) == [6]


def test_a_falling_line_ends_where_the_next_begins():
    assert lengths((0, 0), (20, 10), (40, 20), (0, 22), (20, 32)) == [3, 2]


def test_the_digits_keep_their_order():
    digits = [digit(0, 0), digit(20, 0), digit(0, 30)]
    assert [each.box for line in lines_of(digits) for each in line] == [each.box for each in digits]
