import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.reading import BETWEEN_TWO, LEAST, Verdict, judge

# Whole numbers: no two of them are alike, not even as probabilities.
weights = st.lists(st.integers(1, 1000), min_size=10, max_size=10, unique=True).map(np.array)


def ten(**likely):
    """Ten probabilities: those named, as d3=0.6, and the rest shared by the others."""
    named = {int(name[1:]): probability for name, probability in likely.items()}
    rest = (1 - sum(named.values())) / (10 - len(named))
    return np.array([named.get(digit, rest) for digit in range(10)])


def test_a_likely_digit_is_an_answer():
    assert judge(ten(d3=0.9, d5=0.06)) == Verdict("digit", 3, 5, pytest.approx(0.9))


def test_two_digits_that_share_almost_everything_are_what_it_hesitates_between():
    assert judge(ten(d7=0.48, d1=0.45)) == Verdict("unsure", 7, 1, pytest.approx(0.48))


def test_what_is_a_bit_of_everything_is_a_stranger():
    assert judge(ten(d7=0.4, d1=0.3)) == Verdict("stranger", 7, 1, pytest.approx(0.4))
    assert judge(np.full(10, 0.1)).kind == "stranger"


@pytest.mark.parametrize(
    ("sureness", "kind"), [(0.5, "digit"), (0.4999, "unsure"), (1.0, "digit"), (0.51, "digit")]
)
def test_exactly_at_the_bound_is_still_an_answer(sureness, kind):
    assert LEAST == 0.5
    probabilities = np.zeros(10)
    probabilities[[2, 8]] = sureness, 1 - sureness if sureness > 0.5 else 0.49
    assert judge(probabilities).kind == kind


def test_exactly_at_the_share_of_two_it_still_hesitates():
    probabilities = ten(d4=0.4375, d9=0.375)
    shared = probabilities[4] + probabilities[9]
    assert shared == 0.8125  # in binary too
    assert judge(probabilities).kind == "unsure"
    assert judge(ten(d4=0.4375, d9=0.34375)).kind == "stranger"  # 0.78125


@pytest.mark.parametrize(
    ("least", "kind"), [(0.0, "digit"), (0.6, "digit"), (0.61, "unsure"), (0.99, "unsure")]
)
def test_the_bound_is_the_networks_own(least, kind):
    assert judge(np.array([0, 0, 0.6, 0, 0, 0.35, 0.05, 0, 0, 0]), least).kind == kind


def test_an_even_answer_is_a_strangers_whatever_the_bound_above_it():
    assert judge(np.full(10, 0.1), least=0.11).kind == "stranger"
    assert judge(np.full(10, 0.1), least=0.1).kind == "digit"


def test_a_verdict_holds_plain_numbers_even_of_the_networks_float32():
    verdict = judge(ten(d3=0.75).astype(np.float32))
    assert [type(each) for each in vars(verdict).values()] == [str, int, int, float]
    assert verdict.sureness == 0.75


@given(weights, st.floats(0, 1))
def test_the_verdict_is_what_the_sorted_probabilities_say(weights, least):
    probabilities = weights / weights.sum()
    ranked = sorted(range(10), key=lambda digit: weights[digit], reverse=True)
    verdict = judge(probabilities, least)
    assert [verdict.best, verdict.second] == ranked[:2]
    first, second = probabilities[ranked[:2]]
    assert verdict.sureness == first
    if first >= least:
        assert verdict.kind == "digit"
    else:
        assert verdict.kind == ("unsure" if first + second >= BETWEEN_TWO else "stranger")


@given(weights, st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_bound_never_makes_an_answer_of_none(weights, one, other):
    probabilities = weights / weights.sum()
    if judge(probabilities, max(one, other)).kind == "digit":
        assert judge(probabilities, min(one, other)).kind == "digit"
