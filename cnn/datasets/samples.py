"""A few pictures before and after scaling, for somebody to compare."""

from typing import NamedTuple

import cv2
import numpy as np

MAX_SAMPLES = 12
PREVIEW_SIDE = 128  # pixels, the longer side of a picture before scaling, at most


class Sample(NamedTuple):
    """before: (h, w) or (h, w, 3) uint8, RGB; after: (28, 28) uint8; class_name: of its label."""

    before: np.ndarray
    after: np.ndarray
    class_name: str


def preview(picture: np.ndarray) -> np.ndarray:
    """Scale (h, w) or (h, w, 3) uint8 down so that no side exceeds PREVIEW_SIDE."""
    factor = PREVIEW_SIDE / max(picture.shape[:2])
    if factor >= 1:
        return picture.copy()
    height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def sample_indices(labels: np.ndarray, classes: int) -> list[int]:
    """Return the first pictures of each class among (n,) labels, MAX_SAMPLES at most."""
    each = max(1, MAX_SAMPLES // classes)
    chosen = [np.flatnonzero(labels == label)[:each] for label in range(min(classes, MAX_SAMPLES))]
    return np.concatenate(chosen)[:MAX_SAMPLES].tolist()
