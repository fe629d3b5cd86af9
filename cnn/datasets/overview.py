"""What a data set looks like: counts, mean pictures, samples, and pictures unlike their labels."""

import numpy as np

from cnn.constants import IMAGE_SHAPE


def class_counts(labels: np.ndarray, classes: int) -> np.ndarray:
    """Count the pictures of each class: (n,) labels -> (classes,) int."""
    return np.bincount(labels, minlength=classes)


def mean_pictures(images: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the mean picture of each class: (n, 28, 28) uint8 -> (classes, 28, 28) float32.

    Values are from 0 to 255; the mean of a class without pictures is 0.
    """
    means = np.zeros((classes, *IMAGE_SHAPE), np.float32)
    for label in np.unique(labels):
        means[label] = images[labels == label].mean(axis=0, dtype=np.float32)
    return means


def sample_sheet(labels: np.ndarray, classes: int, count: int, seed: int = 0) -> list[np.ndarray]:
    """Choose up to `count` pictures of each class at random: their indices, in ascending order.

    Another seed chooses others; the same seed always chooses the same.
    """
    rng = np.random.default_rng(seed)
    found = (np.flatnonzero(labels == label) for label in range(classes))
    return [np.sort(rng.permutation(indices)[:count]) for indices in found]


def least_likely(probabilities: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return the indices of the `count` pictures that a network finds least like their labels.

    probabilities: (n, classes); labels: (n,). The lowest probability of the label comes first;
    NaN counts as 0.
    """
    of_label = np.nan_to_num(probabilities[np.arange(len(labels)), labels])
    return np.argsort(of_label, kind="stable")[:count]
