import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.occlusion import log_odds, occlusion

SIDE, DIGIT = 6, 3
HALF = np.log(0.9 / 0.1) - np.log(0.5 / 0.5)  # from a probability of 0.9 to one of 0.5

pictures = arrays(np.uint8, (SIDE, SIDE), elements=st.sampled_from([0, 0, 0, 1, 128, 255]))


def answer(probabilities):
    """(n,) probabilities of DIGIT -> (n, 10), the rest shared among the others."""
    said = np.repeat((1 - probabilities)[:, None] / 9, 10, axis=1)
    said[:, DIGIT] = probabilities
    return said


def read_corner(images):
    """0.9 where there is ink in the top left pixel, else 0.5; nothing else matters."""
    return answer(np.where(images[:, 0, 0] > 0, 0.9, 0.5))


def read_all(images):
    """By every pixel a little: some speak for the digit, some against it."""
    weights = np.sin(np.arange(SIDE * SIDE))
    return answer(1 / (1 + np.exp(-images.reshape(-1, SIDE * SIDE) / 255 @ weights)))


def naive_occlusion(image, read, window):
    """For each pixel, the mean fall over all windows that cover it, one picture at a time."""

    def odds(picture):
        p = read(picture[None])[0, DIGIT]
        return np.log(p / (1 - p))

    result = np.zeros((SIDE, SIDE))
    for y in range(1 - window, SIDE):
        for x in range(1 - window, SIDE):
            covered = image.copy()
            places = [
                (i, j)
                for i in range(y, y + window)
                for j in range(x, x + window)
                if 0 <= i < SIDE and 0 <= j < SIDE
            ]
            for i, j in places:
                covered[i, j] = 0
            for i, j in places:
                result[i, j] += (odds(image) - odds(covered)) / window**2
    result[image == 0] = 0
    return result


def full():
    return np.full((SIDE, SIDE), 255, np.uint8)


def test_with_a_window_of_one_pixel_only_the_pixel_that_is_read_matters():
    expected = np.zeros((SIDE, SIDE))
    expected[0, 0] = HALF
    np.testing.assert_allclose(occlusion(full(), DIGIT, read_corner, window=1), expected, rtol=1e-6)


def test_a_pixel_shares_in_all_windows_that_cover_the_one_that_is_read():
    # Of the 4 windows over a pixel, so many also lie over the corner.
    expected = np.zeros((SIDE, SIDE))
    expected[:2, :2] = HALF * np.array([[4, 2], [2, 1]]) / 4
    np.testing.assert_allclose(occlusion(full(), DIGIT, read_corner, window=2), expected, rtol=1e-6)


def test_what_speaks_against_a_digit_is_below_0():
    mattered = occlusion(full(), DIGIT + 1, read_corner, window=1)
    assert mattered[0, 0] < 0
    assert np.count_nonzero(mattered) == 1


@settings(max_examples=15)
@given(pictures, st.integers(1, 4))
def test_it_is_what_a_naive_loop_gives(image, window):
    mattered = occlusion(image, DIGIT, read_all, window)
    assert mattered.shape == image.shape
    assert mattered.dtype == np.float32
    np.testing.assert_allclose(mattered, naive_occlusion(image, read_all, window), atol=1e-5)


@given(pictures)
def test_paper_never_matters(image):
    assert (occlusion(image, DIGIT, read_all)[image == 0] == 0).all()


def test_an_empty_picture_is_all_0():
    assert not occlusion(np.zeros((28, 28), np.uint8), DIGIT, read_corner).any()


def test_all_pictures_are_read_at_once_and_the_given_one_stays_as_it_is():
    image = np.zeros((28, 28), np.uint8)
    image[10:12, 14] = 200
    asked = []

    def read(images):
        asked.append(images.copy())
        return read_corner(images)

    occlusion(image, DIGIT, read, window=5)
    [images] = asked
    # Two pixels, one below the other, are under 5 · 6 windows; the first picture is the whole one.
    assert images.shape == (31, 28, 28)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[0], image)
    assert (images[1:].sum(axis=(1, 2)) < 400).all()
    assert image.sum() == 400


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_a_network_that_is_entirely_sure_gives_numbers(sure):
    def read(images):
        return answer(np.where(images[:, 0, 0] > 0, sure, 0.5)).astype(np.float32)

    mattered = occlusion(full(), DIGIT, read, window=1)
    assert np.isfinite(mattered).all()
    assert (mattered[0, 0] > 5) == (sure == 1)


def test_log_odds_are_those_of_the_formula():
    assert log_odds(np.array([0.5, 0.9, 0.1])) == pytest.approx([0, np.log(9), -np.log(9)])


@given(st.floats(0, 1), st.floats(0, 1))
def test_log_odds_are_finite_and_rise_with_the_probability(one, other):
    low, high = log_odds(np.array(sorted([one, other])))
    assert -20 < low <= high < 20
    assert log_odds(np.array([1 - one]))[0] == pytest.approx(-log_odds(np.array([one]))[0])
