import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.recognition.errors import Measured, equal_error, measure, roc, threshold_accepting

DISTANCES = st.lists(st.integers(0, 20).map(lambda value: value / 10), min_size=1, max_size=12)
NONE = np.empty((0, 2))


def direction(degrees: float) -> list[float]:
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


def between(degrees: float) -> float:
    return 1 - np.cos(np.radians(degrees))


def test_a_drawing_is_compared_with_the_others_of_its_symbol_and_with_other_symbols():
    drawings = np.array([direction(each) for each in (0, 10, 90)])
    found = measure(drawings, np.array([0, 0, 1]), 2, np.array([direction(60)]))
    np.testing.assert_allclose(found.own, [between(10), between(10)], atol=1e-12)
    # Of the first two to the second symbol; of the third to the first one, at 5 degrees; then of
    # what is no symbol to the second.
    expected = [between(90), between(80), between(85), between(30)]
    np.testing.assert_allclose(found.others, expected, atol=1e-12)


def test_a_drawing_that_is_nearer_to_another_symbol_is_never_recognised():
    drawings = np.array([direction(each) for each in (0, 50, 55)])
    found = measure(drawings, np.array([0, 0, 1]), 2, NONE)
    assert found.own.tolist() == [pytest.approx(between(50)), np.inf]
    assert found.false_reject(2.0) == 0.5


def test_one_symbol_of_one_drawing_leaves_false_rejects_unmeasured():
    found = measure(np.array([direction(0)]), np.array([0]), 1, np.array([direction(45)]))
    assert found.false_reject(0.5) is None
    assert found.others.tolist() == [pytest.approx(between(45))]
    assert [len(each) for each in roc(found)] == [0, 0, 0]
    with pytest.raises(ValueError, match="Both kinds"):
        equal_error(found)


def test_without_symbols_nothing_is_measured():
    found = measure(NONE, np.empty(0, int), 0, np.array([direction(45)]))
    assert found.false_accept(1) is None
    assert found.false_reject(1) is None


@given(DISTANCES, DISTANCES)
def test_the_curve_counts_what_a_loop_counts(own, others):
    measured = Measured(np.array(own), np.array(others))
    thresholds, accepts, rejects = roc(measured)
    assert thresholds.tolist() == sorted({0.0, *own, *others})
    for threshold, accept, reject in zip(thresholds, accepts, rejects, strict=True):
        assert accept == pytest.approx(sum(each <= threshold for each in others) / len(others))
        assert reject == pytest.approx(sum(each > threshold for each in own) / len(own))
        assert measured.false_accept(threshold) == pytest.approx(accept)
        assert measured.false_reject(threshold) == pytest.approx(reject)
    assert (np.diff(accepts) >= 0).all()
    assert (np.diff(rejects) <= 0).all()
    assert (accepts[-1], rejects[-1]) == (1, 0)


def test_the_equal_error_rate_of_distances_by_eye():
    own, others = np.array([0.1, 0.2, 0.3, 0.6]), np.array([0.25, 0.7, 0.8, 0.9])
    threshold, error = equal_error(Measured(own, others))
    assert (threshold, error) == (0.3, 0.25)


@pytest.mark.parametrize(("share", "threshold"), [(0.5, 0.2), (0.74, 0.2), (0.75, 0.3), (0, 0.1)])
def test_the_threshold_that_accepts_a_share(share, threshold):
    assert threshold_accepting(share, np.array([0.4, 0.1, 0.3, 0.2])) == threshold


def test_what_is_told_apart_has_an_equal_error_rate_of_zero():
    assert equal_error(Measured(np.array([0.1, 0.2]), np.array([0.5, 0.9]))) == (0.2, 0)
