import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.config import TrainingConfig
from cnn.data.augmentation import distort
from cnn.data.mnist import Digits, load_digits
from cnn.data.training_set import (
    NON_DIGIT,
    TrainingSet,
    add_corrections,
    build_training_set,
    validation_digits,
)

DRAWING = TrainingConfig(preset="drawing", limit=100, batch_size=50, seed=3)
SYNTHETIC = slice(100, 100 + DRAWING.synthetic_digits)  # indices in the training set
NON_DIGITS = slice(100 + DRAWING.synthetic_digits, None)


@pytest.fixture(scope="module")
def drawing_set(few_digits):
    """The training set of DRAWING: 100 of MNIST's digits, synthetic digits and non-digits."""
    return build_training_set(DRAWING, few_digits)


def numbered_images(count, start=0):
    """`count` constant images, with the values `start`, `start` + 1, ..."""
    numbers = np.arange(start, start + count) % 256
    return np.repeat(numbers, 784).reshape(count, 28, 28).astype(np.uint8)


def test_the_notebook_preset_trains_on_the_first_digits_of_mnist_unchanged(few_digits):
    training_set = build_training_set(TrainingConfig(limit=200), few_digits)
    np.testing.assert_array_equal(training_set.images, few_digits.images[:200])
    np.testing.assert_array_equal(training_set.labels, few_digits.labels[:200])
    assert training_set.labels.dtype == np.int32  # NON_DIGIT is -1
    assert training_set.augment is None


def test_validation_digits_are_the_test_digits_or_held_out_training_digits():
    training, test = load_digits("train"), load_digits("test")
    assert validation_digits(TrainingConfig(), training, test) is test
    config = TrainingConfig(validation="held_out", limit=55_000)
    held_out = validation_digits(config, training, test)
    used = build_training_set(config, training)
    for all_of, part, rest in zip(training, (used.images, used.labels), held_out, strict=True):
        np.testing.assert_array_equal(np.concatenate([part, rest]), all_of)


def test_the_drawing_preset_adds_synthetic_digits_and_non_digits(drawing_set, few_digits):
    assert DRAWING.synthetic_digits > 10
    assert DRAWING.non_digits > 10
    assert drawing_set.images.shape == (100 + DRAWING.synthetic_digits + DRAWING.non_digits, 28, 28)
    assert (drawing_set.images.dtype, drawing_set.labels.dtype) == (np.uint8, np.int32)
    assert len(drawing_set.images) == DRAWING.images_per_epoch
    np.testing.assert_array_equal(drawing_set.images[:100], few_digits.images[:100])
    np.testing.assert_array_equal(drawing_set.labels[:100], few_digits.labels[:100])
    np.testing.assert_array_equal(
        drawing_set.labels[SYNTHETIC], np.arange(DRAWING.synthetic_digits) % 10
    )
    assert drawing_set.labels[NON_DIGITS].tolist() == [NON_DIGIT] * DRAWING.non_digits
    assert drawing_set.augment is distort


def test_synthetic_digits_have_ink_and_are_all_different(drawing_set):
    images = drawing_set.images[SYNTHETIC]
    assert len(np.unique(images, axis=0)) == len(images)
    assert images.any(axis=(1, 2)).all()


def test_the_added_images_depend_on_the_seed_only(drawing_set, few_digits):
    again = build_training_set(DRAWING, few_digits)
    np.testing.assert_array_equal(again.images, drawing_set.images)
    np.testing.assert_array_equal(again.labels, drawing_set.labels)
    other = TrainingConfig(preset="drawing", limit=100, batch_size=50, seed=4)
    others = build_training_set(other, few_digits).images
    np.testing.assert_array_equal(others[:100], drawing_set.images[:100])  # of MNIST
    for part in (SYNTHETIC, NON_DIGITS):
        assert not np.array_equal(others[part], drawing_set.images[part])


def test_a_batch_has_the_images_and_labels_at_its_indices_in_order():
    training_set = TrainingSet(numbered_images(5), np.array([5, 6, 7, 8, NON_DIGIT], np.int32))
    images, labels = training_set.batch(np.array([4, 0, 2]), seed=1)
    assert images[:, 9, 9].tolist() == [4, 0, 2]
    assert labels.tolist() == [NON_DIGIT, 5, 7]


def test_augmentation_depends_on_the_seed_and_leaves_the_training_set_unchanged():
    def add_noise(images, rng):
        return images + rng.integers(0, 100, (len(images), 1, 1)).astype(np.uint8)

    training_set = TrainingSet(numbered_images(5), np.arange(5, dtype=np.int32), add_noise)
    indices = np.array([3, 1])
    images, labels = training_set.batch(indices, seed=1)
    np.testing.assert_array_equal(
        images, add_noise(numbered_images(5)[[3, 1]], np.random.default_rng(1))
    )
    np.testing.assert_array_equal(images, training_set.batch(indices, seed=1)[0])
    assert not np.array_equal(images, training_set.batch(indices, seed=2)[0])
    assert labels.tolist() == [3, 1]
    np.testing.assert_array_equal(training_set.images, numbered_images(5))


def test_batches_of_the_drawing_preset_are_distorted(drawing_set):
    images, _ = drawing_set.batch(np.arange(10), seed=0)
    assert (images.shape, images.dtype) == ((10, 28, 28), np.uint8)
    np.testing.assert_array_equal(
        images, distort(drawing_set.images[:10], np.random.default_rng(0))
    )
    assert not np.array_equal(images, drawing_set.images[:10])


def test_corrections_replace_a_tenth_of_the_images():
    training_set = TrainingSet(numbered_images(40), np.zeros(40, np.int32), distort)
    corrected = add_corrections(
        training_set, Digits(numbered_images(2, start=200), np.array([7, 4], np.uint8))
    )
    values, labels = corrected.images[:, 0, 0].tolist(), corrected.labels.tolist()
    assert [labels[i] for i in (0, 13, 26, 39)] == [7, 4, 7, 4]
    assert [values[i] for i in (0, 13, 26, 39)] == [200, 201, 200, 201]
    others = [i for i in range(40) if i not in (0, 13, 26, 39)]
    assert [values[i] for i in others] == others
    assert corrected.labels.dtype == np.int32
    assert corrected.augment is distort
    assert training_set.images[0, 0, 0] == 0  # the input is unchanged


@given(st.integers(1, 300), st.integers(1, 40))
def test_corrections_keep_the_size_and_are_used_equally_often(count, corrections):
    training_set = TrainingSet(np.zeros((count, 1, 1), np.uint8), np.full(count, -1, np.int32))
    given = Digits(np.ones((corrections, 1, 1), np.uint8), np.arange(corrections, dtype=np.uint8))
    labels = add_corrections(training_set, given).labels
    assert len(labels) == count
    times = np.bincount(labels[labels >= 0], minlength=corrections)
    if corrections <= count:
        assert times.min() == times.max() == max(1, round(count / 10 / corrections))
    else:
        assert times.sum() == count
