import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.evaluation.decision import AMBIGUITY_THRESHOLD, DEFAULT_REJECT_THRESHOLD, Decision, decide

# Unique integers, so that no two probabilities are equal.
weights = st.lists(st.integers(1, 1000), min_size=10, max_size=10, unique=True).map(np.array)


def probabilities_of(**classes):
    """Ten probabilities: those given, as d3=0.6, and the rest shared by the others."""
    named = {int(name[1:]): probability for name, probability in classes.items()}
    rest = (1 - sum(named.values())) / (10 - len(named))
    return np.array([named.get(digit, rest) for digit in range(10)])


def test_a_confident_prediction_is_accepted():
    assert decide(probabilities_of(d3=0.9, d5=0.06)) == Decision("digit", 3, 5, pytest.approx(0.9))


def test_a_prediction_is_ambiguous_if_two_classes_share_most_of_the_probability():
    assert decide(probabilities_of(d7=0.48, d1=0.45)) == Decision(
        "unsure", 7, 1, pytest.approx(0.48)
    )


def test_spread_out_probabilities_are_not_a_digit():
    assert decide(probabilities_of(d7=0.4, d1=0.3)) == Decision(
        "not_a_digit", 7, 1, pytest.approx(0.4)
    )
    assert decide(np.full(10, 0.1)).kind == "not_a_digit"


@pytest.mark.parametrize(
    ("confidence", "kind"), [(0.5, "digit"), (0.4999, "unsure"), (1.0, "digit"), (0.51, "digit")]
)
def test_a_confidence_equal_to_the_threshold_is_accepted(confidence, kind):
    assert DEFAULT_REJECT_THRESHOLD == 0.5
    probabilities = np.zeros(10)
    probabilities[[2, 8]] = confidence, 1 - confidence if confidence > 0.5 else 0.49
    assert decide(probabilities).kind == kind


def test_the_ambiguity_threshold_is_inclusive():
    probabilities = probabilities_of(d4=0.4375, d9=0.375)
    shared = probabilities[4] + probabilities[9]
    assert shared == 0.8125  # exact in binary
    assert decide(probabilities).kind == "unsure"
    assert decide(probabilities_of(d4=0.4375, d9=0.34375)).kind == "not_a_digit"  # 0.78125


@pytest.mark.parametrize(
    ("reject_threshold", "kind"),
    [(0.0, "digit"), (0.6, "digit"), (0.61, "unsure"), (0.99, "unsure")],
)
def test_the_reject_threshold_can_be_set(reject_threshold, kind):
    assert decide(np.array([0, 0, 0.6, 0, 0, 0.35, 0.05, 0, 0, 0]), reject_threshold).kind == kind


def test_uniform_probabilities_are_not_a_digit_at_any_higher_threshold():
    assert decide(np.full(10, 0.1), reject_threshold=0.11).kind == "not_a_digit"
    assert decide(np.full(10, 0.1), reject_threshold=0.1).kind == "digit"


def test_a_decision_from_float32_holds_python_numbers():
    decision = decide(probabilities_of(d3=0.75).astype(np.float32))
    assert [type(each) for each in vars(decision).values()] == [str, int, int, float]
    assert decision.confidence == 0.75


@given(weights, st.floats(0, 1))
def test_the_decision_equals_one_from_sorted_probabilities(weights, reject_threshold):
    probabilities = weights / weights.sum()
    ranked = sorted(range(10), key=lambda digit: weights[digit], reverse=True)
    decision = decide(probabilities, reject_threshold)
    assert [decision.best, decision.second] == ranked[:2]
    first, second = probabilities[ranked[:2]]
    assert decision.confidence == first
    if first >= reject_threshold:
        assert decision.kind == "digit"
    else:
        assert decision.kind == (
            "unsure" if first + second >= AMBIGUITY_THRESHOLD else "not_a_digit"
        )


@given(weights, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_accepts_more(weights, one, other):
    probabilities = weights / weights.sum()
    if decide(probabilities, max(one, other)).kind == "digit":
        assert decide(probabilities, min(one, other)).kind == "digit"
