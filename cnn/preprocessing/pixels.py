"""The edge of a picture, and a smaller copy of it."""

import cv2
import numpy as np


def edge_of(pixels: np.ndarray) -> np.ndarray:
    """The outermost pixels of (h, w, ...), in a row."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def shrink(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Scale (h, w, ...) uint8 down so that no side exceeds `longest`; smaller ones stay."""
    factor = longest / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
