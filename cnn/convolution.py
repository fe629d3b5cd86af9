"""The arithmetic of one convolution, in plain NumPy."""

import numpy as np

# Each finds one thing; a network learns its own.
EXAMPLE_KERNELS: dict[str, np.ndarray] = {
    "horizontal edge": np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]], np.float32),
    "vertical edge": np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], np.float32),
}


def convolve(image: np.ndarray, kernel: np.ndarray, bias: float = 0.0) -> np.ndarray:
    """Slide `kernel` (k, l) over `image` (h, w) with stride 1: -> (h - k + 1, w - l + 1).

    out[i, j] = bias + sum over m, n of image[i + m, j + n] · kernel[m, n]

    It is called convolution in this field; mathematicians call it cross-correlation, since the
    kernel is not turned round.
    """
    patches = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return bias + np.einsum("ijmn,mn->ij", patches, kernel)


def relu(values: np.ndarray) -> np.ndarray:
    """Keep what is positive, turn the rest into 0: max(0, x), any shape."""
    return np.maximum(values, 0)
