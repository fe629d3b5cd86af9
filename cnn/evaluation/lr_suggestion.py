"""Which learning rates are tried, and which of them the losses suggest. Knows NumPy only.

(L. N. Smith, "Cyclical learning rates for training neural networks", 2017.)
"""

import numpy as np

STEPS = 100
LOWEST, HIGHEST = 1e-5, 1.0
SMOOTHING = 4.0  # steps: the standard deviation of the kernel
FEWEST = 20  # steps, below which nothing is suggested
LEAST_FALL = 0.1  # of the smoothed loss


def rates() -> list[float]:
    """The learning rates that are tried, in order: each the same number of times the last."""
    return np.geomspace(LOWEST, HIGHEST, STEPS).tolist()


def smoothed_losses(losses: np.ndarray) -> np.ndarray:
    """(n,) -> (n,): the losses convolved with a Gaussian kernel of SMOOTHING steps."""
    steps = np.arange(len(losses))
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / SMOOTHING) ** 2)
    return weights @ losses / weights.sum(axis=1)


def suggest_learning_rate(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Where the smoothed loss falls most steeply over the logarithm of the rate, to one digit.

    rates, losses: (n,) float64, as `cnn.jobs.lr_sweep.read_sweep` gives them. Only what comes
    before the least loss counts. Returns None if too little was tried, or if the loss falls by no
    more than chance may have it: LEAST_FALL, and twice the standard deviation of the losses around
    their smoothed curve.
    """
    if len(rates) < FEWEST:
        return None
    smooth = smoothed_losses(losses)
    least = int(smooth.argmin())
    noise = float(np.std((losses - smooth)[: least + 1]))
    if smooth[0] - smooth[least] <= max(LEAST_FALL, 2 * noise):
        return None
    slopes = np.gradient(smooth, np.log10(rates))[: least + 1]
    return float(f"{rates[slopes.argmin()]:.1g}")
