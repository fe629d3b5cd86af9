"""The rates of a learning rate range test, and the rate that its losses suggest. NumPy only.

(L. N. Smith, "Cyclical learning rates for training neural networks", 2017.)
"""

import numpy as np

STEPS = 100
LOWEST, HIGHEST = 1e-5, 1.0
SMOOTHING = 4.0  # standard deviation of the Gaussian kernel, in steps
MIN_STEPS = 20  # with fewer, no rate is suggested
MIN_DROP = 0.1  # of the smoothed loss


def rates() -> list[float]:
    """Return the learning rates in ascending order, equally spaced on a logarithmic scale."""
    return np.geomspace(LOWEST, HIGHEST, STEPS).tolist()


def smoothed_losses(losses: np.ndarray) -> np.ndarray:
    """Convolve (n,) losses with a Gaussian kernel of SMOOTHING steps -> (n,)."""
    steps = np.arange(len(losses))
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / SMOOTHING) ** 2)
    return weights @ losses / weights.sum(axis=1)


def suggest_learning_rate(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """Return the rate at which the smoothed loss falls most steeply over log(rate), to one digit.

    rates, losses: (n,) float64, from `cnn.jobs.lr_sweep.read_sweep`; only the steps before the
    minimum count. Returns None if there are fewer than MIN_STEPS, or if the loss falls by no more
    than MIN_DROP or twice the standard deviation of the losses around the smoothed curve.
    """
    if len(rates) < MIN_STEPS:
        return None
    smooth = smoothed_losses(losses)
    end = int(smooth.argmin()) + 1
    noise = float(np.std((losses - smooth)[:end]))
    if smooth[0] - smooth[end - 1] <= max(MIN_DROP, 2 * noise):
        return None
    slopes = np.gradient(smooth, np.log10(rates))[:end]
    return float(f"{rates[slopes.argmin()]:.1g}")
