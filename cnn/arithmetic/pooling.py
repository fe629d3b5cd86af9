"""Max, average and sum pooling in NumPy. To add a type: see docs/architecture.md.

Each function maps one feature map (h, w) to one value per window of `size` x `size`, which move by
`stride` cells, by default `size`. With padding "valid" all windows lie inside the map, and what is
left at the right and the bottom is dropped; with "same" there is a window for every `stride` cells,
and cells outside the map are ignored. The network uses Keras's layers and, for the sum,
`cnn.models.layers.SumPooling2D`.
"""

from collections.abc import Callable

import numpy as np

PADDINGS = ("valid", "same")


def output_length(length: int, size: int, stride: int, padding: str) -> int:
    """Return the number of windows along a side of `length` cells.

    "same": ceil(length / stride); "valid": floor((length - size) / stride) + 1, at least 0.
    """
    if padding == "same":
        return -(-length // stride)
    return max((length - size) // stride + 1, 0)


def padding_around(length: int, size: int, stride: int, padding: str) -> tuple[int, int]:
    """Return the number of cells of padding before and after a side of `length` cells.

    With "same", ceil(length / stride) windows need (windows - 1) · stride + size cells; the missing
    ones are added half before and half after, the odd one after.
    """
    if padding == "valid":
        return 0, 0
    needed = (output_length(length, size, stride, padding) - 1) * stride + size
    missing = max(needed - length, 0)
    return missing // 2, missing - missing // 2


def windows(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """Return all windows: (h, w) -> (rows, columns, size, size); NaN outside the map.

    `stride` 0 stands for `size`; rows and columns are the `output_length` of h and w.
    """
    stride = stride or size
    margins = [padding_around(length, size, stride, padding) for length in image.shape]
    if any(map(any, margins)):
        image = np.pad(image.astype(np.float64), margins, constant_values=np.nan)
    if min(image.shape) < size:
        return np.empty(
            (*(output_length(n, size, stride, padding) for n in image.shape), size, size)
        )
    return np.lib.stride_tricks.sliding_window_view(image, (size, size))[::stride, ::stride]


def pool_max(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """Take the maximum of each window: (h, w) -> (rows, columns)."""
    return np.nanmax(windows(image, size, stride, padding), axis=(2, 3))


def pool_sum(image: np.ndarray, size: int, stride: int = 0, padding: str = "valid") -> np.ndarray:
    """Sum each window: (h, w) -> (rows, columns)."""
    return np.nansum(windows(image, size, stride, padding), axis=(2, 3))


def pool_average(
    image: np.ndarray, size: int, stride: int = 0, padding: str = "valid"
) -> np.ndarray:
    """Average the cells of each window inside the map: (h, w) -> (rows, columns)."""
    return np.nanmean(windows(image, size, stride, padding), axis=(2, 3))


POOLING_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "max": pool_max,
    "average": pool_average,
    "sum": pool_sum,
}
