from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import DIGIT_FORMS, LETTERS, SHAPES
from cnn.data.mnist import load_digits
from cnn.data.pens import rasterize
from cnn.data.synthetic_digits import scribble, synthesize_digit, synthesize_glyph

FORMS = {f"{digit}, {form}": form for digit, forms in DIGIT_FORMS.items() for _, form in forms}
GLYPHS = FORMS | LETTERS | SHAPES
LOOK_LIKE_DIGITS = set("ODQIlSZBGbqgy")

seeds = st.integers(0, 2**32 - 1)


def rng_of(seed=0):
    return np.random.default_rng(seed)


def points_of(stroke):
    return [[float(number) for number in pair.split(",")] for pair in stroke.split() if pair != "/"]


def hermite(before, start, end, after, t):
    """A cubic from `start` to `end`; each slope is half the difference of the neighbours."""
    before, start, end, after = map(np.array, (before, start, end, after))
    slopes = (end - before) / 2, (after - start) / 2
    return (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * slopes[0]
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * slopes[1]
    )


@pytest.mark.parametrize("name", GLYPHS)
def test_a_glyph_lies_in_100_x_100_and_its_lines_pass_through_every_point(name):
    strokes = [points_of(stroke) for stroke in GLYPHS[name].split(";")]
    assert all(0 <= number <= 100 for number in chain(*chain(*strokes)))
    lines = synthesize_glyph(GLYPHS[name], rng_of(), sloppiness=0)
    assert len(lines) == len(strokes)
    for line, stroke in zip(lines, strokes, strict=True):
        distances = np.linalg.norm(line[:, None] - np.array(stroke)[None], axis=-1)
        assert distances.min(axis=0).max() < 1e-9
        np.testing.assert_allclose(line[[0, -1]], [stroke[0], stroke[-1]], atol=1e-9)


def test_each_digit_has_weighted_forms():
    assert sorted(DIGIT_FORMS) == list(range(10))
    assert all(weight > 0 for forms in DIGIT_FORMS.values() for weight, _ in forms)


def test_no_letter_looks_like_a_digit_and_names_are_unique():
    assert not LOOK_LIKE_DIGITS & set(LETTERS)
    assert not set(LETTERS) & set(SHAPES)


def test_a_slash_makes_a_corner_and_a_semicolon_a_gap():
    across, apart = synthesize_glyph("0,0 50,0 / 50,50 ; 20,80 40,80", rng_of(), sloppiness=0)
    x, y = across.T
    assert ((y == 0) | (x == 50)).all()
    np.testing.assert_allclose(apart[:, 1], 80)
    np.testing.assert_allclose(apart[[0, -1], 0], [20, 40])


def test_curves_between_the_points_are_hermite_cubics():
    a, b, c = (0, 0), (60, 0), (60, 30)
    [line] = synthesize_glyph("0,0 60,0 60,30", rng_of(), sloppiness=0)
    first = [hermite((-60, 0), a, b, c, i / 12) for i in range(12)]  # before a: b on its other side
    second = [hermite(a, b, c, (60, 60), i / 12) for i in range(13)]
    np.testing.assert_allclose(line, first + second, atol=1e-9)


def test_the_same_generator_state_gives_the_same_line():
    one, again, other = rng_of(1), rng_of(1), rng_of(2)
    [first] = synthesize_glyph("50,0 50,100", one)
    np.testing.assert_array_equal([first], synthesize_glyph("50,0 50,100", again))
    for rng in (one, other):
        [second] = synthesize_glyph("50,0 50,100", rng)
        assert not np.array_equal(first, second)


@pytest.mark.parametrize("digit", range(10))
@given(seed=seeds)
def test_a_digit_stays_in_its_box_and_has_the_strokes_of_one_of_its_forms(digit, seed):
    lines = synthesize_digit(digit, rng_of(seed))
    assert len(lines) in {form.count(";") + 1 for _, form in DIGIT_FORMS[digit]}
    points = np.concatenate(lines)
    assert points.min() > -100
    assert points.max() < 200
    assert np.ptp(points, axis=0).max() > 20


def test_forms_occur_with_the_frequency_of_their_weights(monkeypatch):
    monkeypatch.setitem(DIGIT_FORMS, 1, [(3, "50,0 50,100"), (1, "50,0 50,100 ; 20,100 80,100")])
    rng = rng_of()
    with_foot = sum(len(synthesize_digit(1, rng)) == 2 for _ in range(400))
    assert 70 <= with_foot <= 130  # 100 expected, with a standard deviation of 9


def test_some_glyphs_have_rounded_corners():
    nearest = []
    for seed in range(100):
        # So little sloppiness that only rounding moves a point.
        [line] = synthesize_glyph("0,0 100,0 / 100,100", rng_of(seed), sloppiness=1e-9)
        nearest.append(np.linalg.norm(line - [100, 0], axis=1).min())
    rounded = [distance for distance in nearest if distance > 1]
    assert 20 <= len(rounded) <= 50  # 35 expected
    assert max(set(nearest) - set(rounded)) < 1e-5
    assert max(rounded) < 50


def total_turning(lines):
    """Sum of the absolute changes of direction in radians."""
    angles = [np.arctan2(*np.diff(line, axis=0).T[::-1]) for line in lines]
    turns = [(np.diff(each) + np.pi) % (2 * np.pi) - np.pi for each in angles]
    return np.abs(np.concatenate(turns)).sum()


def test_a_scribble_has_one_to_three_strokes_and_turns_far_more_than_a_digit():
    scribbles = [scribble(rng_of(seed)) for seed in range(200)]
    assert {len(lines) for lines in scribbles} == {1, 2, 3}
    assert all(line.min() > -30 and line.max() < 130 for lines in scribbles for line in lines)
    digits = [synthesize_digit(seed % 10, rng_of(seed)) for seed in range(200)]
    assert np.mean([*map(total_turning, scribbles)]) > 4 * np.mean([*map(total_turning, digits)])


def test_nearest_neighbours_in_mnist_classify_most_synthetic_digits_correctly():
    training = load_digits("train")
    images = training.images[:2000].reshape(2000, -1).astype(np.float32)
    rng = rng_of()
    labels = np.arange(200) % 10
    synthetic = np.stack([rasterize(synthesize_digit(digit, rng), rng) for digit in labels])
    flat = synthetic.reshape(200, -1).astype(np.float32)
    distances = (images**2).sum(axis=1) - 2 * flat @ images.T
    correct = training.labels[distances.argmin(axis=1)] == labels
    # Chance level is 0.1.
    assert correct.mean() > 0.7
    assert all(correct[labels == digit].mean() > 0.3 for digit in range(10))
