import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import DIGIT_FORMS
from cnn.data.synthetic_digits import synthesize_glyph
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.segmentation import find_digits, find_digits_in_ink
from cnn.preprocessing.strokes import Stroke

WIDTH, HEIGHT, STROKE_WIDTH = 700, 220, 12
FORMS = [form for forms in DIGIT_FORMS.values() for _, form in forms]

# Points of the strokes, in a box about 60 wide and 100 high.
ONE = [[(0, 0), (0, 100)]]
FIVE = [[(0, 0), (0, 45), (45, 45), (60, 70), (40, 100), (0, 95)], [(0, -16), (55, -18)]]
CROSSED_SEVEN = [[(0, 0), (60, 0), (20, 100)], [(15, 50), (60, 50)]]
OPEN_FOUR = [[(10, 0), (0, 60), (40, 60)], [(64, 20), (50, 100)]]  # 5 pixels apart
WIDE_FIVE = [
    FIVE[0],
    [(30, -30), (85, -32)],
]  # the upper stroke is distant, but overlaps horizontally
ZERO = [[(0, 50), (30, 0), (60, 50), (30, 100), (0, 50)]]


def stroke_through(corners, x=0, y=0, step=3):
    """A stroke through `corners`, moved by x and y, with points at most `step` apart."""
    line = [np.array(corners[:1], float)]
    for (a, b), (c, d) in itertools.pairwise(corners):
        count = max(2, int(np.hypot(c - a, d - b) / step))
        line.append(np.linspace((a, b), (c, d), count)[1:])
    return Stroke(np.concatenate(line) + np.array([x, y]), STROKE_WIDTH)


def strokes_of(digit, x, y=60):
    return [stroke_through(corners, x, y) for corners in digit]


def found(strokes):
    return find_digits(strokes, WIDTH, HEIGHT)


def test_an_empty_canvas_has_no_digits():
    assert found([]) == []


def test_digits_are_sorted_from_left_to_right_with_their_boxes():
    found_digits = found(
        strokes_of(ZERO, 300) + strokes_of(CROSSED_SEVEN, 500) + strokes_of(ONE, 100)
    )
    # Half a stroke width beyond the points.
    assert [each.box for each in found_digits] == [
        (94, 54, 106, 166),
        (294, 54, 366, 166),
        (494, 54, 566, 166),
    ]
    assert [len(each.strokes) for each in found_digits] == [1, 1, 2]


@given(st.permutations(strokes_of(ONE, 60) + strokes_of(FIVE, 200) + strokes_of(OPEN_FOUR, 400)))
def test_the_order_of_the_strokes_does_not_matter(strokes):
    assert [each.box for each in found(strokes)] == [
        (54, 54, 66, 166),
        (194, 36, 266, 166),
        (394, 54, 470, 166),
    ]


def test_each_digit_is_normalized_separately():
    strokes = [*strokes_of(ZERO, 100), *strokes_of(FIVE, 300)]
    for each, alone in zip(found(strokes), (strokes[:1], strokes[1:]), strict=True):
        np.testing.assert_array_equal(each.normalized.image, normalize_strokes(alone, WIDTH).image)


@pytest.mark.parametrize("digit", [FIVE, WIDE_FIVE, CROSSED_SEVEN, OPEN_FOUR])
def test_a_digit_in_two_strokes_is_one_digit(digit):
    strokes = strokes_of(digit, 100)
    [one] = found(strokes)
    assert len(one.strokes) == 2
    for stroke in strokes:  # both are used: each alone gives another image
        assert (found([stroke])[0].normalized.image != one.normalized.image).any()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_digit_is_one_digit(form):
    lines = synthesize_glyph(form, np.random.default_rng(0), sloppiness=0)
    assert len(found([Stroke(1.5 * line + 40, STROKE_WIDTH) for line in lines])) == 1


@pytest.mark.parametrize("gap", [5, 10, 40])
@pytest.mark.parametrize("digits", [(ONE, ONE), (ZERO, ONE), (FIVE, CROSSED_SEVEN), (ZERO, ZERO)])
def test_two_digits_side_by_side_are_two_digits(digits, gap):
    first = strokes_of(digits[0], 50)
    right = max(stroke.points[:, 0].max() for stroke in first)
    assert len(found(first + strokes_of(digits[1], right + STROKE_WIDTH + gap))) == 2


def test_two_digits_that_touch_are_one_digit():
    assert len(found(strokes_of(ZERO, 50) + strokes_of(ZERO, 110))) == 1


def test_a_dot_belongs_to_a_digit_that_is_near_or_is_a_digit():
    near, far = stroke_through([(115, 100)]), stroke_through([(400, 100)])
    digit, dot = found([*strokes_of(ONE, 100), near, far])
    assert len(digit.strokes) == 2
    assert dot.box == (394, 94, 406, 106)
    assert max(dot.normalized.scaled.shape) < 5  # not stretched into a digit


def test_separate_dots_are_separate_digits():
    dots = [stroke_through([(x, 110)]) for x in range(20, 700, 40)]
    assert [each.box[0] for each in found(dots)] == [x - 6 for x in range(20, 700, 40)]


# Strokes that leave the canvas


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
def test_a_stroke_outside_the_canvas_is_not_found(corners):
    outside = Stroke(np.array(corners, float), STROKE_WIDTH)
    assert found([outside]) == []
    assert [each.box for each in found([outside, *strokes_of(ONE, 100)])] == [(94, 54, 106, 166)]


def test_boxes_end_at_the_edge_of_the_canvas():
    assert found([stroke_through([(-90, 110), (60, 110)])])[0].box == (0, 104, 66, 116)
    assert found([stroke_through([(300, -90), (300, 500)])])[0].box == (294, 0, 306, 220)
    assert found([stroke_through([(650, 100), (900, 100)])])[0].box == (644, 94, 700, 106)


def test_only_the_visible_part_of_a_digit_is_normalized():
    off = found([stroke_through([(100, 20), (160, 120), (160, 900)])])
    cut = found([stroke_through([(100, 20), (160, 120), (160, HEIGHT + STROKE_WIDTH / 2)])])
    assert off[0].normalized.scaled.shape == cut[0].normalized.scaled.shape


def test_a_stroke_that_leaves_the_canvas_does_not_merge_the_others():
    ones = strokes_of(ONE, 100) + strokes_of(ONE, 150)
    assert len(found([*ones, stroke_through([(600, 60), (600, 900)])])) == 3


def test_strokes_of_10000_points_need_little_memory():
    # Slanted, so that the boxes overlap horizontally and the distance is measured.
    strokes = [stroke_through([(x, 200), (x + 60, 20)], step=0.0185) for x in (100, 140)]
    assert min(len(stroke.points) for stroke in strokes) > 10_000
    tracemalloc.start()
    digits = found(strokes)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(digits) == 2
    assert peak < 50e6  # bytes; all pairs of points would be 1,600 million


# The ink of a picture


def ink_of(*lefts):
    """Ink with an upright bar at each of `lefts`, and a speck."""
    ink = np.zeros((50, 100), np.uint8)
    for left in lefts:
        ink[5:45, left : left + 10] = 255
    ink[20:24, 92:96] = 255 if lefts else 0
    return ink


@pytest.mark.parametrize("lefts", [(), (10,), (10, 50), (10, 30, 70)])
def test_bars_in_ink_are_found_and_a_speck_is_not(lefts):
    found_digits = find_digits_in_ink(ink_of(*lefts))
    assert [each.box for each in found_digits] == [(left, 5, left + 10, 45) for left in lefts]
    assert all((each.ink == 255).all() for each in found_digits)


@pytest.mark.parametrize("gap", [60, 100])
def test_digits_above_each_other_are_two_lines(gap):
    strokes = strokes_of(ZERO, 100, y=20)
    below = [Stroke(each.points * [1, 0.7] + [0, 100 + gap], STROKE_WIDTH) for each in strokes]
    assert len(find_digits(strokes + below, WIDTH, 400)) == 2
    ink = np.zeros((400, 200), np.uint8)
    ink[20:120, 50:80] = ink[120 + gap : 190 + gap, 50:90] = 255
    assert len(find_digits_in_ink(ink)) == 2


def test_ink_without_its_own_parts_is_not_in_a_box():
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 10:20] = ink[80:90, 10:60] = 255  # an L
    ink[10:60, 40:50] = 255  # a bar above its foot, in its box
    corner, bar = find_digits_in_ink(ink)
    assert (corner.box, bar.box) == ((10, 10, 60, 90), (40, 10, 50, 60))
    assert corner.ink.sum() == 255 * (80 * 10 + 10 * 40)


def test_the_ink_of_a_canvas_is_that_of_each_digit():
    for each in found(strokes_of(ZERO, 100) + strokes_of(CROSSED_SEVEN, 300)):
        left, top, right, bottom = each.box
        assert each.ink.shape == (bottom - top, right - left)
        assert each.ink.max() == 255
