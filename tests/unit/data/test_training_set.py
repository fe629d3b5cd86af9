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
WRITTEN = slice(100, 100 + DRAWING.synthetic_digits)  # where they are in the training_set
NON_DIGITS = slice(100 + DRAWING.synthetic_digits, None)


@pytest.fixture(scope="module")
def drawn(few_digits):
    """100 of MNIST's digits, synthetic_digits ones and non_digits."""
    return build_training_set(DRAWING, few_digits)


def pictures(count, mark=0):
    """`count` pictures, of which each is full of its own number, from `mark` on."""
    numbers = np.arange(mark, mark + count) % 256
    return np.repeat(numbers, 784).reshape(count, 28, 28).astype(np.uint8)


def test_the_notebook_learns_from_the_first_of_mnists_digits_as_they_are(few_digits):
    training_set = build_training_set(TrainingConfig(limit=200), few_digits)
    np.testing.assert_array_equal(training_set.images, few_digits.images[:200])
    np.testing.assert_array_equal(training_set.labels, few_digits.labels[:200])
    assert training_set.labels.dtype == np.int32  # -1 is to fit in
    assert training_set.augment is None


def test_validation_digits_are_the_test_digits_or_those_that_no_training_uses():
    training, test = load_digits("train"), load_digits("test")
    assert validation_digits(TrainingConfig(), training, test) is test
    config = TrainingConfig(validation="held_out", limit=55_000)
    held_out = validation_digits(config, training, test)
    used = build_training_set(config, training)
    for all_of, part, rest in zip(training, (used.images, used.labels), held_out, strict=True):
        np.testing.assert_array_equal(np.concatenate([part, rest]), all_of)


def test_drawing_adds_written_digits_and_strangers(drawn, few_digits):
    assert DRAWING.synthetic_digits > 10
    assert DRAWING.non_digits > 10
    assert drawn.images.shape == (100 + DRAWING.synthetic_digits + DRAWING.non_digits, 28, 28)
    assert (drawn.images.dtype, drawn.labels.dtype) == (np.uint8, np.int32)
    assert len(drawn.images) == DRAWING.images_per_epoch
    np.testing.assert_array_equal(drawn.images[:100], few_digits.images[:100])
    np.testing.assert_array_equal(drawn.labels[:100], few_digits.labels[:100])
    np.testing.assert_array_equal(drawn.labels[WRITTEN], np.arange(DRAWING.synthetic_digits) % 10)
    assert drawn.labels[NON_DIGITS].tolist() == [NON_DIGIT] * DRAWING.non_digits
    assert drawn.augment is distort


def test_each_written_digit_has_ink_and_no_two_are_alike(drawn):
    synthetic_digits = drawn.images[WRITTEN]
    assert len(np.unique(synthetic_digits, axis=0)) == len(synthetic_digits)
    assert synthetic_digits.any(axis=(1, 2)).all()


def test_the_seed_decides_what_is_written_and_who_the_strangers_are(drawn, few_digits):
    again = build_training_set(DRAWING, few_digits)
    np.testing.assert_array_equal(again.images, drawn.images)
    np.testing.assert_array_equal(again.labels, drawn.labels)
    other = TrainingConfig(preset="drawing", limit=100, batch_size=50, seed=4)
    others = build_training_set(other, few_digits).images
    np.testing.assert_array_equal(others[:100], drawn.images[:100])  # MNIST's stay
    for part in (WRITTEN, NON_DIGITS):
        assert not np.array_equal(others[part], drawn.images[part])


def test_a_batch_has_the_pictures_and_labels_of_its_numbers_in_their_order():
    training_set = TrainingSet(pictures(5), np.array([5, 6, 7, 8, NON_DIGIT], np.int32))
    images, labels = training_set.batch(np.array([4, 0, 2]), seed=1)
    assert images[:, 9, 9].tolist() == [4, 0, 2]
    assert labels.tolist() == [NON_DIGIT, 5, 7]


def test_a_batch_is_changed_as_its_seed_says_and_the_material_stays():
    def add_noise(images, rng):
        return images + rng.integers(0, 100, (len(images), 1, 1)).astype(np.uint8)

    training_set = TrainingSet(pictures(5), np.arange(5, dtype=np.int32), add_noise)
    numbers = np.array([3, 1])
    images, labels = training_set.batch(numbers, seed=1)
    np.testing.assert_array_equal(images, add_noise(pictures(5)[[3, 1]], np.random.default_rng(1)))
    np.testing.assert_array_equal(images, training_set.batch(numbers, seed=1)[0])
    assert not np.array_equal(images, training_set.batch(numbers, seed=2)[0])
    assert labels.tolist() == [3, 1]
    np.testing.assert_array_equal(training_set.images, pictures(5))


def test_drawn_batches_are_distorted(drawn):
    images, _ = drawn.batch(np.arange(10), seed=0)
    assert (images.shape, images.dtype) == ((10, 28, 28), np.uint8)
    np.testing.assert_array_equal(images, distort(drawn.images[:10], np.random.default_rng(0)))
    assert not np.array_equal(images, drawn.images[:10])


def test_a_tenth_of_the_pictures_gives_way_to_the_lessons():
    training_set = TrainingSet(pictures(40), np.zeros(40, np.int32), distort)
    taught = add_corrections(
        training_set, Digits(pictures(2, mark=200), np.array([7, 4], np.uint8))
    )
    marks, labels = taught.images[:, 0, 0].tolist(), taught.labels.tolist()
    assert [labels[i] for i in (0, 13, 26, 39)] == [7, 4, 7, 4]
    assert [marks[i] for i in (0, 13, 26, 39)] == [200, 201, 200, 201]
    others = [i for i in range(40) if i not in (0, 13, 26, 39)]
    assert [marks[i] for i in others] == others
    assert taught.labels.dtype == np.int32
    assert taught.augment is distort
    assert training_set.images[0, 0, 0] == 0  # what was given is as it was


@given(st.integers(1, 300), st.integers(1, 40))
def test_an_epoch_has_as_many_pictures_as_without_lessons_and_all_lessons_alike(count, corrections):
    training_set = TrainingSet(np.zeros((count, 1, 1), np.uint8), np.full(count, -1, np.int32))
    given_lessons = Digits(
        np.ones((corrections, 1, 1), np.uint8), np.arange(corrections, dtype=np.uint8)
    )
    labels = add_corrections(training_set, given_lessons).labels
    assert len(labels) == count
    times = np.bincount(labels[labels >= 0], minlength=corrections)
    if corrections <= count:
        assert times.min() == times.max() == max(1, round(count / 10 / corrections))
    else:
        assert times.sum() == count
