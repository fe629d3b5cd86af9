import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import DIGITS
from cnn.data.synthetic_digits import synthesize_glyph
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.segmentation import find_digits
from cnn.preprocessing.strokes import Stroke

WIDTH, HEIGHT, STROKE_WIDTH = 700, 220, 12
FORMS = [form for forms in DIGITS.values() for _, form in forms]

# Corners of pen strokes, in a box about 60 wide and 100 high.
ONE = [[(0, 0), (0, 100)]]
FIVE = [[(0, 0), (0, 45), (45, 45), (60, 70), (40, 100), (0, 95)], [(0, -16), (55, -18)]]
CROSSED_SEVEN = [[(0, 0), (60, 0), (20, 100)], [(15, 50), (60, 50)]]
OPEN_FOUR = [[(10, 0), (0, 60), (40, 60)], [(64, 20), (50, 100)]]  # 5 pixels of paper between
WIDE_FIVE = [FIVE[0], [(30, -30), (85, -32)]]  # its hat is far off, but mostly above it
ZERO = [[(0, 50), (30, 0), (60, 50), (30, 100), (0, 50)]]


def hand(corners, x=0, y=0, step=3):
    """A stroke through `corners`, moved by x and y, with points as close as a hand leaves them."""
    line = [np.array(corners[:1], float)]
    for (a, b), (c, d) in itertools.pairwise(corners):
        count = max(2, int(np.hypot(c - a, d - b) / step))
        line.append(np.linspace((a, b), (c, d), count)[1:])
    return Stroke(np.concatenate(line) + np.array([x, y]), STROKE_WIDTH)


def written(digit, x, y=60):
    return [hand(corners, x, y) for corners in digit]


def found(strokes):
    return find_digits(strokes, WIDTH, HEIGHT)


def test_an_empty_canvas_has_no_digits():
    assert found([]) == []


def test_digits_come_from_left_to_right_with_their_boxes():
    found_digits = found(written(ZERO, 300) + written(CROSSED_SEVEN, 500) + written(ONE, 100))
    # Half a pen's width beyond the points.
    assert [each.box for each in found_digits] == [
        (94, 54, 106, 166),
        (294, 54, 366, 166),
        (494, 54, 566, 166),
    ]
    assert [len(each.strokes) for each in found_digits] == [1, 1, 2]


@given(st.permutations(written(ONE, 60) + written(FIVE, 200) + written(OPEN_FOUR, 400)))
def test_the_order_of_the_strokes_makes_no_difference(strokes):
    assert [each.box for each in found(strokes)] == [
        (54, 54, 66, 166),
        (194, 36, 266, 166),
        (394, 54, 470, 166),
    ]


def test_each_digit_is_fitted_by_itself():
    strokes = [*written(ZERO, 100), *written(FIVE, 300)]
    for each, alone in zip(found(strokes), (strokes[:1], strokes[1:]), strict=True):
        np.testing.assert_array_equal(each.normalized.image, normalize_strokes(alone, WIDTH).image)


@pytest.mark.parametrize("digit", [FIVE, WIDE_FIVE, CROSSED_SEVEN, OPEN_FOUR])
def test_a_digit_in_two_strokes_is_one(digit):
    strokes = written(digit, 100)
    [one] = found(strokes)
    assert len(one.strokes) == 2
    for stroke in strokes:  # both count: each by itself is another picture
        assert (found([stroke])[0].normalized.image != one.normalized.image).any()


@pytest.mark.parametrize("form", FORMS)
def test_a_digit_is_one_in_whatever_way_it_is_written(form):
    lines = synthesize_glyph(form, np.random.default_rng(0), sloppiness=0)
    assert len(found([Stroke(1.5 * line + 40, STROKE_WIDTH) for line in lines])) == 1


@pytest.mark.parametrize("paper", [5, 10, 40])
@pytest.mark.parametrize("digits", [(ONE, ONE), (ZERO, ONE), (FIVE, CROSSED_SEVEN), (ZERO, ZERO)])
def test_two_digits_side_by_side_stay_two_however_near(digits, paper):
    first = written(digits[0], 50)
    right = max(stroke.points[:, 0].max() for stroke in first)
    assert len(found(first + written(digits[1], right + STROKE_WIDTH + paper))) == 2


def test_two_digits_that_touch_are_one():
    assert len(found(written(ZERO, 50) + written(ZERO, 110))) == 1


def test_a_dot_near_a_digit_belongs_to_it_and_a_dot_by_itself_is_one():
    near, far = hand([(115, 100)]), hand([(400, 100)])
    digit, dot = found([*written(ONE, 100), near, far])
    assert len(digit.strokes) == 2
    assert dot.box == (394, 94, 406, 106)
    assert max(dot.normalized.scaled.shape) < 5  # not stretched into a digit


def test_a_row_of_dots_is_as_many():
    dots = [hand([(x, 110)]) for x in range(20, 700, 40)]
    assert [each.box[0] for each in found(dots)] == [x - 6 for x in range(20, 700, 40)]


# Beyond the canvas


@pytest.mark.parametrize(
    "corners",
    [
        [(-50, 20), (-30, 200)],
        [(1000, 20), (1000, 200)],
        [(100, -300), (200, -40)],
        [(1e17, 5), (1e17, 6)],
        [(100, 300), (100, 400)],
    ],
    ids=["left", "right", "above", "far", "below"],
)
def test_a_stroke_beside_the_canvas_is_not_found(corners):
    beside = Stroke(np.array(corners, float), STROKE_WIDTH)
    assert found([beside]) == []
    assert [each.box for each in found([beside, *written(ONE, 100)])] == [(94, 54, 106, 166)]


def test_a_box_ends_where_the_canvas_does():
    assert found([hand([(-90, 110), (60, 110)])])[0].box == (0, 104, 66, 116)
    assert found([hand([(300, -90), (300, 500)])])[0].box == (294, 0, 306, 220)
    assert found([hand([(650, 100), (900, 100)])])[0].box == (644, 94, 700, 106)


def test_a_digit_that_leaves_the_canvas_below_is_read_as_far_as_it_is_seen():
    off = found([hand([(100, 20), (160, 120), (160, 900)])])
    cut = found([hand([(100, 20), (160, 120), (160, HEIGHT + STROKE_WIDTH / 2)])])
    assert off[0].normalized.scaled.shape == cut[0].normalized.scaled.shape


def test_a_stroke_that_leaves_the_canvas_does_not_join_the_others():
    ones = written(ONE, 100) + written(ONE, 150)
    assert len(found([*ones, hand([(600, 60), (600, 900)])])) == 3


def test_ten_thousand_points_a_stroke_take_little_memory():
    # Slanted, so that the boxes share some columns and the paper between them is measured.
    strokes = [hand([(x, 200), (x + 60, 20)], step=0.0185) for x in (100, 140)]
    assert min(len(stroke.points) for stroke in strokes) > 10_000
    tracemalloc.start()
    digits = found(strokes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(digits) == 2
    assert peak < 50e6  # bytes; all pairs of points would be 1,600 million
