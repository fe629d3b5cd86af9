import numpy as np
import pytest

from cnn.jobs.experiments import Outcome
from cnn.jobs.seed_comparison import compare_best


def outcome(value, *accuracies):
    none = np.empty(0)
    return Outcome(value, [], np.array(accuracies), none, none, none, [])


def test_the_best_two_means_are_compared_with_the_larger_range_over_their_seeds():
    found = compare_best(
        [outcome("average", 0.5, 0.9), outcome("max", 0.926, 0.934), outcome("sum", 0.94, 0.942)]
    )
    assert (found.best, found.second, found.seeds) == ("sum", "max", 2)
    assert found.difference == pytest.approx(0.011)
    assert found.spread == pytest.approx(0.008)
    assert found.is_clear


def test_a_difference_within_the_range_over_the_seeds_is_not_clear():
    found = compare_best([outcome("max", 0.93, 0.936, 0.93), outcome("sum", 0.934, 0.934, 0.934)])
    assert (found.best, found.seeds) == ("sum", 3)
    assert not found.is_clear


@pytest.mark.parametrize("step", range(1, 60))
def test_a_difference_equal_to_the_range_is_not_clear_whatever_the_rounding(step):
    """Accuracies are fractions of the 5,000 validation digits."""
    found = compare_best(
        [
            outcome("max", *np.array([4800, 4800 + 2 * step]) / 5000),
            outcome("sum", *np.array([4800 + 2 * step, 4800 + 4 * step]) / 5000),
        ]
    )
    assert found.best == "sum"
    assert not found.is_clear


def test_one_seed_is_never_clear():
    found = compare_best([outcome("max", 0.99), outcome("sum", 0.5, 0.51)])
    assert (found.seeds, found.is_clear) == (1, False)


def test_before_two_values_have_a_finished_run_nothing_is_compared():
    assert compare_best([]) is None
    assert compare_best([outcome("max", 0.9), outcome("sum")]) is None


@pytest.mark.parametrize(("seeds", "share"), [(2, 0.21), (3, 0.05), (4, 0.01)])
def test_equal_settings_are_called_different_as_rarely_as_the_page_says(seeds, share):
    draws = np.random.default_rng(0).normal(0.9, 0.01, (4000, 2, seeds))
    clear = [compare_best([outcome(0, *one), outcome(1, *two)]).is_clear for one, two in draws]
    assert np.mean(clear) == pytest.approx(share, abs=0.015)
