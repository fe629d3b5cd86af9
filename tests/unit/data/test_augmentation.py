import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.data import augmentation as augment
from cnn.data.augmentation import distort

MOTIONS = ("SHIFT", "SCALE", "ROTATION", "SHEAR", "ELASTIC")
MIDDLE = 13.5


class Hand:
    """A random generator whose strength (0 to 1) and pen (-1 to 1) are given."""

    def __init__(self, strength=1.0, pen=0.0, seed=0):
        self.strength, self.pen = strength, pen
        self.standard_normal = np.random.default_rng(seed).standard_normal

    def random(self, count):
        return np.full(count, self.strength)

    def uniform(self, low, high, count):
        return np.full(count, self.pen)


@pytest.fixture
def only(monkeypatch):
    """Leaves one of the MOTIONS."""
    return lambda motion: [monkeypatch.setattr(augment, m, 0.0) for m in MOTIONS if m != motion]


def blobs(count, *places):
    """`count` times the same picture: soft dots at `places`, x and y from the middle."""
    y, x = np.mgrid[:28, :28] - MIDDLE
    ink = sum(np.exp(-((x - left) ** 2 + (y - top) ** 2) / 3) for left, top in places)
    return np.repeat(np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)[None], count, axis=0)


def place(image):
    """x and y of the ink's centre of mass, from the middle."""
    ink = image.astype(float)
    positions = np.arange(28) - MIDDLE
    return np.array([ink.sum(axis=0) @ positions, ink.sum(axis=1) @ positions]) / ink.sum()


def places(images):
    return np.array([place(image) for image in images])


def moved_apart():
    """How far a dot above the middle and one below it were moved: (200, 2) each, x and y."""
    above = distort(blobs(200, (0, -7), (0, 7)), Hand())
    below = above.copy()
    above[:, 14:], below[:, :14] = 0, 0
    return places(above) - [0, -7], places(below) - [0, 7]


def test_pictures_stay_uint8_and_the_given_ones_stay_as_they_are(few_digits):
    images = few_digits.images[:5].copy()
    distorted = distort(images, np.random.default_rng(0))
    assert (distorted.shape, distorted.dtype) == ((5, 28, 28), np.uint8)
    np.testing.assert_array_equal(images, few_digits.images[:5])


def test_the_seed_decides_and_no_two_pictures_are_distorted_alike():
    images = blobs(2, (3, 4))
    first, second = distort(images, np.random.default_rng(1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal([first, second], distort(images, np.random.default_rng(1)))
    assert not np.array_equal([first, second], distort(images, np.random.default_rng(2)))


def test_without_strength_a_picture_stays_as_it_is(few_digits):
    np.testing.assert_array_equal(distort(few_digits.images, Hand(0.0)), few_digits.images)


@given(st.integers(0, 2**32 - 1))
def test_paper_stays_paper(seed):
    assert not distort(np.zeros((2, 28, 28), np.uint8), np.random.default_rng(seed)).any()


def test_a_digit_keeps_its_ink_and_its_place(few_digits):
    distorted = distort(few_digits.images, np.random.default_rng(0))
    shares = distorted.sum(axis=(1, 2)) / few_digits.images.sum(axis=(1, 2))
    assert shares.min() > 0.4
    assert shares.max() < 2.5
    assert np.abs(places(distorted)).max() < 5


def test_a_shift_moves_all_ink_alike_by_about_a_pixel(only):
    only("SHIFT")
    above, below = moved_apart()
    np.testing.assert_allclose(above, below, atol=0.15)
    np.testing.assert_allclose(above.std(axis=0), augment.SHIFT, rtol=0.2)


def test_a_turn_keeps_the_distance_from_the_middle(only):
    only("ROTATION")
    x, y = places(distort(blobs(200, (8, 0)), Hand())).T
    np.testing.assert_allclose(np.hypot(x, y), 8, atol=0.1)
    assert np.arctan2(y, x).std() == pytest.approx(augment.ROTATION, rel=0.2)


def test_width_and_height_are_scaled_each_alone(only):
    only("SCALE")
    powers = np.log(places(distort(blobs(200, (6, 5)), Hand())) / [6, 5])
    np.testing.assert_allclose(powers.std(axis=0), augment.SCALE, rtol=0.2)
    assert abs(np.corrcoef(powers.T)[0, 1]) < 0.2


def test_a_slant_moves_what_is_above_one_way_and_what_is_below_the_other(only):
    only("SHEAR")
    above, below = moved_apart()
    np.testing.assert_allclose(above[:, 0], -below[:, 0], atol=0.1)
    np.testing.assert_allclose([above[:, 1], below[:, 1]], 0, atol=0.1)
    assert above[:, 0].std() == pytest.approx(7 * augment.SHEAR, rel=0.2)


def test_a_wobble_moves_places_apart_differently(only):
    only("ELASTIC")
    above, below = moved_apart()
    assert 0.3 * augment.ELASTIC < above.std() < 1.2 * augment.ELASTIC
    assert abs(np.corrcoef(above.ravel(), below.ravel())[0, 1]) < 0.3


def neighbours(image, outside):
    """Each pixel and its four neighbours, as (5, 28, 28)."""
    padded = np.pad(image.astype(float), 1, constant_values=outside)
    steps = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    return np.stack([padded[row : row + 28, column : column + 28] for row, column in steps])


@settings(max_examples=20)
@given(st.floats(0, 1), st.integers(0, 100))
def test_a_wider_or_thinner_pen_mixes_in_the_neighbours_extremes(pen, seed):
    image = np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        for name in MOTIONS:
            patch.setattr(augment, name, 0.0)
        [wider] = distort(image[None], Hand(pen=pen))
        [thinner] = distort(image[None], Hand(pen=-pen))
    share = 0.8 * pen
    expected = (1 - share) * image + share * neighbours(image, 0).max(axis=0)
    np.testing.assert_allclose(wider, expected, atol=1)
    share = 0.5 * pen
    expected = (1 - share) * image + share * neighbours(image, 255).min(axis=0)
    np.testing.assert_allclose(thinner, expected, atol=1)
