import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.non_digits import (
    KINDS,
    STROKE_WIDTH_RANGE,
    draw_dot,
    draw_glyph,
    draw_noise,
    draw_non_digits,
    rasterize,
)
from cnn.preprocessing.normalization import STROKE_WIDTH, centre, redraw_lines

CONSTANT_IMAGES = np.stack([np.full((28, 28), value, np.uint8) for value in (7, 200)])
UPRIGHT = [np.array([[0.0, 0.0], [0.0, 100.0]])]

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
    assert 19 <= max(box(image)) <= 20


def test_the_kinds_are_the_letters_and_the_shapes():
    assert set(KINDS) == set(LETTERS) | set(SHAPES)
    with pytest.raises(KeyError):
        draw_glyph("no such letter", rng_of())


def test_lines_have_the_standard_stroke_width_or_a_random_one_in_range():
    images = [rasterize(UPRIGHT, rng_of(seed)) for seed in range(100)]
    widths = np.array([image[14].sum() / 255 for image in images])
    assert widths.min() > STROKE_WIDTH_RANGE[0] - 0.4  # lines are drawn in eighths of a pixel
    assert widths.max() < STROKE_WIDTH_RANGE[1] + 0.4
    assert np.ptp(widths) > 1.5
    standard = centre(redraw_lines(UPRIGHT, STROKE_WIDTH))
    count = sum(np.array_equal(image, standard) for image in images)
    assert 20 <= count <= 55  # 3 in 10, and those as wide by chance


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


def test_about_one_non_digit_in_twelve_is_an_inverted_digit():
    non_digits = draw_non_digits(500, CONSTANT_IMAGES, rng_of())
    # No other non-digit is constant: the digits 7 and 200 become 248 and 55.
    greys = [image[0, 0] for image in non_digits if np.ptp(image) == 0 and image.any()]
    assert set(greys) == {248, 55}
    assert 20 <= len(greys) <= 60  # 40 expected, with a standard deviation of 6


def test_no_non_digit_is_one_of_the_given_digits():
    non_digits = draw_non_digits(300, CONSTANT_IMAGES, rng_of(1))
    assert not any((image == digit).all() for image in non_digits for digit in CONSTANT_IMAGES)
