"""From ten probabilities to an answer, or to none: when a network should rather not say."""

from dataclasses import dataclass

import numpy as np

LEAST = 0.5  # where a run has no calibration: less than an even chance is no answer
BETWEEN_TWO = 0.8  # two digits that share so much are what it hesitates between


@dataclass(frozen=True)
class Verdict:
    """kind: "digit" (an answer), "unsure" (between two) or "stranger" (like no digit).

    best, second: the two likeliest digits; sureness: the probability of `best`, 0 to 1.
    """

    kind: str
    best: int
    second: int
    sureness: float


def judge(probabilities: np.ndarray, least: float = LEAST) -> Verdict:
    """(10,) probabilities -> what to say; below `least` for the likeliest digit it is no answer."""
    second, best = np.argsort(probabilities, kind="stable")[-2:]
    sureness = float(probabilities[best])
    if sureness >= least:
        kind = "digit"
    elif sureness + probabilities[second] >= BETWEEN_TWO:
        kind = "unsure"
    else:
        kind = "stranger"
    return Verdict(kind, int(best), int(second), sureness)
