"""Several digits on one wide canvas: which strokes belong together, and in which order they stand.

The simplest honest detection: ink that hangs together is one thing (connected components), and
things that overlap or nearly touch are one digit. A 5 drawn in two strokes stays one.
"""

from typing import NamedTuple

import cv2
import numpy as np

from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import Stroke, clip_to_canvas, draw_line

NEAR = 0.12  # of the tallest thing's height: closer than this nearly touches
COVERED = 0.5  # of the narrower thing's width: lying above each other so far, they are one digit
SMALL = 0.35  # of the tallest thing's height: a dash so short belongs to what it is nearest to
TALL = 0.6  # of the tallest thing's height: two so tall, beside each other so far, are digits each


class FoundDigit(NamedTuple):
    """One digit on the canvas: its box (left, top, right, bottom) in pixels, strokes and steps."""

    box: tuple[int, int, int, int]
    strokes: list[Stroke]
    normalized: NormalizedDigit


def find_digits(strokes: list[Stroke], width: int, height: int) -> list[FoundDigit]:
    """The digits on a canvas of `width` x `height` pixels, from left to right."""
    parts = [
        [Stroke(line, stroke.width) for line in clip_to_canvas([stroke], width, height)]
        for stroke in strokes
    ]
    shown = [pieces for pieces in parts if pieces]
    if not shown:
        return []
    groups = _join(_connected(shown, width, height))
    found = []
    for group in sorted(groups, key=lambda group: _middle(_box(group))):
        normalized = normalize_strokes(group, max(width, height))
        if normalized is not None:
            left, top, right, bottom = _box(group).astype(int).tolist()
            box = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
            found.append(FoundDigit(box, group, normalized))
    return found


def _connected(shown: list[list[Stroke]], width: int, height: int) -> list[list[Stroke]]:
    """Strokes whose ink hangs together: labelled by OpenCV's connected components.

    `shown` is the parts of each stroke that are on the canvas.
    """
    ink = np.zeros((height, width), np.uint8)
    for points, pen in (piece for pieces in shown for piece in pieces):
        draw_line(ink, points, pen)
    _, labels = cv2.connectedComponents((ink > 0).astype(np.uint8))
    groups: dict[int, list[Stroke]] = {}
    for number, pieces in enumerate(shown):
        points = np.concatenate([piece.points for piece in pieces])
        inside = points.round().astype(int).clip(0, (width - 1, height - 1))
        names = labels[inside[:, 1], inside[:, 0]]
        names = names[names > 0]
        groups.setdefault(int(names[0]) if len(names) else -number - 1, []).extend(pieces)
    return list(groups.values())


def _join(groups: list[list[Stroke]]) -> list[list[Stroke]]:
    """Join groups, two at a time, until none belong together any more."""
    tallest = max(_height(_box(group)) for group in groups)
    joined: list[tuple[list[Stroke], list[float]]] = []  # with their boxes
    for group in groups:
        # Each takes in those that it belongs to, which may make it belong to others.
        one = (group, _box(group).tolist())
        while other := next((each for each in joined if _belong(each, one, tallest)), None):
            joined = [each for each in joined if each is not other]
            one = (other[0] + one[0], _box(other[0] + one[0]).tolist())
        joined.append(one)
    return [group for group, _ in joined]


def _belong(one: tuple, other: tuple, tallest: float) -> bool:
    (one, a), (other, b) = one, other
    shared = min(a[2], b[2]) - max(a[0], b[0])
    narrower = max(min(a[2] - a[0], b[2] - b[0]), 1)
    beside = min(a[3], b[3]) - max(a[1], b[1])
    if shared / narrower >= COVERED and beside < TALL * tallest:
        return True  # one above the other, as a 5 and its hat, or a 7 and its bar
    is_part = min(_height(a), _height(b)) < SMALL * tallest
    return (is_part or shared > 0) and _gap(one, other, NEAR * tallest) < NEAR * tallest


def _gap(one: list[Stroke], other: list[Stroke], enough: float) -> float:
    """The paper between two groups in pixels, from ink to ink; `enough` where it is at least that.

    Ink that crosses would hang together, so that the lines' points, close to each other as a hand
    draws them, say how far the lines are.
    """
    a, b = _box(one), _box(other)
    if max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]) >= enough:
        return enough
    lines = [_thinned(np.concatenate([stroke.points for stroke in each])) for each in (one, other)]
    distances = np.hypot(*(lines[0][:, None] - lines[1][None]).transpose(2, 0, 1))
    return float(distances.min()) - (one[0].width + other[0].width) / 2


def _thinned(points: np.ndarray) -> np.ndarray:
    """At most 500 of (n, 2) points, evenly: all pairs of 10,000 would be 100 million."""
    return points[:: 1 + len(points) // 500]


def _box(group: list[Stroke]) -> np.ndarray:
    points = np.concatenate([stroke.points for stroke in group])
    pen = max(stroke.width for stroke in group) / 2
    return np.concatenate([points.min(axis=0) - pen, points.max(axis=0) + pen])


def _height(box: np.ndarray) -> float:
    return float(box[3] - box[1])


def _middle(box: np.ndarray) -> float:
    return float(box[0] + box[2]) / 2
