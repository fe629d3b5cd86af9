"""Boxes around the same object are reduced to one."""

import numpy as np

MOST_OVERLAP = 0.3  # of two boxes that are kept


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a box (4,) with each of (n, 4): (n,), 0 to 1.

    A box is left, top, right and bottom.
    """
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return shared / (np.prod(box[2:] - box[:2]) + areas - shared)


def suppress(
    boxes: np.ndarray, probabilities: np.ndarray, threshold: float, most: float = MOST_OVERLAP
) -> np.ndarray:
    """Non-maximum suppression: the indices of the boxes that are kept, most probable first.

    Of (n, 4) boxes with a probability of at least `threshold`, the most probable is kept, and all
    that overlap it by more than `most` are left out; then the most probable of the rest, and so on.
    """
    order = np.flatnonzero(probabilities >= threshold)
    order = order[np.argsort(-probabilities[order], kind="stable")]
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[overlap(boxes[best], boxes[rest]) <= most]
    return np.array(kept, int)
