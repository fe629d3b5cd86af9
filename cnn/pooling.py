"""Max, average and sum pooling in plain NumPy: what Keras's layers compute, readable.

Each takes one feature map (h, w) and gives one number for every window of `size` x `size`; windows
lie side by side, and what is left at the right and the bottom is dropped, as with Keras's default.
"""

from collections.abc import Callable

import numpy as np


def windows(image: np.ndarray, size: int) -> np.ndarray:
    """Cut into windows side by side: (h, w) -> (h // size, w // size, size, size), a view."""
    height, width = (length // size for length in image.shape)
    whole = image[: height * size, : width * size]
    return whole.reshape(height, size, width, size).swapaxes(1, 2)


def pool_max(image: np.ndarray, size: int) -> np.ndarray:
    """Keep the largest of each window: (h, w) -> (h // size, w // size)."""
    return windows(image, size).max(axis=(2, 3))


def pool_sum(image: np.ndarray, size: int) -> np.ndarray:
    """Add up each window: (h, w) -> (h // size, w // size)."""
    return windows(image, size).sum(axis=(2, 3))


def pool_average(image: np.ndarray, size: int) -> np.ndarray:
    """Average each window, its sum / size²: (h, w) -> (h // size, w // size)."""
    return pool_sum(image, size) / size**2


POOLING_FUNCTIONS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "max": pool_max,
    "average": pool_average,
    "sum": pool_sum,
}
