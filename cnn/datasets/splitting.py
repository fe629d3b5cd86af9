"""Divides pictures at random, but with the same share of each class, by a fixed seed."""

import numpy as np

SHARE = 0.1  # of the pictures of each class, for a test part, and again for validation
MOST = 10_000  # pictures of a part, as of MNIST's test digits
SEED = 0


def split(labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the larger part and of the smaller, each in random order.

    The smaller part has SHARE of each class of the (n,) labels, at least one picture and at most
    so many that all are MOST; a class of one picture stays in the larger part.
    """
    share = min(SHARE, MOST / max(len(labels), 1))
    order = rng.permutation(len(labels))
    is_smaller = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_class = order[labels[order] == label]
        count = max(1, round(share * len(of_class))) if len(of_class) > 1 else 0
        is_smaller[of_class[:count]] = True
    return order[~is_smaller[order]], order[is_smaller[order]]
