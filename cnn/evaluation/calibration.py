"""Confidence calibration on held-out digits: temperature scaling and the reject threshold."""

from dataclasses import dataclass

import numpy as np

REJECTION_RATE = 0.004  # the share of held-out digits that is rejected so that non-digits are, too
# Of other data sets than MNIST. Their held-out pictures may be few, and copies of a few drawings:
# all of a confidence near 1, which a new drawing of the same symbol need not reach.
MOST_OWN_THRESHOLD = 0.9
TEMPERATURES = np.geomspace(0.4, 4, 60)


@dataclass(frozen=True)
class Calibration:
    """The contents of calibration.json in the folder of a run.

    temperature: the divisor of the logits, 1 if they are unchanged; reject_threshold: predictions
    with a lower confidence are rejected; digits: how many it was measured on; held_out: whether
    none of them was in the training set.
    """

    temperature: float
    reject_threshold: float
    digits: int
    held_out: bool


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that minimises the cross-entropy of (n, classes) and (n,) labels.

    Guo et al., "On calibration of modern neural networks", 2017: p_i ∝ exp(z_i / T). The logits z
    are z_i = ln p_i up to a constant, which does not matter.
    """
    return float(
        min(TEMPERATURES, key=lambda t: cross_entropy(apply_temperature(probabilities, t), labels))
    )


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Rescale (n, classes) probabilities: more uniform by a `temperature` above 1, less below."""
    logits = np.log(np.maximum(probabilities, 1e-12)) / temperature
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -ln(probability of the label): (n, classes) and (n,) -> at least 0."""
    return -float(np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


def find_reject_threshold(probabilities: np.ndarray, share: float = REJECTION_RATE) -> float:
    """Return the confidence that `share` of the predictions (n, classes) do not reach."""
    return float(np.quantile(probabilities.max(axis=1), share))
