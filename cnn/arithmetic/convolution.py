"""The arithmetic of one convolution, in plain NumPy."""

import re

import numpy as np

from cnn.arithmetic.pooling import output_length, padding_around

# Each finds one thing; a network learns its own.
EXAMPLE_KERNELS: dict[str, np.ndarray] = {
    "horizontal edge": np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]], np.float32),
    "vertical edge": np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], np.float32),
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32),
    "blur": np.full((3, 3), 1 / 9, np.float32),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32),
    "emboss": np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32),
    "nothing": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32),
}
LARGEST_WEIGHT = 1000


class KernelError(ValueError):
    """What was given is no kernel; the message says what is wrong and what was expected."""


def convolve(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: float = 0.0,
    strides: tuple[int, int] = (1, 1),
    padding: str = "valid",
) -> np.ndarray:
    """Slide `kernel` over `inputs`: (h, w) and (k, l), or (h, w, c) and (k, l, c), -> (h', w').

    out[i, j] = bias + sum over m, n, c of inputs[i·s + m, j·t + n, c] · kernel[m, n, c]

    With padding "same", zeros stand around `inputs` so that h' = ceil(h / s), as in TensorFlow.
    It is called convolution in this field; mathematicians call it cross-correlation, since the
    kernel is not turned round.
    """
    if inputs.ndim == 2:
        inputs, kernel = inputs[..., None], kernel[..., None]
    margins = [
        padding_around(length, window, stride, padding)
        for length, window, stride in zip(inputs.shape[:2], kernel.shape[:2], strides, strict=True)
    ]
    padded = np.pad(inputs, [*margins, (0, 0)])
    patches = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))
    return bias + np.einsum("ijcmn,mnc->ij", patches[:: strides[0], :: strides[1]], kernel)


def size_formula(length: int, window: int, stride: int, padding: str) -> str:
    """`output_length` written out with its numbers."""
    result = output_length(length, window, stride, padding)
    if padding == "same":
        return f"⌈{length} / {stride}⌉ = {result}"
    return f"⌊({length} − {window}) / {stride}⌋ + 1 = {result}"


def parse_kernel(text: str) -> np.ndarray:
    """Rows of numbers as people write them -> (k, k) float32, k of 1 to 7.

    Numbers stand apart by spaces, commas or semicolons; 1/9 is one. Raises KernelError with what
    is wrong.
    """
    lines = [line for line in text.replace("\u2212", "-").splitlines() if line.strip()]
    if not lines:
        raise KernelError("The kernel is empty: three rows of three numbers were expected.")
    rows = [
        [_weight(word, y + 1) for word in re.split(r"[\s,;]+", line.strip(" \t,;"))]
        for y, line in enumerate(lines)
    ]
    lengths = {len(row) for row in rows}
    if lengths != {len(rows)} or len(rows) > 7:
        counts = ", ".join(str(len(row)) for row in rows[:8])
        raise KernelError(
            f"A kernel has as many rows as columns, at most 7; here are {len(rows)} rows of "
            f"{counts} numbers."
        )
    return np.array(rows, np.float32)


def _weight(word: str, row: int) -> float:
    match = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d{1,3})?)(?:/(\d{1,6}))?", word)
    try:
        value = float(match[1]) / float(match[2] or 1)
    except (TypeError, ValueError, ZeroDivisionError):
        raise KernelError(
            f"{word[:20]!r} in row {row} is no number; write 0.5, -1 or 1/9."
        ) from None
    if not abs(value) <= LARGEST_WEIGHT:
        raise KernelError(
            f"{word[:20]} in row {row} is too large: weights go from -{LARGEST_WEIGHT:,} to "
            f"{LARGEST_WEIGHT:,}."
        )
    return value


def format_kernel(kernel: np.ndarray) -> str:
    """(k, l) as `parse_kernel` reads it, a row a line."""
    ninths = np.allclose(kernel, 1 / 9)
    return "\n".join(
        " ".join("1/9" if ninths else f"{value:g}" for value in row) for row in kernel.tolist()
    )


def relu(values: np.ndarray) -> np.ndarray:
    """Keep what is positive, turn the rest into 0: max(0, x), any shape."""
    return np.maximum(values, 0)
