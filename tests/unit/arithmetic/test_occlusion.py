import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.occlusion import log_odds, occlusion

SIDE, DIGIT = 6, 3
HALF = np.log(0.9 / 0.1) - np.log(0.5 / 0.5)  # from a probability of 0.9 to one of 0.5

images = arrays(np.uint8, (SIDE, SIDE), elements=st.sampled_from([0, 0, 0, 1, 128, 255]))


def probabilities_of(probabilities):
    """(n,) probabilities of DIGIT -> (n, 10), the rest shared among the others."""
    result = np.repeat((1 - probabilities)[:, None] / 9, 10, axis=1)
    result[:, DIGIT] = probabilities
    return result


def predict_from_corner(images):
    """0.9 if there is ink in the top left pixel, else 0.5."""
    return probabilities_of(np.where(images[:, 0, 0] > 0, 0.9, 0.5))


def predict_from_all(images):
    """Every pixel has a weight, positive or negative."""
    weights = np.sin(np.arange(SIDE * SIDE))
    return probabilities_of(1 / (1 + np.exp(-images.reshape(-1, SIDE * SIDE) / 255 @ weights)))


def naive_occlusion(image, predict, window):
    """For each pixel, the mean drop over all windows that cover it, one image at a time."""

    def odds(image):
        p = predict(image[None])[0, DIGIT]
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


def test_with_a_window_of_one_pixel_only_the_pixel_in_use_is_important():
    expected = np.zeros((SIDE, SIDE))
    expected[0, 0] = HALF
    np.testing.assert_allclose(
        occlusion(full(), DIGIT, predict_from_corner, window=1), expected, rtol=1e-6
    )


def test_the_importance_is_the_mean_over_all_windows_that_cover_a_pixel():
    # How many of the 4 windows over a pixel also cover the corner.
    expected = np.zeros((SIDE, SIDE))
    expected[:2, :2] = HALF * np.array([[4, 2], [2, 1]]) / 4
    np.testing.assert_allclose(
        occlusion(full(), DIGIT, predict_from_corner, window=2), expected, rtol=1e-6
    )


def test_evidence_against_a_digit_is_negative():
    importance = occlusion(full(), DIGIT + 1, predict_from_corner, window=1)
    assert importance[0, 0] < 0
    assert np.count_nonzero(importance) == 1


@settings(max_examples=15)
@given(images, st.integers(1, 4))
def test_it_equals_a_naive_loop(image, window):
    importance = occlusion(image, DIGIT, predict_from_all, window)
    assert importance.shape == image.shape
    assert importance.dtype == np.float32
    np.testing.assert_allclose(
        importance, naive_occlusion(image, predict_from_all, window), atol=1e-5
    )


@given(images)
def test_pixels_without_ink_have_importance_0(image):
    assert (occlusion(image, DIGIT, predict_from_all)[image == 0] == 0).all()


def test_an_empty_image_has_importance_0():
    assert not occlusion(np.zeros((28, 28), np.uint8), DIGIT, predict_from_corner).any()


def test_all_images_are_predicted_in_one_call_and_the_image_is_not_changed():
    image = np.zeros((28, 28), np.uint8)
    image[10:12, 14] = 200
    calls = []

    def predict(images):
        calls.append(images.copy())
        return predict_from_corner(images)

    occlusion(image, DIGIT, predict, window=5)
    [images] = calls
    # Two pixels, one below the other, are under 5 · 6 windows; the first image is not occluded.
    assert images.shape == (31, 28, 28)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[0], image)
    assert (images[1:].sum(axis=(1, 2)) < 400).all()
    assert image.sum() == 400


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_confidence_of_0_or_1_gives_finite_importance(confidence):
    def predict(images):
        return probabilities_of(np.where(images[:, 0, 0] > 0, confidence, 0.5)).astype(np.float32)

    importance = occlusion(full(), DIGIT, predict, window=1)
    assert np.isfinite(importance).all()
    assert (importance[0, 0] > 5) == (confidence == 1)


def test_log_odds_equal_the_formula():
    assert log_odds(np.array([0.5, 0.9, 0.1])) == pytest.approx([0, np.log(9), -np.log(9)])


@given(st.floats(0, 1), st.floats(0, 1))
def test_log_odds_are_finite_and_rise_with_the_probability(one, other):
    low, high = log_odds(np.array(sorted([one, other])))
    assert -20 < low <= high < 20
    assert log_odds(np.array([1 - one]))[0] == pytest.approx(-log_odds(np.array([one]))[0])
