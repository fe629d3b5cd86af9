"""From ten probabilities to an answer, or to none: when a network should rather not say."""

from dataclasses import dataclass

import numpy as np

DEFAULT_REJECT_THRESHOLD = (
    0.5  # where a run has no calibration: less than an even chance is no answer
)
AMBIGUITY_THRESHOLD = 0.8  # two digits that share so much are what it hesitates between


@dataclass(frozen=True)
class Decision:
    """kind: "digit" (an answer), "unsure" (between two) or "not_a_digit" (like no digit).

    best, second: the two likeliest digits; confidence: the probability of `best`, 0 to 1.
    """

    kind: str
    best: int
    second: int
    confidence: float


def decide(
    probabilities: np.ndarray, reject_threshold: float = DEFAULT_REJECT_THRESHOLD
) -> Decision:
    """(10,) probabilities -> what to say; below `reject_threshold` for the likeliest digit it is
    no answer."""
    second, best = np.argsort(probabilities, kind="stable")[-2:]
    confidence = float(probabilities[best])
    if confidence >= reject_threshold:
        kind = "digit"
    elif confidence + probabilities[second] >= AMBIGUITY_THRESHOLD:
        kind = "unsure"
    else:
        kind = "not_a_digit"
    return Decision(kind, int(best), int(second), confidence)
