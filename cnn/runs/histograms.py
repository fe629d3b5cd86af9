"""Histograms of a network's parameters, and of the loss's gradients with respect to them.

Those of the weights are computed from the saved weights; those of the gradients are recorded after
each epoch in gradients.csv, a line for each array that is trained:

    epoch,array,low,high,bin_00,...    bins of equal width from low to high, with their counts
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cnn.runs.files import read_columns
from cnn.runs.run import Network, Run, RunError

BINS = 30  # as TensorBoard
GRADIENT_COLUMNS = ("epoch", "array", "low", "high", *(f"bin_{i:02d}" for i in range(BINS)))


class Histogram(NamedTuple):
    """counts: (bins,), how many values of an array are in each bin from `low` to `high`."""

    epoch: int
    low: float
    high: float
    counts: np.ndarray

    @classmethod
    def of(cls, epoch: int, array: np.ndarray) -> "Histogram":
        """Return the histogram of an array's finite values, in BINS bins."""
        values = array[np.isfinite(array)]
        counts, edges = np.histogram(values.astype(np.float64), BINS)
        return cls(epoch, float(edges[0]), float(edges[-1]), counts)


def gradient_line(index: int, histogram: Histogram) -> str:
    """Return the line of gradients.csv for the array `index`, counted as in `Run.weights`."""
    epoch, low, high, counts = histogram
    return f"{epoch},{index},{low:.6g},{high:.6g},{','.join(map(str, counts.tolist()))}"


def gradient_histograms(run: Run, index: int) -> list[Histogram]:
    """Return the histograms of the gradient of array `index`, by epoch.

    Empty for older runs, and for an array that is not trained. Raises RunError if they are damaged.
    """
    columns = read_columns(run.path / "gradients.csv", GRADIENT_COLUMNS)
    table = np.column_stack(list(columns.values()))
    return [
        Histogram(int(row[0]), float(row[2]), float(row[3]), row[4:])
        for row in table[table[:, 1] == index]
    ]


def weight_histograms(run: Run, index: int) -> list[Histogram]:
    """Return the histograms of array `index` after each saved epoch.

    Raises RunError if weights are damaged.
    """
    networks = (Network(run, epoch) for epoch in run.saved_epochs())
    found = [_weight_histograms(each, each.written_s) for each in networks]
    if any(index >= len(each) for each in found):
        raise RunError(f"Run {run.id}: its epochs have weights of different networks.")
    return [each[index] for each in found]


@lru_cache(maxsize=256)
def _weight_histograms(network: Network, written_s: float) -> list[Histogram]:
    arrays = network.run.weights(network.epoch)
    return [Histogram.of(network.epoch, array) for array in arrays]
