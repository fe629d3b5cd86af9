import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.data.training_set import NON_DIGIT
from cnn.models.losses import BatchLosses, DigitAccuracy, digit_loss

EVEN = [0.1] * 10
SURE_OF_3 = [0.01, 0.01, 0.01, 0.91, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]

weights = arrays(np.float32, (4, 10), elements=st.floats(1 / 64, 1, width=32))
labels = arrays(np.int32, 4, elements=st.integers(NON_DIGIT, 9))


def naive_loss(label, row):
    """-ln of the label's probability; for a stranger the mean of -ln over all ten."""
    losses = [-np.log(float(probability)) for probability in row]
    return sum(losses) / len(losses) if label == NON_DIGIT else losses[label]


def loss_of(labels, probabilities):
    return np.asarray(digit_loss(np.array(labels), np.array(probabilities, np.float32)))


def accuracy_of(*batches):
    metric = DigitAccuracy()
    for labels, probabilities in batches:
        metric.update_state(np.array(labels), np.array(probabilities, np.float32))
    return float(metric.result())


def test_a_digits_loss_is_how_unlikely_it_was_and_a_strangers_how_uneven_the_ten_are():
    losses = loss_of([3, 0, NON_DIGIT, NON_DIGIT], [SURE_OF_3, SURE_OF_3, SURE_OF_3, EVEN])
    uneven = (9 * np.log(100) - np.log(0.91)) / 10
    np.testing.assert_allclose(losses, [-np.log(0.91), np.log(100), uneven, np.log(10)], rtol=1e-5)


@given(weights, labels)
def test_the_loss_is_that_of_a_naive_loop(weights, labels):
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    expected = [naive_loss(*pair) for pair in zip(labels, probabilities, strict=True)]
    losses = loss_of(labels, probabilities)
    assert losses.dtype == np.float32
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    np.testing.assert_allclose(loss_of(labels[:, None], probabilities), losses)


@given(weights)
def test_no_answer_to_a_stranger_costs_less_than_ten_equally_likely_digits(weights):
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    assert (loss_of([NON_DIGIT] * 4, probabilities) >= np.log(10) - 1e-5).all()


def test_for_digits_alone_the_loss_is_the_notebooks():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(10), 20).astype(np.float32)
    labels = np.arange(20, dtype=np.int32) % 10
    expected = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    np.testing.assert_allclose(loss_of(labels, probabilities), np.asarray(expected), rtol=1e-5)


def test_a_digit_that_was_ruled_out_costs_much_but_not_infinitely_much():
    [loss] = loss_of([0], [[0.0, 1.0] + [0.0] * 8])
    assert 10 < loss < 100


def test_the_accuracy_is_the_share_of_the_digits_and_strangers_do_not_count():
    assert accuracy_of(([3, 3, 5], [SURE_OF_3, EVEN, SURE_OF_3])) == pytest.approx(1 / 3)
    labels = [3, NON_DIGIT, 5, NON_DIGIT, NON_DIGIT]
    assert accuracy_of((labels, [SURE_OF_3] * 5)) == pytest.approx(1 / 2)
    assert accuracy_of(([NON_DIGIT], [SURE_OF_3])) == 0  # no digit, none right


def test_the_accuracy_of_batches_counts_each_digit_once():
    long = ([3, 3, 3, NON_DIGIT], [SURE_OF_3] * 4)
    short = ([1, NON_DIGIT], [SURE_OF_3] * 2)
    assert accuracy_of(long, short) == pytest.approx(3 / 4)
    assert accuracy_of(long, ([NON_DIGIT] * 4, [SURE_OF_3] * 4)) == 1


@given(weights, labels)
def test_the_accuracy_is_that_of_a_naive_count(weights, labels):
    pairs = [(label, row) for label, row in zip(labels, weights, strict=True) if label >= 0]
    right = sum(int(np.argmax(row)) == label for label, row in pairs)
    assert accuracy_of((labels, weights)) == pytest.approx(right / max(1, len(pairs)))


def test_the_batch_loss_counts_strangers_and_forgets_the_batch_before():
    metric = BatchLosses()
    metric.update_state(np.array([0]), np.array([SURE_OF_3], np.float32))
    metric.update_state(np.array([3, NON_DIGIT]), np.array([SURE_OF_3, EVEN], np.float32))
    expected = (-np.log(0.91) + np.log(10)) / 2
    np.testing.assert_allclose(metric.result(), [expected], rtol=1e-5)


def test_the_losses_of_the_latest_steps_are_kept_each_at_its_place():
    metric = BatchLosses(3)
    for probability in (0.5, 0.25, 0.125, 0.0625, 0.03125):
        metric.update_state(np.array([0]), np.array([[probability, 1 - probability]], np.float32))
    # Steps 3, 4 and 2, counted from 0.
    np.testing.assert_allclose(metric.result(), np.log(2) * np.array([4, 5, 3]), rtol=1e-5)
    metric.reset_state()  # a new epoch
    metric.update_state(np.array([0]), np.array([[0.5, 0.5]], np.float32))
    np.testing.assert_allclose(metric.result(), [np.log(2), 0, 0], rtol=1e-5)
