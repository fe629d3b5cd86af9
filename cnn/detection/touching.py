"""Split digits that touch: cut their ink along the paths that cross least of it.

Where to cut is decided by the network: the parts between any two cuts are classified, and of all
ways to divide the ink the one with the highest product of confidences is chosen, times CUT_FACTOR
for each cut, so that a digit stays whole unless its parts are clearly better digits. The best way
is found by dynamic programming (R. G. Casey and E. Lecolinet, "A survey of methods and strategies
in character segmentation", 1996: recognition-based segmentation).
"""

from collections.abc import Callable

import cv2
import numpy as np

from cnn.preprocessing.normalization import FAINT, NormalizedDigit, normalize_image

CUT_FACTOR = 0.7
# Relative to the height of the ink:
NARROWEST, WIDEST = 0.12, 1.5  # width of a part; a wider one is not a digit
STEP = 0.12  # from one path to the next
SWAY = 0.18  # how far a path goes to either side
SIDE = 80  # pixels; taller ink is shrunk to it before paths are searched
MAX_PATHS = 60  # in very wide ink, the paths are further apart
MIN_INK = 0.06  # of the mean ink of the parts, for a part to be a digit

Classify = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n, 10) probabilities


def split_touching(ink: np.ndarray, classify: Classify) -> list[np.ndarray]:
    """Return the parts of `ink`, (h, w) uint8, from left to right: [ink] if it is best whole.

    Each part is (h, w), 0 outside of the part. Ink whose confidence as a whole is at least
    CUT_FACTOR is best whole, if it `may_be_one`.
    """
    cuts = cutting_paths(ink)
    if not cuts.size:
        return [ink]
    columns = np.arange(ink.shape[1])
    left_of = [columns < path[:, None] for path in cuts]
    borders = [np.zeros(ink.shape, bool), *left_of, np.ones(ink.shape, bool)]
    spans, parts = _parts_between(ink, borders)
    if not parts:
        return [ink]
    confidences = classify(np.stack([part.image for _, part in parts])).max(axis=1)
    scores = dict(zip(spans, np.log(np.maximum(confidences, 1e-9)).tolist(), strict=True))
    inks = dict(zip(spans, (part for part, _ in parts), strict=True))
    return [inks[span] for span in _best_way(scores, len(borders))] or [ink]


def may_be_one(ink: np.ndarray) -> bool:
    """Return whether ink, (h, w), is not too wide for one digit."""
    return ink.shape[1] <= WIDEST * ink.shape[0]


def cutting_paths(ink: np.ndarray) -> np.ndarray:
    """Return paths from top to bottom that cross little ink: (n, h) int, their column in each row.

    A path moves at most one column from row to row, around a column of its own (a "seam": S. Avidan
    and A. Shamir, "Seam carving for content-aware image resizing", 2007).
    """
    height, width = ink.shape
    factor = min(1.0, SIDE / height)
    small = (
        cv2.resize(
            ink,
            (max(1, round(width * factor)), max(1, round(height * factor))),
            interpolation=cv2.INTER_AREA,
        )
        if factor < 1
        else ink
    )
    rows, columns = small.shape
    step = max(2.0, STEP * rows, columns / MAX_PATHS)
    middles = np.arange(NARROWEST * rows + step / 2, columns - NARROWEST * rows, step)
    paths = [_path(small, round(middle), max(2, round(SWAY * rows))) for middle in middles]
    if not paths:
        return np.empty((0, height), int)
    at = np.minimum((np.arange(height) * factor).astype(int), rows - 1)
    scaled = np.rint(np.array(paths)[:, at] / factor).astype(int)
    return np.unique(scaled.clip(1, width - 1), axis=0)


def _path(ink: np.ndarray, middle: int, sway: int) -> np.ndarray:
    """The path around the column `middle` with the least ink: (h,) int columns."""
    first = max(0, middle - sway)
    strip = ink[:, first : middle + sway + 1].astype(np.float64) / 255
    # A little for the distance from the middle and for each step aside: through blank paper, a path
    # is straight.
    strip += 0.02 * np.abs(np.arange(strip.shape[1]) + first - middle) / sway
    total, moves = strip[0], np.zeros(strip.shape, int)
    for row in range(1, len(strip)):
        padded = np.pad(total, 1, constant_values=np.inf)
        options = np.stack([padded[:-2] + 0.02, padded[1:-1], padded[2:] + 0.02])
        moves[row] = options.argmin(axis=0) - 1
        total = options.min(axis=0) + strip[row]
    path = np.empty(len(strip), int)
    path[-1] = total.argmin()
    for row in range(len(strip) - 1, 0, -1):
        path[row - 1] = path[row] + moves[row, path[row]]
    return path + first


def _parts_between(
    ink: np.ndarray, borders: list[np.ndarray]
) -> tuple[list[tuple[int, int]], list[tuple[np.ndarray, NormalizedDigit]]]:
    """The parts between any two `borders` that may be digits, and the numbers of these borders."""
    height, mean, spans, parts = ink.shape[0], ink.sum() / len(borders), [], []
    for end in range(1, len(borders)):
        for start in range(end):
            part = np.where(borders[end] & ~borders[start], ink, 0)
            inked = np.flatnonzero((part > FAINT).any(axis=0))
            if not len(inked):
                continue
            width = inked[-1] - inked[0] + 1
            is_all = end - start == len(borders) - 1
            too_little = width < NARROWEST * height or part.sum() < MIN_INK * mean
            if width > WIDEST * height or (too_little and not is_all):
                continue
            normalized = normalize_image(part)
            if normalized is not None:
                spans.append((start, end))
                parts.append((part, normalized))
    return spans, parts


def _best_way(scores: dict[tuple[int, int], float], count: int) -> list[tuple[int, int]]:
    """The spans from border 0 to the last of `count` with the highest sum of scores and cuts."""
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
    for end in range(1, count):
        ways = [
            (
                best[start][0] + scores[start, end] + (np.log(CUT_FACTOR) if start else 0.0),
                [*best[start][1], (start, end)],
            )
            for start in range(end)
            if (start, end) in scores and np.isfinite(best[start][0])
        ]
        best.append(max(ways, key=lambda way: way[0], default=(-np.inf, [])))
    return best[-1][1]
