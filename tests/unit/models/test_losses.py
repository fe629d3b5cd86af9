import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.data.training_set import NON_DIGIT
from cnn.models.losses import BatchLosses, DigitAccuracy, digit_loss

UNIFORM = [0.1] * 10
CONFIDENT_3 = [0.01, 0.01, 0.01, 0.91, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]

weights = arrays(np.float32, (4, 10), elements=st.floats(1 / 64, 1, width=32))
labels = arrays(np.int32, 4, elements=st.integers(NON_DIGIT, 9))


def naive_loss(label, row):
    """-ln of the label's probability; for a non-digit the mean of -ln over all ten."""
    losses = [-np.log(float(probability)) for probability in row]
    return sum(losses) / len(losses) if label == NON_DIGIT else losses[label]


def loss_of(labels, probabilities):
    return np.asarray(digit_loss(np.array(labels), np.array(probabilities, np.float32)))


def accuracy_of(*batches):
    metric = DigitAccuracy()
    for labels, probabilities in batches:
        metric.update_state(np.array(labels), np.array(probabilities, np.float32))
    return float(metric.result())


def test_the_loss_of_digits_and_non_digits():
    losses = loss_of([3, 0, NON_DIGIT, NON_DIGIT], [CONFIDENT_3, CONFIDENT_3, CONFIDENT_3, UNIFORM])
    non_digit = (9 * np.log(100) - np.log(0.91)) / 10
    np.testing.assert_allclose(
        losses, [-np.log(0.91), np.log(100), non_digit, np.log(10)], rtol=1e-5
    )


@given(weights, labels)
def test_the_loss_equals_a_naive_loop(weights, labels):
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    expected = [naive_loss(*pair) for pair in zip(labels, probabilities, strict=True)]
    losses = loss_of(labels, probabilities)
    assert losses.dtype == np.float32
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    np.testing.assert_allclose(loss_of(labels[:, None], probabilities), losses)


@given(weights)
def test_the_loss_of_a_non_digit_is_smallest_if_all_classes_are_equally_likely(weights):
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    assert (loss_of([NON_DIGIT] * 4, probabilities) >= np.log(10) - 1e-5).all()


def test_for_digits_the_loss_equals_sparse_categorical_crossentropy():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(10), 20).astype(np.float32)
    labels = np.arange(20, dtype=np.int32) % 10
    expected = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    np.testing.assert_allclose(loss_of(labels, probabilities), np.asarray(expected), rtol=1e-5)


def test_a_probability_of_0_gives_a_large_but_finite_loss():
    [loss] = loss_of([0], [[0.0, 1.0] + [0.0] * 8])
    assert 10 < loss < 100


def test_non_digits_do_not_count_in_the_accuracy():
    assert accuracy_of(([3, 3, 5], [CONFIDENT_3, UNIFORM, CONFIDENT_3])) == pytest.approx(1 / 3)
    labels = [3, NON_DIGIT, 5, NON_DIGIT, NON_DIGIT]
    assert accuracy_of((labels, [CONFIDENT_3] * 5)) == pytest.approx(1 / 2)
    assert accuracy_of(([NON_DIGIT], [CONFIDENT_3])) == 0  # no digits, none correct


def test_the_accuracy_over_batches_counts_each_digit_once():
    long = ([3, 3, 3, NON_DIGIT], [CONFIDENT_3] * 4)
    short = ([1, NON_DIGIT], [CONFIDENT_3] * 2)
    assert accuracy_of(long, short) == pytest.approx(3 / 4)
    assert accuracy_of(long, ([NON_DIGIT] * 4, [CONFIDENT_3] * 4)) == 1


@given(weights, labels)
def test_the_accuracy_equals_a_naive_count(weights, labels):
    pairs = [(label, row) for label, row in zip(labels, weights, strict=True) if label >= 0]
    correct = sum(int(np.argmax(row)) == label for label, row in pairs)
    assert accuracy_of((labels, weights)) == pytest.approx(correct / max(1, len(pairs)))


def test_the_batch_loss_includes_non_digits_and_only_the_last_batch():
    metric = BatchLosses()
    metric.update_state(np.array([0]), np.array([CONFIDENT_3], np.float32))
    metric.update_state(np.array([3, NON_DIGIT]), np.array([CONFIDENT_3, UNIFORM], np.float32))
    expected = (-np.log(0.91) + np.log(10)) / 2
    np.testing.assert_allclose(metric.result(), [expected], rtol=1e-5)


def test_the_losses_of_the_last_steps_are_stored_by_step_modulo_size():
    metric = BatchLosses(3)
    for probability in (0.5, 0.25, 0.125, 0.0625, 0.03125):
        metric.update_state(np.array([0]), np.array([[probability, 1 - probability]], np.float32))
    # Steps 3, 4 and 2, counted from 0.
    np.testing.assert_allclose(metric.result(), np.log(2) * np.array([4, 5, 3]), rtol=1e-5)
    metric.reset_state()  # a new epoch
    metric.update_state(np.array([0]), np.array([[0.5, 0.5]], np.float32))
    np.testing.assert_allclose(metric.result(), [np.log(2), 0, 0], rtol=1e-5)
