"""Comparison of vectors: cosine distances to symbols, and the nearest one.

A symbol is one direction, the mean of its examples' directions: in `benchmarks.recognition` this is
right more often than the nearest of the examples.
"""

import numpy as np

from cnn.arithmetic.pca import normalize_rows

LARGEST_DISTANCE = 2.0  # of opposite vectors


def symbol_directions(vectors: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return the mean direction of each of `count` symbols: (n, d), (n,) -> (count, d) float64.

    Each vector counts alike, whatever its length. All zero for a symbol without examples.
    """
    members = np.equal(np.arange(count)[:, None], labels).astype(np.float64)
    return normalize_rows(members @ normalize_rows(vectors))


def cosine_distances(vectors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return 1 - cosine of each pair: (n, d), (m, d) -> (n, m) float64, 0 to 2.

    It is 1 if one of the two is zero: that has no direction.
    """
    cosines = normalize_rows(vectors) @ normalize_rows(directions).T
    return np.clip(1 - cosines, 0, LARGEST_DISTANCE)


def nearest_example_distances(
    vectors: np.ndarray, examples: np.ndarray, labels: np.ndarray, count: int
) -> np.ndarray:
    """Return the distance to the nearest example of each symbol.

    (n, d), (m, d), (m,) -> (n, count) float64. It is infinite for a symbol without examples. The
    alternative to `symbol_directions`.
    """
    distances = cosine_distances(vectors, examples)
    columns = [distances[:, labels == label] for label in range(count)]
    return np.stack([each.min(axis=1, initial=np.inf) for each in columns], axis=1)


def decide(distances: np.ndarray, threshold: float) -> int | None:
    """Return the nearest symbol, or None if it is farther than `threshold`: (symbols,) -> index."""
    nearest = int(distances.argmin())
    return nearest if distances[nearest] <= threshold else None
