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
    powers = [math.exp(each) for each in row]
    return [each / sum(powers) for each in powers]


def rows(*sureness):
    """For each number, ten probabilities of which digit 0's is that and the others are alike."""
    return np.array([[each] + [(1 - each) / 9] * 9 for each in sureness])


def sampled(count, seed=0):
    """Sums, and labels that come true as often as their softmax says."""
    rng = np.random.default_rng(seed)
    sums = rng.normal(0, 2, (count, 10))
    probabilities = np.array([softmax(row) for row in sums])
    return sums, np.array([rng.choice(10, p=row) for row in probabilities])


def naive_error(probabilities, labels, bins):
    """Bin by bin: its answers, the share of right ones among them, their mean probability."""
    total = 0.0
    for number in range(bins):
        members = []
        for row, label in zip(probabilities, labels, strict=True):
            is_last = number == bins - 1
            place = max(row) * bins
            if number <= place and (place < number + 1 or is_last):
                members.append((max(row), list(row).index(max(row)) == label))
        if members:
            sure = sum(each for each, _ in members) / len(members)
            right = sum(each for _, each in members) / len(members)
            total += len(members) / len(labels) * abs(right - sure)
    return total


@given(logits, st.floats(0.4, 4))
def test_softening_divides_the_sums_behind_the_probabilities(sums, temperature):
    probabilities = np.array([softmax(row) for row in sums])
    expected = [softmax(row / temperature) for row in sums]
    np.testing.assert_allclose(
        apply_temperature(probabilities, temperature), expected, rtol=1e-6, atol=1e-12
    )


def test_above_1_probabilities_become_more_even_and_below_1_less():
    np.testing.assert_allclose(
        apply_temperature(np.array([[0.8, 0.2]]), 2), [[2 / 3, 1 / 3]]
    )  # 4 : 1, 2 : 1
    np.testing.assert_allclose(apply_temperature(np.array([[0.8, 0.2]]), 0.5), [[16 / 17, 1 / 17]])
    np.testing.assert_allclose(apply_temperature(np.array([[0.8, 0.2]]), 1), [[0.8, 0.2]])


def test_a_digit_that_was_ruled_out_stays_finite():
    softened = apply_temperature(np.array([[1.0, 0.0]]), 4)
    assert np.isfinite(softened).all()
    assert softened[0, 1] < 0.01
    assert math.isfinite(cross_entropy(np.array([[1.0, 0.0]]), np.array([1])))


@given(logits, labels)
def test_cross_entropy_is_the_mean_of_minus_the_logarithm(sums, labels):
    probabilities = np.array([softmax(row) for row in sums])
    losses = [-math.log(row[label]) for row, label in zip(probabilities, labels, strict=True)]
    assert cross_entropy(probabilities, labels) == pytest.approx(sum(losses) / len(losses))


@pytest.mark.parametrize("known", [0.5, 1, 1.7, 3])
def test_the_temperature_at_which_the_sums_were_too_large_is_found_again(known):
    sums, labels = sampled(2000)
    too_sure = np.array([softmax(row * known) for row in sums])
    assert fit_temperature(too_sure, labels) == pytest.approx(known, rel=0.08)


def test_no_other_temperature_fits_better():
    sums, labels = sampled(100, seed=1)
    probabilities = np.array([softmax(row) for row in 3 * sums])
    fitted = cross_entropy(
        apply_temperature(probabilities, fit_temperature(probabilities, labels)), labels
    )
    others = [
        cross_entropy(apply_temperature(probabilities, each), labels) for each in TEMPERATURES
    ]
    assert fitted == min(others)
    assert fitted < cross_entropy(probabilities, labels)


def test_the_least_sureness_turns_away_the_share_that_is_given_up():
    sureness = np.linspace(0.2, 1, 1001)
    least = find_reject_threshold(rows(*sureness))
    assert np.mean(sureness < least) == pytest.approx(REJECTION_RATE, abs=0.001)
    assert 0 < REJECTION_RATE < 0.02  # few digits are given up


@pytest.mark.parametrize(("share", "least"), [(0, 0.2), (0.25, 0.4), (0.5, 0.6), (1, 1.0)])
def test_the_least_sureness_lies_at_the_share_asked_for(share, least):
    assert find_reject_threshold(rows(1, 0.8, 0.2, 0.6, 0.4), share) == pytest.approx(least)


def test_who_is_as_sure_as_right_has_no_calibration_error():
    four_in_five = np.array([0, 0, 0, 0, 5])
    assert reliability(rows(*[0.8] * 5), four_in_five).error == pytest.approx(0)
    assert reliability(rows(1.0), np.array([0])).error == 0
    assert reliability(rows(1.0), np.array([3])).error == 1


def test_bins_do_not_make_up_for_each_other():
    # Half sure and right, all sure and wrong: 0.5 and 1 off, though alike on average.
    probabilities = rows(0.5, 1.0)
    assert reliability(probabilities, np.array([0, 3])).error == pytest.approx(0.75)
    assert reliability(probabilities, np.array([0, 3]), bins=1).error == pytest.approx(0.25)


@given(logits, labels, st.integers(1, 20))
def test_the_calibration_error_is_that_of_a_naive_loop(sums, labels, bins):
    probabilities = np.array([softmax(row) for row in sums])
    error = reliability(probabilities, labels, bins).error
    assert error == pytest.approx(naive_error(probabilities, labels, bins), abs=1e-9)
    assert 0 <= error <= 1
