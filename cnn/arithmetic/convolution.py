"""Convolution in NumPy, example kernels, and kernels as text."""

import re

import numpy as np

from cnn.arithmetic.pooling import output_length, padding_around

# Each detects one pattern; a network learns others.
EXAMPLE_KERNELS: dict[str, np.ndarray] = {
    "horizontal edge": np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]], np.float32),
    "vertical edge": np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], np.float32),
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32),
    "blur": np.full((3, 3), 1 / 9, np.float32),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32),
    "emboss": np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32),
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32),
}
MAX_SIZE, MAX_WEIGHT = 7, 1000


class KernelError(ValueError):
    """A text is not a kernel; the message tells the user what to correct."""


def convolve(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: float = 0.0,
    strides: tuple[int, int] = (1, 1),
    padding: str = "valid",
) -> np.ndarray:
    """Slide `kernel` over `inputs`: (h, w) and (k, l), or (h, w, c) and (k, l, c), -> (h', w').

    out[i, j] = bias + sum over m, n, c of inputs[i·s + m, j·t + n, c] · kernel[m, n, c]

    With padding "same", `inputs` is padded with zeros so that h' = ceil(h / s), as in TensorFlow.
    Mathematically this is a cross-correlation: the kernel is not flipped.
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
    """Return the formula of `output_length` with its numbers, such as ⌈28 / 3⌉ = 10."""
    result = output_length(length, window, stride, padding)
    if padding == "same":
        return f"⌈{length} / {stride}⌉ = {result}"
    return f"⌊({length} − {window}) / {stride}⌋ + 1 = {result}"


def parse_kernel(text: str) -> np.ndarray:
    """Parse lines of numbers, one per row -> (k, k) float32, k from 1 to MAX_SIZE.

    Numbers are separated by spaces, commas or semicolons; fractions such as 1/9 are allowed. Raises
    KernelError if the text is not a kernel.
    """
    lines = [line for line in text.replace("\u2212", "-").splitlines() if line.strip()]
    if not lines:
        raise KernelError("The kernel is empty. Enter, for example, three rows of three numbers.")
    rows = [
        [_parse_weight(word, y) for word in re.split(r"[\s,;]+", line.strip(" \t,;"))]
        for y, line in enumerate(lines, 1)
    ]
    if {len(row) for row in rows} != {len(rows)} or len(rows) > MAX_SIZE:
        counts = ", ".join(str(len(row)) for row in rows[: MAX_SIZE + 1])
        raise KernelError(
            f"A kernel must be square, at most {MAX_SIZE} x {MAX_SIZE}. This one has rows: "
            f"{len(rows)}; numbers in each: {counts}."
        )
    return np.array(rows, np.float32)


def _parse_weight(word: str, row: int) -> float:
    match = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d{1,3})?)(?:/(\d{1,6}))?", word)
    try:
        value = float(match[1]) / float(match[2] or 1)
    except (TypeError, ValueError, ZeroDivisionError):
        message = f"{word[:20]!r} in row {row} is not a number. Write 0.5, -1 or 1/9."
        raise KernelError(message) from None
    if not abs(value) <= MAX_WEIGHT:
        raise KernelError(
            f"{word[:20]} in row {row} is too large: weights must be from -{MAX_WEIGHT:,} to "
            f"{MAX_WEIGHT:,}."
        )
    return value


def format_kernel(kernel: np.ndarray) -> str:
    """Return (k, k) as text for `parse_kernel`, one row per line."""
    ninths = np.allclose(kernel, 1 / 9)
    return "\n".join(
        " ".join("1/9" if ninths else f"{value:g}" for value in row) for row in kernel.tolist()
    )


def relu(values: np.ndarray) -> np.ndarray:
    """Apply the activation max(0, x) elementwise, any shape."""
    return np.maximum(values, 0)
