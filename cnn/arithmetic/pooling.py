"""Max, average and sum pooling in plain NumPy: what Keras's layers compute, readable.

Each takes one feature map (h, w) and gives one number for every window of `size` x `size`. Windows
are `stride` apart, by default side by side. With padding "valid" all of a window lies on the map,
and what is left at the right and the bottom is dropped; with "same" there is a window for every
`stride` cells, and what of it lies beyond the map does not count.
"""

from collections.abc import Callable

import numpy as np

PADDINGS = ("valid", "same")


def output_length(length: int, size: int, stride: int, padding: str) -> int:
    """How many windows there are along a side of `length` cells.

    "same": ceil(length / stride); "valid": floor((length - size) / stride) + 1, and 0 where a
    window is longer than the side.
    """
    if padding == "same":
        return -(-length // stride)
    return max((length - size) // stride + 1, 0)


def padding_around(length: int, size: int, stride: int, padding: str) -> tuple[int, int]:
    """How many cells windows reach beyond a side of `length` cells, before and after it.

    With "same", ceil(length / stride) windows need (windows - 1) · stride + size cells; what is
    missing is added half before and half after, the odd one after.
    """
    if padding == "valid":
        return 0, 0
    needed = (output_length(length, size, stride, padding) - 1) * stride + size
    missing = max(needed - length, 0)
    return missing // 2, missing - missing // 2


def padding_before(length: int, size: int, stride: int, padding: str) -> int:
    """How many cells windows begin before the map, along a side of `length` cells."""
    return padding_around(length, size, stride, padding)[0]


def windows(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """All windows: (h, w) -> (rows, columns, size, size); NaN beyond the map.

    `stride` 0 stands for `size`. rows is (h - size) // stride + 1 for "valid", ceil(h / stride) for
    "same", at least 0; likewise columns.
    """
    stride = stride or size
    margins = [padding_around(length, size, stride, padding) for length in image.shape]
    if any(margin != (0, 0) for margin in margins):
        image = np.pad(image.astype(np.float64), margins, constant_values=np.nan)
    if min(image.shape) < size:
        return np.empty((*(max((n - size) // stride + 1, 0) for n in image.shape), size, size))
    return np.lib.stride_tricks.sliding_window_view(image, (size, size))[::stride, ::stride]


def pool_max(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """Keep the largest of each window: (h, w) -> (rows, columns)."""
    return np.nanmax(windows(image, size, stride, padding), axis=(2, 3))


def pool_sum(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """Add up each window: (h, w) -> (rows, columns)."""
    return np.nansum(windows(image, size, stride, padding), axis=(2, 3))


def pool_average(
    image: np.ndarray, size: int, stride: int = 0, padding: str = "valid"
) -> np.ndarray:
    """Average each window, its sum / how many of its cells lie on the map: (h, w) -> ..."""
    return np.nanmean(windows(image, size, stride, padding), axis=(2, 3))


POOLING_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "max": pool_max,
    "average": pool_average,
    "sum": pool_sum,
}
