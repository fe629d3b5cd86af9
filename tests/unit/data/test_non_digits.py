import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.non_digits import (
    KINDS,
    SHARES,
    bars,
    draw_dot,
    draw_garment,
    draw_glyph,
    draw_noise,
    draw_non_digits,
    draw_pair,
)

CONSTANT_IMAGES = np.stack([np.full((28, 28), value, np.uint8) for value in (7, 200)])

seeds = st.integers(0, 2**32 - 1)


def rng_of(seed=0):
    return np.random.default_rng(seed)


def box(image):
    """Height and width of the ink's bounding box."""
    rows, columns = np.nonzero(image)
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def is_image(image):
    return image.shape == (28, 28) and image.dtype == np.uint8


@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_and_shape_fills_the_20_x_20_box(kind):
    image = draw_glyph(kind, rng_of())
    assert is_image(image)
    # A soft line of ink ends below the values that count as ink.
    assert 17 <= max(box(image)) <= 20


def test_the_kinds_are_the_letters_and_the_shapes():
    assert set(KINDS) == set(LETTERS) | set(SHAPES)
    with pytest.raises(KeyError):
        draw_glyph("no such letter", rng_of())


@given(seeds)
def test_noise_is_an_image_that_depends_on_the_seed_only(seed):
    image = draw_noise(rng_of(seed))
    assert is_image(image)
    np.testing.assert_array_equal(image, draw_noise(rng_of(seed)))


def test_noise_is_sparse_or_dense_and_fine_or_coarse():
    images = [draw_noise(rng_of(seed)) for seed in range(100)]
    inked = [np.count_nonzero(image) / 784 for image in images]
    assert min(inked) < 0.3
    assert max(inked) > 0.9
    steps = [np.abs(np.diff(image.astype(int), axis=1)).mean() for image in images]
    assert min(steps) < 10
    assert max(steps) > 60


@given(seeds)
def test_a_dot_is_one_component_near_the_centre_or_blank(seed):
    image = draw_dot(rng_of(seed))
    assert is_image(image)
    if image.any():
        components, _ = cv2.connectedComponents((image > 0).astype(np.uint8))
        assert components == 2  # the background and the dot
        assert all(9.5 <= middle.mean() <= 18.5 for middle in np.nonzero(image))


def test_some_dots_are_blank():
    blank = sum(not draw_dot(rng_of(seed)).any() for seed in range(100))
    assert 5 < blank < 40  # if a half axis is 0: 17 in 100


def test_draw_non_digits_returns_count_images_that_depend_on_the_seed():
    non_digits = draw_non_digits(20, CONSTANT_IMAGES, rng_of(3))
    assert non_digits.shape == (20, 28, 28)
    assert non_digits.dtype == np.uint8
    np.testing.assert_array_equal(non_digits, draw_non_digits(20, CONSTANT_IMAGES, rng_of(3)))
    assert not np.array_equal(non_digits, draw_non_digits(20, CONSTANT_IMAGES, rng_of(4)))
    assert draw_non_digits(0, CONSTANT_IMAGES, rng_of()).shape == (0, 28, 28)


@given(seeds)
def test_bars_are_two_to_seven_parallel_strokes(seed):
    lines = bars(rng_of(seed))
    assert 2 <= len(lines) <= 7
    directions = np.array([line[1] - line[0] for line in lines])
    lengths = np.hypot(*directions.T)
    assert lengths.min() > 10
    cosines = directions @ directions[0] / lengths / lengths[0]
    assert cosines.min() > 0.5  # both ends are displaced by some 4 of at least 30


def bar(x, width=4):
    """A digit of one upright bar, `width` pixels wide."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, x : x + width] = 255
    return image


def test_a_pair_shows_both_digits_side_by_side():
    gaps = 0
    for seed in range(60):
        image = draw_pair(bar(12), bar(3), rng_of(seed))
        assert is_image(image)
        rows, columns = np.nonzero(image > 100)
        gaps += np.ptp(columns) + 1 > len(np.unique(columns))
        assert np.ptp(rows) >= 5
    assert gaps > 15  # the others touch


def test_a_pair_is_as_wide_as_both_digits():
    given = [draw_pair(bar(4, 20), bar(4, 20), rng_of(seed)) for seed in range(40)]
    heights, widths = np.array([box(image > 100) for image in given]).T
    # 2 squares side by side, for about half of the seeds; the others are synthetic digits.
    assert np.count_nonzero((widths >= 18) & (heights <= 12)) >= 12


@given(seeds)
def test_a_garment_is_an_image_that_depends_on_the_seed_only(seed):
    image = draw_garment(rng_of(seed))
    assert is_image(image)
    np.testing.assert_array_equal(image, draw_garment(rng_of(seed)))


def test_garments_are_mostly_filled():
    inked = [np.count_nonzero(draw_garment(rng_of(seed)) > 30) for seed in range(100)]
    assert 120 < np.median(inked) < 500  # of 400 pixels in 20 x 20; a digit has about 110


def test_as_many_non_digits_are_inverted_digits_as_their_share_says():
    non_digits = draw_non_digits(500, CONSTANT_IMAGES, rng_of())
    # No other non-digit is constant: the digits 7 and 200 become 248 and 55.
    greys = [image[0, 0] for image in non_digits if np.ptp(image) == 0 and image.any()]
    assert set(greys) == {248, 55}
    expected = 500 * SHARES["inverted"]
    assert abs(len(greys) - expected) < 4 * expected**0.5


def test_the_shares_are_of_all_non_digits():
    assert sum(SHARES.values()) == pytest.approx(1)


def test_no_non_digit_is_one_of_the_given_digits():
    non_digits = draw_non_digits(300, CONSTANT_IMAGES, rng_of(1))
    assert not any((image == digit).all() for image in non_digits for digit in CONSTANT_IMAGES)
