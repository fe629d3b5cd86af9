"""Principal component analysis: the projection of features to two dimensions."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PCA:
    """The plane through `mean` (d,) along `axes` (d, 2), orthonormal columns.

    `explained_variance_ratio` (2,): the share of the variance along each axis, 0 to 1, descending.
    """

    mean: np.ndarray
    axes: np.ndarray
    explained_variance_ratio: np.ndarray

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Project features: (n, d) -> (n, 2) float32, (features - mean) · axes."""
        return ((_finite(features) - self.mean) @ self.axes).astype(np.float32)


def fit_pca(features: np.ndarray) -> PCA:
    """Fit the plane of the largest variance of (n, d): two eigenvectors of the covariance.

    The sign of an eigenvector is arbitrary: here its largest entry is positive, so that the same
    features always give the same projection. Without variance (d or n below 2, or all rows equal),
    an axis explains 0. Values that are not finite count as 0.
    """
    features = _finite(features)
    count, dimensions = features.shape
    first = features[:1].sum(axis=0)
    shifted = features - first  # so that equal rows are exactly 0, without rounding errors
    middle = shifted.sum(axis=0) / max(count, 1)
    centred = shifted - middle
    scatter = centred.T @ centred  # n times the covariance
    variances, vectors = np.linalg.eigh(scatter)  # ascending
    axes, explained = np.zeros((dimensions, 2)), np.zeros(2)
    used = min(2, dimensions)
    axes[:, :used] = vectors[:, ::-1][:, :used]
    explained[:used] = variances[::-1][:used].clip(min=0)
    if dimensions:
        largest = axes[np.abs(axes).argmax(axis=0), [0, 1]]
        axes *= np.where(largest < 0, -1, 1)
    return PCA(first + middle, axes, explained / (np.trace(scatter) or 1.0))


def normalize_rows(features: np.ndarray) -> np.ndarray:
    """Scale each row of (n, d) to length 1 -> (n, d) float64; zero rows stay 0.

    The squared distance of two rows is then 2 - 2 · their cosine similarity.
    """
    features = _finite(features)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(lengths > 0, lengths, 1)


def _finite(features: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(features, np.float64), posinf=0, neginf=0)
