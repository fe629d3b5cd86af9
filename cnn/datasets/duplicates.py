"""Likely duplicates: pictures that are equal, and pairs that differ by very little.

Two pictures a and b are near duplicates if |a - b| is at most RELATIVE_DISTANCE of the longer of
the two, as vectors of 784 pixels. No projection to orthonormal axes makes a distance longer:
pairs that are apart in the first principal components need not be compared in full.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cnn.constants import IMAGE_SIDE

RELATIVE_DISTANCE = 0.12
MAX_COMPARED = 70_000  # different pictures, as many as MNIST has, compared with each other
AXES = 24  # principal components in which candidates are found
FITTED = 5_000  # pictures from which the components are computed
ROUNDING = 0.01  # of squared distances, where a pixel is 0 to 1
BLOCK = 512  # pictures compared at a time with all others


class Duplicates(NamedTuple):
    """equal: groups of indices of equal pictures, the largest first; near: (i, j) and their
    relative distance, 0 to RELATIVE_DISTANCE, the closest first; is_complete: whether all were
    compared and all pairs are listed.
    """

    equal: list[list[int]]
    near: list[tuple[int, int, float]]
    is_complete: bool


def find_duplicates(
    images: np.ndarray, limit: int = 200, steps: Callable[[Sequence[int]], Iterable[int]] = iter
) -> Duplicates:
    """Find duplicates among (n, 28, 28) uint8: up to `limit` groups and `limit` near pairs.

    Of equal pictures only the first is compared with others; blank ones are left out of that.
    `steps` yields each of the steps that it is given, and so can show how many are done.
    """
    flat = np.ascontiguousarray(images).reshape(len(images), IMAGE_SIDE**2)
    equal, distinct = _group_equal(flat)
    distinct = distinct[flat[distinct].any(axis=1)]
    compared = distinct[:MAX_COMPARED]
    pairs, is_full = _near_pairs(flat[compared], limit, steps)
    near = sorted(
        ((int(compared[i]), int(compared[j]), distance) for i, j, distance in pairs),
        key=lambda pair: (pair[2], pair[:2]),
    )
    is_complete = len(compared) == len(distinct) and not is_full and len(equal) <= limit
    return Duplicates(equal[:limit], near[:limit], is_complete)


def _group_equal(flat: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
    """Return the groups of equal rows of (n, d), and the first index of each different row."""
    groups: dict[bytes, list[int]] = {}
    for i, row in enumerate(flat):
        groups.setdefault(row.tobytes(), []).append(i)
    several = sorted((each for each in groups.values() if len(each) > 1), key=len, reverse=True)
    return several, np.array([each[0] for each in groups.values()], dtype=np.int64)


def _near_pairs(
    flat: np.ndarray, limit: int, steps: Callable[[Sequence[int]], Iterable[int]]
) -> tuple[list[tuple[int, int, float]], bool]:
    """Return near pairs (i, j, distance) of rows, i < j; whether it stopped at the limit."""
    if len(flat) < 2:
        return [], False
    lengths = np.sqrt(np.einsum("ij,ij->i", flat, flat, dtype=np.float32)) / 255
    order = np.argsort(lengths, kind="stable")
    flat, lengths = flat[order], lengths[order]
    projected = _project(flat)
    squared = np.einsum("ij,ij->i", projected, projected)[:, None]
    # |a - b|^2 = |a|^2 - 2ab + |b|^2, less what is allowed for b, the longer of the two: all of it
    # is one product of matrices, at most 0 for candidates. ROUNDING is allowed on top.
    limits = squared - (RELATIVE_DISTANCE * lengths[:, None]) ** 2 - ROUNDING
    left = np.hstack([-2 * projected, squared, np.ones_like(squared)])
    right = np.hstack([projected, np.ones_like(squared), limits])
    # The lengths differ by no more than the distance.
    stops = np.searchsorted(lengths, lengths / (1 - RELATIVE_DISTANCE) + ROUNDING, side="right")
    found: list[tuple[int, int, float]] = []
    for start in steps(range(0, len(flat), BLOCK)):
        stop = min(start + BLOCK, len(flat))
        excess = left[start:stop] @ right[start : stops[stop - 1]].T
        places = np.flatnonzero(excess <= 0)
        rows, columns = places // excess.shape[1], places % excess.shape[1]
        later = columns > rows
        rows, columns = rows[later] + start, columns[later] + start
        for first in range(0, len(rows), BLOCK):  # bounds the memory
            part = slice(first, first + BLOCK)
            i, j = rows[part], columns[part]
            apart = np.linalg.norm(flat[i] / np.float32(255) - flat[j] / np.float32(255), axis=1)
            apart /= lengths[j]
            near = apart <= RELATIVE_DISTANCE
            ends = np.sort([order[i[near]], order[j[near]]], axis=0)
            found += zip(*ends.tolist(), apart[near].tolist(), strict=True)
            if len(found) > 10 * limit:
                return found, True
    return found, len(found) > limit


def _project(flat: np.ndarray) -> np.ndarray:
    """Project (n, d) uint8, as values from 0 to 1, to principal components: (n, AXES) float32."""
    fitted = flat[:: max(1, len(flat) // FITTED)].astype(np.float32) / 255
    mean = fitted.mean(axis=0)
    _, axes = np.linalg.eigh((fitted - mean).T @ (fitted - mean))  # ascending
    first = axes[:, : -AXES - 1 : -1].astype(np.float32)
    parts = np.array_split(np.arange(len(flat)), max(1, len(flat) // 5000))
    return np.concatenate([(flat[part] / np.float32(255) - mean) @ first for part in parts])
