from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import DIGITS, LETTERS, SHAPES
from cnn.data.mnist import load_digits
from cnn.data.non_digits import rasterize
from cnn.data.synthetic_digits import scribble, synthesize_digit, synthesize_glyph

FORMS = {f"{digit}, {form}": form for digit, forms in DIGITS.items() for _, form in forms}
GLYPHS = FORMS | LETTERS | SHAPES
LOOK_LIKE_DIGITS = set("ODQIlSZBGbqgy")

seeds = st.integers(0, 2**32 - 1)


def hand(seed=0):
    return np.random.default_rng(seed)


def points_of(stroke):
    return [[float(number) for number in pair.split(",")] for pair in stroke.split() if pair != "/"]


def hermite(before, start, end, after, t):
    """A cubic from `start` to `end` whose slopes are half the way between their neighbours."""
    before, start, end, after = map(np.array, (before, start, end, after))
    slopes = (end - before) / 2, (after - start) / 2
    return (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * slopes[0]
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * slopes[1]
    )


@pytest.mark.parametrize("name", GLYPHS)
def test_a_glyph_lies_within_100_and_its_pen_goes_through_every_point_given(name):
    strokes = [points_of(stroke) for stroke in GLYPHS[name].split(";")]
    assert all(0 <= number <= 100 for number in chain(*chain(*strokes)))
    lines = synthesize_glyph(GLYPHS[name], hand(), sloppiness=0)
    assert len(lines) == len(strokes)
    for line, stroke in zip(lines, strokes, strict=True):
        distances = np.linalg.norm(line[:, None] - np.array(stroke)[None], axis=-1)
        assert distances.min(axis=0).max() < 1e-9
        np.testing.assert_allclose(line[[0, -1]], [stroke[0], stroke[-1]], atol=1e-9)


def test_each_digit_has_forms_that_are_drawn_more_or_less_often():
    assert sorted(DIGITS) == list(range(10))
    assert all(weight > 0 for forms in DIGITS.values() for weight, _ in forms)


def test_no_stranger_is_a_letter_that_looks_like_a_digit_and_no_two_share_a_name():
    assert not LOOK_LIKE_DIGITS & set(LETTERS)
    assert not set(LETTERS) & set(SHAPES)


def test_a_corner_is_turned_at_its_point_and_a_lifted_pen_leaves_a_gap():
    across, apart = synthesize_glyph("0,0 50,0 / 50,50 ; 20,80 40,80", hand(), sloppiness=0)
    x, y = across.T
    assert ((y == 0) | (x == 50)).all()
    np.testing.assert_allclose(apart[:, 1], 80)
    np.testing.assert_allclose(apart[[0, -1], 0], [20, 40])


def test_between_the_points_of_a_piece_the_pen_goes_as_hermites_cubic_says():
    a, b, c = (0, 0), (60, 0), (60, 30)
    [line] = synthesize_glyph("0,0 60,0 60,30", hand(), sloppiness=0)
    first = [hermite((-60, 0), a, b, c, i / 12) for i in range(12)]  # before a: b on its other side
    second = [hermite(a, b, c, (60, 60), i / 12) for i in range(13)]
    np.testing.assert_allclose(line, first + second, atol=1e-9)


def test_the_same_hand_writes_the_same_and_never_the_same_twice():
    one, again, other = hand(1), hand(1), hand(2)
    [first] = synthesize_glyph("50,0 50,100", one)
    np.testing.assert_array_equal([first], synthesize_glyph("50,0 50,100", again))
    for rng in (one, other):
        [second] = synthesize_glyph("50,0 50,100", rng)
        assert not np.array_equal(first, second)


@pytest.mark.parametrize("digit", range(10))
@given(seed=seeds)
def test_a_digit_keeps_roughly_its_place_and_has_the_strokes_of_one_of_its_forms(digit, seed):
    lines = synthesize_digit(digit, hand(seed))
    assert len(lines) in {form.count(";") + 1 for _, form in DIGITS[digit]}
    points = np.concatenate(lines)
    assert points.min() > -100
    assert points.max() < 200
    assert np.ptp(points, axis=0).max() > 20


def test_a_form_is_drawn_as_often_as_its_number_says(monkeypatch):
    monkeypatch.setitem(DIGITS, 1, [(3, "50,0 50,100"), (1, "50,0 50,100 ; 20,100 80,100")])
    rng = hand()
    with_foot = sum(len(synthesize_digit(1, rng)) == 2 for _ in range(400))
    assert 70 <= with_foot <= 130  # 100 expected, with a standard deviation of 9


def test_some_writers_round_their_corners_and_the_others_reach_them():
    nearest = []
    for seed in range(100):
        # So neat a hand that nothing else moves a point.
        [line] = synthesize_glyph("0,0 100,0 / 100,100", hand(seed), sloppiness=1e-9)
        nearest.append(np.linalg.norm(line - [100, 0], axis=1).min())
    rounded = [distance for distance in nearest if distance > 1]
    assert 20 <= len(rounded) <= 50  # 35 expected
    assert max(set(nearest) - set(rounded)) < 1e-5
    assert max(rounded) < 50


def turning(lines):
    """How far the pen turns in all, in radians, whichever way."""
    angles = [np.arctan2(*np.diff(line, axis=0).T[::-1]) for line in lines]
    turns = [(np.diff(each) + np.pi) % (2 * np.pi) - np.pi for each in angles]
    return np.abs(np.concatenate(turns)).sum()


def test_a_scribble_has_one_to_three_strokes_and_turns_far_more_than_a_digit():
    scribbles = [scribble(hand(seed)) for seed in range(200)]
    assert {len(lines) for lines in scribbles} == {1, 2, 3}
    assert all(line.min() > -30 and line.max() < 130 for lines in scribbles for line in lines)
    digits = [synthesize_digit(seed % 10, hand(seed)) for seed in range(200)]
    assert np.mean([*map(turning, scribbles)]) > 4 * np.mean([*map(turning, digits)])


def test_the_nearest_of_mnists_digits_reads_most_of_what_is_written():
    known = load_digits("train")
    images = known.images[:2000].reshape(2000, -1).astype(np.float32)
    rng = hand()
    labels = np.arange(200) % 10
    written = np.stack([rasterize(synthesize_digit(digit, rng), rng) for digit in labels])
    flat = written.reshape(200, -1).astype(np.float32)
    distances = (images**2).sum(axis=1) - 2 * flat @ images.T
    right = known.labels[distances.argmin(axis=1)] == labels
    # A tenth, if what is written were not the digit.
    assert right.mean() > 0.7
    assert all(right[labels == digit].mean() > 0.3 for digit in range(10))
