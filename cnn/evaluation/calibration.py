"""How far a network's probabilities can be believed, measured on digits it did not learn from."""

from dataclasses import dataclass

import numpy as np

REJECTION_RATE = 0.004  # the share of the held-out digits that is given up to keep non_digits out
TEMPERATURES = np.exp(np.linspace(np.log(0.4), np.log(4), 60))


@dataclass(frozen=True)
class Calibration:
    """What a run's folder keeps in calibration.json.

    temperature: what the last layer's sums were divided by, 1 where they are as they were trained;
    reject_threshold: below this probability of the likeliest digit, there is no answer; digits:
    how many it was measured on; held_out: whether the network learned from none of them.
    """

    temperature: float
    reject_threshold: float
    digits: int
    held_out: bool


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature at which (n, 10) probabilities fit (n,) labels best, by cross-entropy.

    Guo et al., "On calibration of modern neural networks", 2017: p_i ∝ exp(z_i / T), where the sums
    z are known from the probabilities up to a constant, which does not matter: z_i = ln p_i.
    """
    return float(
        min(TEMPERATURES, key=lambda t: cross_entropy(apply_temperature(probabilities, t), labels))
    )


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, 10) probabilities as they are at `temperature`: above 1 more even, below 1 less."""
    sums = np.log(np.maximum(probabilities, 1e-12)) / temperature
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean of -ln(the label's probability): (n, 10) and (n,) -> a number from 0 up."""
    return -float(np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


def find_reject_threshold(probabilities: np.ndarray, share: float = REJECTION_RATE) -> float:
    """The bound below which `share` of (n, 10) probabilities have their largest."""
    return float(np.quantile(probabilities.max(axis=1), share))
