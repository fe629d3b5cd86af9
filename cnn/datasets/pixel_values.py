"""Arrays of pictures, of any usual shape and range of values -> grey, 28 x 28, uint8."""

from collections.abc import Sequence
from math import isqrt

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import DataError
from cnn.datasets.bounds import check_picture_count
from cnn.datasets.scaling import MAX_SIDE, MIN_SIDE, fit

# The brightest value, of which the first that holds all values is white: 0 to 1, or 1, 4, 8, 12
# and 16 bits. Scikit-learn's digits go to 16.
FULL_VALUES = (1, 16, 255, 4095, 65535)
CHUNK = 1000  # pictures converted at a time, which bounds the memory for it
_EXPECTED = "values from 0 to 1, 0 to 255 or 0 to 65,535 are expected."


def with_layout(array: np.ndarray, name: str) -> tuple[np.ndarray, str]:
    """Return a view (n, h, w) or (n, h, w, 3) of pictures, and a note if they were otherwise.

    Accepts channels last or first, and rows of square pictures. Raises DataError for all else.
    """
    shape, note = array.shape, ""
    check_picture_count(shape[0] if array.ndim else 0, name)
    if array.ndim == 2 and isqrt(shape[1]) ** 2 == shape[1]:
        side = isqrt(shape[1])
        array = array.reshape(-1, side, side)
        note = f"{name}: rows of {shape[1]:,} values became pictures of {side} x {side}."
    elif array.ndim == 4 and shape[3] not in (1, 3) and shape[1] in (1, 3):
        array = np.moveaxis(array, 1, -1)
        note = f"{name}: the channels of {shape} came first; they are last now."
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[3] != 3):
        raise DataError(
            f"{name}: the pictures have the shape {shape}; (n, height, width) is expected, or "
            "(n, height, width, 3) in colour."
        )
    height, width = array.shape[1:3]
    if array.dtype.kind not in "buif":
        raise DataError(f"{name}: the pictures consist of text, not of numbers.")
    if not MIN_SIDE <= min(height, width) <= max(height, width) <= MAX_SIDE:
        raise DataError(
            f"{name}: the pictures are {height:,} x {width:,} pixels; {MIN_SIDE} to {MAX_SIDE:,} "
            "on each side are accepted."
        )
    return array, note


def full_value(arrays: Sequence[np.ndarray], name: str) -> float:
    """Return the value that is white in all of `arrays`, from FULL_VALUES.

    Raises DataError for NaN, infinity, negative or larger values.
    """
    if not all(np.isfinite(each).all() for each in arrays):
        raise DataError(f"{name}: some values are NaN or infinite; {_EXPECTED}")
    low = min(float(each.min()) for each in arrays)
    high = max(float(each.max()) for each in arrays)
    if low < 0 or high > FULL_VALUES[-1]:
        raise DataError(f"{name}: the values go from {low:g} to {high:g}; {_EXPECTED}")
    if high == 0:
        raise DataError(f"{name}: all values are 0, so all pictures are black.")
    return next(each for each in FULL_VALUES if high <= each)


def as_images(array: np.ndarray, full: float) -> np.ndarray:
    """Convert (n, h, w) or (n, h, w, 3), RGB, with values from 0 to `full`, to (n, 28, 28) uint8.

    Colours become their lightness, 0.299 R + 0.587 G + 0.114 B; `fit` scales and pads.
    """
    images = np.empty((len(array), *IMAGE_SHAPE), np.uint8)
    for start in range(0, len(array), CHUNK):
        chunk = as_bytes(array[start : start + CHUNK], full)
        for i, picture in enumerate(chunk, start):
            grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            images[i] = fit(grey)
    return images


def as_bytes(array: np.ndarray, full: float) -> np.ndarray:
    """Scale values from 0 to `full` to 0 to 255, uint8, contiguous."""
    if array.dtype == np.uint8 and full == 255:
        return np.ascontiguousarray(array)
    return np.rint(array.astype(np.float32) * np.float32(255 / full)).astype(np.uint8, order="C")
