import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.data import augmentation
from cnn.data.augmentation import distort

TRANSFORMS = ("SHIFT", "SCALE", "ROTATION", "SHEAR", "ELASTIC")
CENTRE = 13.5


class FixedGenerator:
    """A random generator with a given strength (0 to 1) and change of stroke width (-1 to 1)."""

    def __init__(self, strength=1.0, change=0.0, seed=0):
        self.strength, self.change = strength, change
        self.standard_normal = np.random.default_rng(seed).standard_normal

    def random(self, count):
        return np.full(count, self.strength)

    def uniform(self, low, high, count):
        return np.full(count, self.change)


@pytest.fixture
def only(monkeypatch):
    """A function that disables all TRANSFORMS but one."""
    return lambda name: [
        monkeypatch.setattr(augmentation, each, 0.0) for each in TRANSFORMS if each != name
    ]


def blobs(count, *centres):
    """`count` equal images with soft dots at `centres`, x and y relative to the image centre."""
    y, x = np.mgrid[:28, :28] - CENTRE
    ink = sum(np.exp(-((x - left) ** 2 + (y - top) ** 2) / 3) for left, top in centres)
    return np.repeat(np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)[None], count, axis=0)


def centre_of_mass(image):
    """x and y of the centre of mass, relative to the image centre."""
    ink = image.astype(float)
    positions = np.arange(28) - CENTRE
    return np.array([ink.sum(axis=0) @ positions, ink.sum(axis=1) @ positions]) / ink.sum()


def centres_of_mass(images):
    return np.array([centre_of_mass(image) for image in images])


def displacements():
    """Displacements of a dot above the centre and of one below it: (200, 2) each, x and y."""
    above = distort(blobs(200, (0, -7), (0, 7)), FixedGenerator())
    below = above.copy()
    above[:, 14:], below[:, :14] = 0, 0
    return centres_of_mass(above) - [0, -7], centres_of_mass(below) - [0, 7]


def test_distort_returns_uint8_and_leaves_its_input_unchanged(few_digits):
    images = few_digits.images[:5].copy()
    distorted = distort(images, np.random.default_rng(0))
    assert (distorted.shape, distorted.dtype) == ((5, 28, 28), np.uint8)
    np.testing.assert_array_equal(images, few_digits.images[:5])


def test_each_image_is_distorted_differently_and_reproducibly():
    images = blobs(2, (3, 4))
    first, second = distort(images, np.random.default_rng(1))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal([first, second], distort(images, np.random.default_rng(1)))
    assert not np.array_equal([first, second], distort(images, np.random.default_rng(2)))


def test_strength_0_leaves_images_unchanged(few_digits):
    np.testing.assert_array_equal(
        distort(few_digits.images, FixedGenerator(0.0)), few_digits.images
    )


@given(st.integers(0, 2**32 - 1))
def test_a_blank_image_stays_blank(seed):
    assert not distort(np.zeros((2, 28, 28), np.uint8), np.random.default_rng(seed)).any()


def test_distorted_digits_keep_most_of_their_ink_near_the_centre(few_digits):
    distorted = distort(few_digits.images, np.random.default_rng(0))
    shares = distorted.sum(axis=(1, 2)) / few_digits.images.sum(axis=(1, 2))
    assert shares.min() > 0.4
    assert shares.max() < 2.5
    assert np.abs(centres_of_mass(distorted)).max() < 5


def test_a_shift_moves_all_ink_equally_with_the_given_deviation(only):
    only("SHIFT")
    above, below = displacements()
    np.testing.assert_allclose(above, below, atol=0.15)
    np.testing.assert_allclose(above.std(axis=0), augmentation.SHIFT, rtol=0.2)


def test_a_rotation_keeps_the_distance_from_the_centre(only):
    only("ROTATION")
    x, y = centres_of_mass(distort(blobs(200, (8, 0)), FixedGenerator())).T
    np.testing.assert_allclose(np.hypot(x, y), 8, atol=0.1)
    assert np.arctan2(y, x).std() == pytest.approx(augmentation.ROTATION, rel=0.2)


def test_width_and_height_are_scaled_independently(only):
    only("SCALE")
    powers = np.log(centres_of_mass(distort(blobs(200, (6, 5)), FixedGenerator())) / [6, 5])
    np.testing.assert_allclose(powers.std(axis=0), augmentation.SCALE, rtol=0.2)
    assert abs(np.corrcoef(powers.T)[0, 1]) < 0.2


def test_a_shear_moves_the_upper_and_the_lower_half_in_opposite_directions(only):
    only("SHEAR")
    above, below = displacements()
    np.testing.assert_allclose(above[:, 0], -below[:, 0], atol=0.1)
    np.testing.assert_allclose([above[:, 1], below[:, 1]], 0, atol=0.1)
    assert above[:, 0].std() == pytest.approx(7 * augmentation.SHEAR, rel=0.2)


def test_elastic_distortion_moves_distant_points_independently(only):
    only("ELASTIC")
    above, below = displacements()
    assert 0.3 * augmentation.ELASTIC < above.std() < 1.2 * augmentation.ELASTIC
    assert abs(np.corrcoef(above.ravel(), below.ravel())[0, 1]) < 0.3


def neighbours(image, outside):
    """Each pixel and its four neighbours: (5, 28, 28)."""
    padded = np.pad(image.astype(float), 1, constant_values=outside)
    steps = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
    return np.stack([padded[row : row + 28, column : column + 28] for row, column in steps])


@settings(max_examples=20)
@given(st.floats(0, 1), st.integers(0, 100))
def test_stroke_width_changes_by_mixing_in_the_extremes_of_the_neighbours(change, seed):
    image = np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        for name in TRANSFORMS:
            patch.setattr(augmentation, name, 0.0)
        [wider] = distort(image[None], FixedGenerator(change=change))
        [thinner] = distort(image[None], FixedGenerator(change=-change))
    share = 0.8 * change
    expected = (1 - share) * image + share * neighbours(image, 0).max(axis=0)
    np.testing.assert_allclose(wider, expected, atol=1)
    share = 0.5 * change
    expected = (1 - share) * image + share * neighbours(image, 255).min(axis=0)
    np.testing.assert_allclose(thinner, expected, atol=1)
