"""The decision whether an image is a digit, an ambiguous one, or none, from ten probabilities."""

from dataclasses import dataclass

import numpy as np

DEFAULT_REJECT_THRESHOLD = 0.5  # for runs without that of `cnn.evaluation.calibration`
AMBIGUITY_THRESHOLD = 0.8  # the two likeliest classes together


@dataclass(frozen=True)
class Decision:
    """kind: "digit" (accepted), "unsure" (ambiguous between two digits) or "not_a_digit".

    best, second: the two likeliest classes; confidence: the probability of `best`, 0 to 1.
    """

    kind: str
    best: int
    second: int
    confidence: float


def decide(
    probabilities: np.ndarray, reject_threshold: float = DEFAULT_REJECT_THRESHOLD
) -> Decision:
    """Accept a prediction, (10,) probabilities, if its confidence reaches `reject_threshold`."""
    second, best = np.argsort(probabilities, kind="stable")[-2:]
    confidence = float(probabilities[best])
    if confidence >= reject_threshold:
        kind = "digit"
    elif confidence + probabilities[second] >= AMBIGUITY_THRESHOLD:
        kind = "unsure"
    else:
        kind = "not_a_digit"
    return Decision(kind, int(best), int(second), confidence)
