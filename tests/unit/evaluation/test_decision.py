import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.evaluation.decision import AMBIGUITY_THRESHOLD, DEFAULT_REJECT_THRESHOLD, Decision, decide

# Whole numbers: no two of them are alike, not even as probabilities.
weights = st.lists(st.integers(1, 1000), min_size=10, max_size=10, unique=True).map(np.array)


def ten(**likely):
    """Ten probabilities: those named, as d3=0.6, and the rest shared by the others."""
    named = {int(name[1:]): probability for name, probability in likely.items()}
    rest = (1 - sum(named.values())) / (10 - len(named))
    return np.array([named.get(digit, rest) for digit in range(10)])


def test_a_likely_digit_is_an_answer():
    assert decide(ten(d3=0.9, d5=0.06)) == Decision("digit", 3, 5, pytest.approx(0.9))


def test_two_digits_that_share_almost_everything_are_what_it_hesitates_between():
    assert decide(ten(d7=0.48, d1=0.45)) == Decision("unsure", 7, 1, pytest.approx(0.48))


def test_what_is_a_bit_of_everything_is_a_stranger():
    assert decide(ten(d7=0.4, d1=0.3)) == Decision("not_a_digit", 7, 1, pytest.approx(0.4))
    assert decide(np.full(10, 0.1)).kind == "not_a_digit"


@pytest.mark.parametrize(
    ("confidence", "kind"), [(0.5, "digit"), (0.4999, "unsure"), (1.0, "digit"), (0.51, "digit")]
)
def test_exactly_at_the_bound_is_still_an_answer(confidence, kind):
    assert DEFAULT_REJECT_THRESHOLD == 0.5
    probabilities = np.zeros(10)
    probabilities[[2, 8]] = confidence, 1 - confidence if confidence > 0.5 else 0.49
    assert decide(probabilities).kind == kind


def test_exactly_at_the_share_of_two_it_still_hesitates():
    probabilities = ten(d4=0.4375, d9=0.375)
    shared = probabilities[4] + probabilities[9]
    assert shared == 0.8125  # in binary too
    assert decide(probabilities).kind == "unsure"
    assert decide(ten(d4=0.4375, d9=0.34375)).kind == "not_a_digit"  # 0.78125


@pytest.mark.parametrize(
    ("reject_threshold", "kind"),
    [(0.0, "digit"), (0.6, "digit"), (0.61, "unsure"), (0.99, "unsure")],
)
def test_the_bound_is_the_networks_own(reject_threshold, kind):
    assert decide(np.array([0, 0, 0.6, 0, 0, 0.35, 0.05, 0, 0, 0]), reject_threshold).kind == kind


def test_an_even_answer_is_a_strangers_whatever_the_bound_above_it():
    assert decide(np.full(10, 0.1), reject_threshold=0.11).kind == "not_a_digit"
    assert decide(np.full(10, 0.1), reject_threshold=0.1).kind == "digit"


def test_a_verdict_holds_plain_numbers_even_of_the_networks_float32():
    verdict = decide(ten(d3=0.75).astype(np.float32))
    assert [type(each) for each in vars(verdict).values()] == [str, int, int, float]
    assert verdict.confidence == 0.75


@given(weights, st.floats(0, 1))
def test_the_verdict_is_what_the_sorted_probabilities_say(weights, reject_threshold):
    probabilities = weights / weights.sum()
    ranked = sorted(range(10), key=lambda digit: weights[digit], reverse=True)
    verdict = decide(probabilities, reject_threshold)
    assert [verdict.best, verdict.second] == ranked[:2]
    first, second = probabilities[ranked[:2]]
    assert verdict.confidence == first
    if first >= reject_threshold:
        assert verdict.kind == "digit"
    else:
        assert verdict.kind == (
            "unsure" if first + second >= AMBIGUITY_THRESHOLD else "not_a_digit"
        )


@given(weights, st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_bound_never_makes_an_answer_of_none(weights, one, other):
    probabilities = weights / weights.sum()
    if decide(probabilities, max(one, other)).kind == "digit":
        assert decide(probabilities, min(one, other)).kind == "digit"
