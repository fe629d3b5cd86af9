"""Convolution, ReLU and pooling in plain loops: the same results as the array code, easier to read.

Learn shows them beside it. They are slow: Python computes one value at a time.
"""

import numpy as np


def convolve_loops(image: np.ndarray, kernel: np.ndarray, bias: float = 0.0) -> np.ndarray:
    """Slide `kernel` (k, l) over `image` (h, w) with stride 1 -> (h - k + 1, w - l + 1)."""
    rows = image.shape[0] - kernel.shape[0] + 1
    columns = image.shape[1] - kernel.shape[1] + 1
    output = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            total = bias
            for m in range(kernel.shape[0]):
                for n in range(kernel.shape[1]):
                    total += image[i + m, j + n] * kernel[m, n]
            output[i, j] = total
    return output


def relu_loops(values: np.ndarray) -> np.ndarray:
    """Replace the negative values of (h, w) by 0."""
    output = np.zeros(values.shape)
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            if values[i, j] > 0:
                output[i, j] = values[i, j]
    return output


def pool_loops(image: np.ndarray, size: int, kind: str) -> np.ndarray:
    """Pool windows of `size` x `size` of (h, w): `kind` is "max", "average" or "sum"."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    output = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = []
            for m in range(size):
                for n in range(size):
                    window.append(image[i * size + m, j * size + n])
            if kind == "max":
                output[i, j] = max(window)
            elif kind == "sum":
                output[i, j] = sum(window)
            elif kind == "average":
                output[i, j] = sum(window) / len(window)
            else:
                raise ValueError(kind)
    return output
