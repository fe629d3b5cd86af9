"""Whether an experiment's best value is better than the next, or the difference may be chance."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnn.jobs.experiments import Outcome

ROUNDING = 1e-9  # equal figures differ by less, as accuracies are fractions of 5,000


class SeedComparison(NamedTuple):
    """The two values with the highest mean validation accuracy.

    difference: of their means, 0 to 1. spread: the range over the seeds, highest minus lowest,
    0 to 1, of that of the two where it is larger. seeds: of that of the two with fewer.
    """

    best: Any
    second: Any
    difference: float
    spread: float
    seeds: int

    @property
    def is_clear(self) -> bool:
        """Whether the difference is larger than the spread between seeds; False for one seed.

        Of two equal settings with normally distributed accuracies, chance alone exceeds the spread
        in 21 % of experiments with two seeds, 5 % with three, 1 % with four (simulated). For the
        best two of several values it is less.
        """
        return self.seeds > 1 and self.difference > self.spread + ROUNDING


def compare_best(outcomes: Sequence[Outcome]) -> SeedComparison | None:
    """Compare the best two of `outcomes`; None before two values have a finished run."""
    known = [each for each in outcomes if len(each.accuracies)]
    if len(known) < 2:
        return None
    best, second = sorted(known, key=lambda each: -each.accuracies.mean())[:2]
    rows = (best.accuracies, second.accuracies)
    return SeedComparison(
        best.value,
        second.value,
        float(best.accuracies.mean() - second.accuracies.mean()),
        float(max(np.ptp(row) for row in rows)),
        min(map(len, rows)),
    )
