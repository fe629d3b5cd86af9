"""Many dimensions seen on a plane: principal component analysis."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PCA:
    """The plane through `mean` (d,) along `axes` (d, 2), unit vectors at right angles.

    `explained` (2,) is each axis's share of the variance, 0 to 1, the larger one first.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained_variance_ratio: np.ndarray

    def transform(self, features: np.ndarray) -> np.ndarray:
        """(n, d) -> (n, 2) float32: where each lands on the plane, straight down: (f - mean) A."""
        return ((_finite(features) - self.mean) @ self.axes).astype(np.float32)


def fit_pca(features: np.ndarray) -> PCA:
    """The plane on which (n, d) spread most: the two eigenvectors of their covariance.

    An eigenvector's sign is arbitrary: here its largest entry is positive, so that the same
    features always give the same picture. Where there is nothing to spread (d or n below 2, or all
    the same) the axis explains 0. What is not finite counts as 0.
    """
    features = _finite(features)
    count, dimensions = features.shape
    first = features[:1].sum(axis=0)
    shifted = features - first  # so that what does not differ is exactly 0, however it is rounded
    middle = shifted.sum(axis=0) / max(count, 1)
    centred = shifted - middle
    variances, vectors = np.linalg.eigh(centred.T @ centred)  # ascending; n times the covariance
    axes, explained = np.zeros((dimensions, 2)), np.zeros(2)
    wanted = min(2, dimensions)
    axes[:, :wanted] = vectors[:, ::-1][:, :wanted]
    explained[:wanted] = variances[::-1][:wanted].clip(min=0)
    if dimensions:
        largest = axes[np.abs(axes).argmax(axis=0), [0, 1]]
        axes *= np.where(largest < 0, -1, 1)
    return PCA(first + middle, axes, explained / (np.trace(centred.T @ centred) or 1.0))


def normalize_rows(features: np.ndarray) -> np.ndarray:
    """(n, d) -> (n, d) float64: each divided by its length, so that only where it points is left.

    Nearness is then cosine_similarity: |a - b|² = 2 - 2 · cosine. What is 0 everywhere stays so.
    """
    features = _finite(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def _finite(features: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(features, np.float64), posinf=0, neginf=0)
