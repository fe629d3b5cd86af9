"""Scales pictures of any size to 28 x 28 pixels, as they are, without looking for ink."""

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE

MIN_SIDE, MAX_SIDE = 4, 4096  # pixels, of the pictures that are accepted


def frame_of(picture: np.ndarray) -> np.ndarray:
    """Return the outermost pixels of each picture: (..., h, w) -> (..., 2 * (h + w))."""
    edges = (picture[..., 0, :], picture[..., -1, :], picture[..., :, 0], picture[..., :, -1])
    return np.concatenate(edges, axis=-1)


def fit(picture: np.ndarray, background: float | None = None) -> np.ndarray:
    """Scale (h, w) uint8 to (28, 28) uint8, its aspect kept, padded with the background.

    The background is by default the median of the outermost pixels. Scaling down averages over
    the area of each new pixel; scaling up is bilinear.
    """
    if picture.shape == IMAGE_SHAPE:
        return picture
    height, width = picture.shape
    factor = IMAGE_SIDE / max(height, width)
    rows, columns = max(1, round(height * factor)), max(1, round(width * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(np.ascontiguousarray(picture), (columns, rows), interpolation=method)
    if background is None:
        background = float(np.median(frame_of(picture)))
    top, left = (IMAGE_SIDE - rows) // 2, (IMAGE_SIDE - columns) // 2
    image = np.full(IMAGE_SHAPE, round(background), np.uint8)
    image[top : top + rows, left : left + columns] = scaled
    return image


def dark_on_light_share(images: np.ndarray) -> float:
    """Return the share of (n, 28, 28) uint8 with a light frame: MNIST's digits are light on dark.

    A frame is light if its median is. Pictures of a single shade do not count.
    """
    medians = np.median(frame_of(images), axis=1)
    has_ink = np.ptp(images.reshape(len(images), -1), axis=1) > 0
    return float((medians[has_ink] > 127).mean()) if has_ink.any() else 0.0
