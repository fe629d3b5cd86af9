import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.evaluation.calibration import (
    REJECTION_RATE,
    TEMPERATURES,
    apply_temperature,
    cross_entropy,
    find_reject_threshold,
    fit_temperature,
)
from cnn.evaluation.metrics import reliability

logits = arrays(np.float64, (6, 10), elements=st.floats(-6, 6))
labels = arrays(np.int64, 6, elements=st.integers(0, 9))


def softmax(row):
    exponentials = [math.exp(each) for each in row]
    return [each / sum(exponentials) for each in exponentials]


def rows(*confidence):
    """Probabilities (n, 10) with the given ones for class 0; the others share the rest equally."""
    return np.array([[each] + [(1 - each) / 9] * 9 for each in confidence])


def sampled(count, seed=0):
    """Random logits, and labels sampled from their softmax."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 10))
    probabilities = np.array([softmax(row) for row in logits])
    return logits, np.array([rng.choice(10, p=row) for row in probabilities])


def naive_error(probabilities, labels, bins):
    """The expected calibration error, bin by bin."""
    total = 0.0
    for number in range(bins):
        members = []
        for row, label in zip(probabilities, labels, strict=True):
            is_last = number == bins - 1
            place = max(row) * bins
            if number <= place and (place < number + 1 or is_last):
                members.append((max(row), list(row).index(max(row)) == label))
        if members:
            confidence = sum(each for each, _ in members) / len(members)
            accuracy = sum(each for _, each in members) / len(members)
            total += len(members) / len(labels) * abs(accuracy - confidence)
    return total


@given(logits, st.floats(0.4, 4))
def test_a_temperature_divides_the_logits(logits, temperature):
    probabilities = np.array([softmax(row) for row in logits])
    expected = [softmax(row / temperature) for row in logits]
    np.testing.assert_allclose(
        apply_temperature(probabilities, temperature), expected, rtol=1e-6, atol=1e-12
    )


def test_a_temperature_above_1_makes_probabilities_more_uniform():
    np.testing.assert_allclose(
        apply_temperature(np.array([[0.8, 0.2]]), 2), [[2 / 3, 1 / 3]]
    )  # 4 : 1, 2 : 1
    np.testing.assert_allclose(apply_temperature(np.array([[0.8, 0.2]]), 0.5), [[16 / 17, 1 / 17]])
    np.testing.assert_allclose(apply_temperature(np.array([[0.8, 0.2]]), 1), [[0.8, 0.2]])


def test_a_probability_of_0_gives_finite_results():
    rescaled = apply_temperature(np.array([[1.0, 0.0]]), 4)
    assert np.isfinite(rescaled).all()
    assert rescaled[0, 1] < 0.01
    assert math.isfinite(cross_entropy(np.array([[1.0, 0.0]]), np.array([1])))


@given(logits, labels)
def test_cross_entropy_is_the_mean_negative_log_probability(logits, labels):
    probabilities = np.array([softmax(row) for row in logits])
    losses = [-math.log(row[label]) for row, label in zip(probabilities, labels, strict=True)]
    assert cross_entropy(probabilities, labels) == pytest.approx(sum(losses) / len(losses))


@pytest.mark.parametrize("known", [0.5, 1, 1.7, 3])
def test_a_known_temperature_is_recovered(known):
    logits, labels = sampled(2000)
    overconfident = np.array([softmax(row * known) for row in logits])
    assert fit_temperature(overconfident, labels) == pytest.approx(known, rel=0.08)


def test_no_other_temperature_has_a_lower_cross_entropy():
    logits, labels = sampled(100, seed=1)
    probabilities = np.array([softmax(row) for row in 3 * logits])
    fitted = cross_entropy(
        apply_temperature(probabilities, fit_temperature(probabilities, labels)), labels
    )
    others = [
        cross_entropy(apply_temperature(probabilities, each), labels) for each in TEMPERATURES
    ]
    assert fitted == min(others)
    assert fitted < cross_entropy(probabilities, labels)


def test_the_default_threshold_rejects_the_rejection_rate():
    confidence = np.linspace(0.2, 1, 1001)
    threshold = find_reject_threshold(rows(*confidence))
    assert np.mean(confidence < threshold) == pytest.approx(REJECTION_RATE, abs=0.001)
    assert 0 < REJECTION_RATE < 0.02  # few digits are rejected


@pytest.mark.parametrize(("share", "threshold"), [(0, 0.2), (0.25, 0.4), (0.5, 0.6), (1, 1.0)])
def test_the_threshold_rejects_the_given_share(share, threshold):
    assert find_reject_threshold(rows(1, 0.8, 0.2, 0.6, 0.4), share) == pytest.approx(threshold)


def test_a_confidence_equal_to_the_accuracy_has_no_calibration_error():
    four_in_five = np.array([0, 0, 0, 0, 5])
    assert reliability(rows(*[0.8] * 5), four_in_five).error == pytest.approx(0)
    assert reliability(rows(1.0), np.array([0])).error == 0
    assert reliability(rows(1.0), np.array([3])).error == 1


def test_errors_of_different_bins_do_not_cancel():
    # Confidence 0.5 and correct, 1 and incorrect: gaps of 0.5 and 1, but 0.25 on average.
    probabilities = rows(0.5, 1.0)
    assert reliability(probabilities, np.array([0, 3])).error == pytest.approx(0.75)
    assert reliability(probabilities, np.array([0, 3]), bins=1).error == pytest.approx(0.25)


@given(logits, labels, st.integers(1, 20))
def test_the_calibration_error_equals_a_naive_loop(logits, labels, bins):
    probabilities = np.array([softmax(row) for row in logits])
    error = reliability(probabilities, labels, bins).error
    assert error == pytest.approx(naive_error(probabilities, labels, bins), abs=1e-9)
    assert 0 <= error <= 1
