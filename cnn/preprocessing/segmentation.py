"""Find the digits on a wide canvas: group the strokes, from left to right.

Strokes whose ink is connected form one group; groups that overlap horizontally, or are very near,
form one digit, such as a 5 drawn in two strokes.
"""

from typing import NamedTuple

import cv2
import numpy as np

from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import Stroke, clip_to_canvas, draw_line

# The first three are relative to the height of the tallest group.
NEAR = 0.12  # a smaller distance is very near
SMALL = 0.35  # a group of smaller height belongs to the one that it is near to
TALL = 0.6  # groups that overlap vertically by this much are separate digits
OVERLAP = 0.5  # of the narrower group's width: groups that overlap so much are one digit
MAX_POINTS = 500  # per group, to limit the memory for the distances of all pairs


class FoundDigit(NamedTuple):
    """A digit: its box (left, top, right, bottom) in pixels, strokes and normalization."""

    box: tuple[int, int, int, int]
    strokes: list[Stroke]
    normalized: NormalizedDigit


def find_digits(strokes: list[Stroke], width: int, height: int) -> list[FoundDigit]:
    """Return the digits on a canvas of `width` x `height` pixels, from left to right."""
    parts = [
        [Stroke(line, stroke.width) for line in clip_to_canvas([stroke], width, height)]
        for stroke in strokes
    ]
    visible = [lines for lines in parts if lines]
    if not visible:
        return []
    found = []
    groups = _merge(_connected_groups(visible, width, height))
    for group in sorted(groups, key=lambda group: _box(group)[[0, 2]].sum()):
        normalized = normalize_strokes(group, max(width, height))
        if normalized is not None:
            box = _box(group).astype(int).clip(0, (width, height, width, height))
            found.append(FoundDigit(tuple(box.tolist()), group, normalized))
    return found


def _connected_groups(parts: list[list[Stroke]], width: int, height: int) -> list[list[Stroke]]:
    """Group strokes by the connected components of their ink; `parts` are the visible ones."""
    ink = np.zeros((height, width), np.uint8)
    for stroke in (stroke for strokes in parts for stroke in strokes):
        draw_line(ink, *stroke)
    _, labels = cv2.connectedComponents((ink > 0).astype(np.uint8))
    groups: dict[int, list[Stroke]] = {}
    for number, strokes in enumerate(parts):
        points = np.concatenate([stroke.points for stroke in strokes])
        x, y = points.round().astype(int).clip(0, (width - 1, height - 1)).T
        components = labels[y, x][labels[y, x] > 0]
        component = int(components[0]) if len(components) else -number - 1
        groups.setdefault(component, []).extend(strokes)
    return list(groups.values())


def _merge(groups: list[list[Stroke]]) -> list[list[Stroke]]:
    """Merge groups that are one digit, two at a time, until none are left."""
    tallest = max(bottom - top for _, top, _, bottom in map(_box, groups))
    merged: list[list[Stroke]] = []
    for group in groups:
        # A merged group may match further ones.
        while other := next((each for each in merged if _is_one_digit(each, group, tallest)), None):
            merged = [each for each in merged if each is not other]
            group = other + group
        merged.append(group)
    return merged


def _is_one_digit(one: list[Stroke], other: list[Stroke], tallest: float) -> bool:
    a, b = _box(one), _box(other)
    shared_width, shared_height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    narrower = max(min(a[2] - a[0], b[2] - b[0]), 1)
    if shared_width / narrower >= OVERLAP and shared_height < TALL * tallest:
        return True  # one above the other, such as the two strokes of a 5 or a 7
    near = NEAR * tallest
    is_small = min(a[3] - a[1], b[3] - b[1]) < SMALL * tallest
    boxes_are_near = min(shared_width, shared_height) > -near
    return (is_small or shared_width > 0) and boxes_are_near and _distance(one, other) < near


def _distance(one: list[Stroke], other: list[Stroke]) -> float:
    """Distance between the ink of two groups in pixels, measured between points of the lines.

    Lines do not cross, since their ink would be connected.
    """
    points = [np.concatenate([stroke.points for stroke in group]) for group in (one, other)]
    a, b = (each[:: 1 + len(each) // MAX_POINTS] for each in points)
    distances = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1))
    return float(distances.min()) - (one[0].width + other[0].width) / 2


def _box(group: list[Stroke]) -> np.ndarray:
    """Left, top, right and bottom of the ink."""
    points = np.concatenate([stroke.points for stroke in group])
    margin = max(stroke.width for stroke in group) / 2
    return np.concatenate([points.min(axis=0) - margin, points.max(axis=0) + margin])
