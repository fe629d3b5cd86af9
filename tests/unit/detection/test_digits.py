import numpy as np
import pytest

from cnn.data.mnist import load_digits
from cnn.detection.digits import MAX_SPLITS, classify_whole, detect_digits, number_of, verdict_of
from cnn.preprocessing.normalization import normalize_image

ZERO, ONE = (load_digits("test").images[number] for number in (3, 2))  # a 0 and a 1


def enlarged(digit):
    return np.kron(digit[4:24, 4:24], np.ones((3, 3), np.uint8))


def page(*places, shape=(100, 400)):
    """Ink with a digit, (60, 60), at each (digit, left, top)."""
    ink = np.zeros(shape, np.uint8)
    for digit, left, top in places:
        part = ink[top : top + 60, left : left + 60]
        np.maximum(part, enlarged(digit), out=part)
    return ink


def by_width(images):
    """A network that calls wide digits 0, narrow ones 1, and is sure of both."""
    widths = np.array([np.ptp(np.nonzero(image > 127)[1]) for image in images])
    probabilities = np.full((len(images), 10), 0.01)
    probabilities[np.arange(len(images)), np.where(widths < 11, 1, 0)] = 0.91
    return probabilities


def unsure(images):
    return np.full((len(images), 10), 0.1)


def sure_of(known):
    """A network that is sure of some images only, and calls them 1."""

    def classify(images):
        probabilities = np.full((len(images), 10), 0.1)
        for row, image in zip(probabilities, images, strict=True):
            if any(np.array_equal(image, each) for each in known):
                row[1] = 0.9
        return probabilities

    return classify


def test_blank_ink_has_no_digits():
    assert detect_digits(np.zeros((50, 50), np.uint8), by_width, 0.5) == []
    assert verdict_of([]) == "blank"
    assert number_of([]) == ""


@pytest.mark.parametrize(("digit", "name"), [(ZERO, "0"), (ONE, "1")])
def test_a_single_digit_is_normalized_as_all_the_ink(digit, name):
    ink = page((digit, 50, 20))
    [read] = detect_digits(ink, by_width, 0.5)
    np.testing.assert_array_equal(read.normalized.image, normalize_image(ink).image)
    assert number_of([read]) == name
    assert verdict_of([read]) == "digit"
    left, top, right, bottom = read.box
    rows, columns = np.nonzero(ink)
    # Very faint ink at the edge of a digit does not count.
    assert abs(left - columns.min()) <= 3
    assert abs(top - rows.min()) <= 3
    assert abs(right - columns.max()) <= 3
    assert abs(bottom - rows.max()) <= 3


def test_digits_are_read_from_left_to_right_line_by_line():
    ink = page(
        (ZERO, 200, 10), (ONE, 20, 15), (ZERO, 100, 5), (ONE, 120, 110), (ZERO, 10, 115),
        shape=(200, 300),
    )  # fmt: skip
    read = detect_digits(ink, by_width, 0.5)
    assert number_of(read) == "10001"
    assert verdict_of(read) == "several"


def test_a_rising_line_is_one_line():
    ink = page(*((ZERO, 80 * number, 300 - 30 * number) for number in range(8)), shape=(400, 700))
    lefts = [each.box[0] for each in detect_digits(ink, by_width, 0.5)]
    assert len(lefts) == 8
    assert lefts == sorted(lefts)


def test_each_box_has_only_its_digit():
    # A slanted line beside a 0, whose boxes overlap.
    ink = page((ZERO, 20, 20))
    for step in range(78):
        left = 155 - 6 * step // 5
        ink[20 + step, left : left + 6] = 255
    zero, line = detect_digits(ink, by_width, 0.5)
    assert zero.box[2] > line.box[0]
    alone = normalize_image(page((ZERO, 20, 20)))
    np.testing.assert_array_equal(zero.normalized.image, alone.image)


def test_pieces_that_are_no_digits_are_not_several_digits():
    read = detect_digits(page((ZERO, 20, 20), (ZERO, 200, 20)), unsure, 0.5)
    assert number_of(read) == "??"
    assert verdict_of(read) == "not_a_digit"


def test_one_digit_beside_something_else_is_not_several():
    one = normalize_image(page((ONE, 200, 20))).image
    read = detect_digits(page((ZERO, 20, 20), (ONE, 200, 20)), sure_of([one]), 0.5)
    assert number_of(read) == "?1"
    assert verdict_of(read) == "not_a_digit"


def test_a_digit_with_a_gap_is_one_digit_if_the_network_is_surer_of_it():
    ink = page((ZERO, 50, 20))
    ink[:, 78:81] = 0  # a 0 in two halves, 3 of 60 pixels apart
    left, right = ink.copy(), ink.copy()
    left[:, 79:], right[:, :79] = 0, 0
    whole, *halves = (normalize_image(each).image for each in (ink, left, right))
    assert len(detect_digits(ink, sure_of([whole]), 0.5)) == 1
    assert len(detect_digits(ink, sure_of(halves), 0.5)) == 2


def test_ink_that_is_too_wide_for_one_digit_is_split_even_if_the_network_is_sure_of_it():
    ink = page(*((ZERO, 70 * number, 20) for number in range(4)))
    ink[48:52, 10:270] = 255  # joined
    whole = normalize_image(ink).image

    def sure_of_all(images):
        probabilities = np.full((len(images), 10), 0.01)
        probabilities[:, 0] = [0.99 if np.array_equal(each, whole) else 0.9 for each in images]
        return probabilities

    read = detect_digits(ink, sure_of_all, 0.5)
    assert len(read) > 1
    assert all(
        right - left <= 1.5 * (bottom - top)
        for left, top, right, bottom in (each.box for each in read)
    )


def test_a_digit_in_pieces_is_one_digit_if_the_network_accepts_the_whole():
    ink = page((ZERO, 50, 20))
    ink[:, 70:84] = 0  # two arcs, far from each other
    whole = normalize_image(ink).image
    [read] = detect_digits(ink, sure_of([whole]), 0.5)
    assert verdict_of([read]) == "digit"
    assert read.box[2] - read.box[0] > 40
    assert len(detect_digits(ink, sure_of([]), 0.5)) == 2


def test_specks_are_no_digits():
    ink = page((ZERO, 50, 20), (ONE, 200, 20))
    ink[95:98, 350:353] = 255
    assert len(detect_digits(ink, by_width, 0.5)) == 2


def test_a_sheet_of_many_digits_is_read():
    places = [(ZERO, 70 * column, 80 * row) for row in range(12) for column in range(14)]
    read = detect_digits(page(*places, shape=(1000, 1000)), by_width, 0.5)
    assert number_of(read) == "0" * 168


def test_a_table_of_many_cells_costs_a_bounded_number_of_splits():
    calls = []

    def counting(images):
        calls.append(len(images))
        return unsure(images)

    places = [(ZERO, 70 * column, 80 * row) for row in range(10) for column in range(14)]
    assert len(detect_digits(page(*places, shape=(1000, 1000)), counting, 0.5)) == 140
    assert len(calls) <= MAX_SPLITS + 3


def test_all_pieces_of_a_symbol_are_one_picture():
    ink = np.zeros((60, 60), np.uint8)
    ink[5:20, 10:14] = ink[40:55, 40:44] = 255
    seen = []

    def classify(images):
        seen.append(images)
        return np.array([[0.25, 0.75]])

    [found] = classify_whole(ink, classify, 0.9)
    assert (found.decision.kind, found.decision.best) == ("unsure", 1)
    assert [images.shape for images in seen] == [(1, 28, 28)]
    np.testing.assert_array_equal(seen[0][0], found.normalized.image)
    assert classify_whole(np.zeros((60, 60), np.uint8), classify, 0.9) == []
