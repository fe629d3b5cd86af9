"""A network slid over a picture: at each position and size it classifies one window."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnn.constants import IMAGE_SIDE

STEP = 4  # pixels between two windows
SCALE = 1.25  # between two pictures of the pyramid
LONGEST_SIDE = 320  # pixels; larger pictures are scaled down first
BATCH = 1024  # windows
Classify = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n,) probabilities of a face


class Windows(NamedTuple):
    """All windows of a picture: the answer before any threshold.

    boxes: (n, 4) float32, left, top, right and bottom in pixels of it; probabilities: (n,).
    """

    boxes: np.ndarray
    probabilities: np.ndarray


def pyramid(picture: np.ndarray) -> list[np.ndarray]:
    """(h, w) uint8 -> the picture, smaller and smaller by SCALE, while a window fits on it."""
    pictures, factor = [], 1.0
    while min(side := [round(each / factor) for each in picture.shape]) >= IMAGE_SIDE:
        pictures.append(cv2.resize(picture, side[::-1], interpolation=cv2.INTER_AREA))
        factor *= SCALE
    return pictures


def windows_of(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The windows of (h, w), STEP pixels apart: (n, 28, 28), and (n, 4) their boxes in it."""
    views = sliding_window_view(picture, (IMAGE_SIDE, IMAGE_SIDE))[::STEP, ::STEP]
    rows, columns = views.shape[:2]
    top, left = (each.ravel() * STEP for each in np.indices((rows, columns)))
    boxes = np.stack([left, top, left + IMAGE_SIDE, top + IMAGE_SIDE], axis=1)
    return views.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), boxes.astype(np.float32)


def slide(picture: np.ndarray, classify: Classify) -> Iterator[tuple[float, Windows]]:
    """Classify the windows of all sizes of (h, w) uint8, a batch at a time.

    Yields the share that is done, 0 to 1, and those classified so far. A picture that is smaller
    than a window has none.
    """
    levels = [(windows_of(each), each.shape) for each in pyramid(picture)]
    total = sum(len(boxes) for (_, boxes), _ in levels)
    boxes, probabilities, done = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)], 0
    for (images, places), (height, width) in levels:
        enlarged = np.array([picture.shape[1] / width, picture.shape[0] / height] * 2, np.float32)
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            probabilities.append(classify(np.ascontiguousarray(images[part])))
            boxes.append(places[part] * enlarged)
            done += len(boxes[-1])
            yield done / total, Windows(np.concatenate(boxes), np.concatenate(probabilities))
