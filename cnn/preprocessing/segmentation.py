"""Find the digits on a wide canvas or in a picture: group strokes, or connected ink.

Strokes whose ink is connected form one group; groups that overlap horizontally, or are very near,
form one digit, such as a 5 drawn in two strokes. Digits are listed line by line.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

import cv2
import numpy as np

from cnn.preprocessing.normalization import (
    FAINT,
    NormalizedDigit,
    normalize_image,
    normalize_strokes,
)
from cnn.preprocessing.strokes import Stroke, clip_to_canvas, draw_line, render_strokes

# The first four are relative to the height of the tallest group.
ABOVE = 0.4  # a small group that is nearer above or below another belongs to it
NEAR = 0.12  # a smaller distance is very near
SMALL = 0.35  # a group of smaller height belongs to the one that it is near to
TALL = 0.6  # groups that overlap vertically by this much are separate digits
OVERLAP = 0.5  # of the narrower group's width: groups that overlap so much are one digit
SAME_LINE = 0.4  # of the smaller height: digits that overlap so much vertically are in one line
MAX_POINTS = 500  # per group, to limit the memory for the distances of all pairs
MAX_COMPONENTS = 600  # of the ink of a picture; smaller ones do not count

Boxed = TypeVar("Boxed", bound=Any)  # with the attribute `box`: left, top, right, bottom


class FoundDigit(NamedTuple):
    """A digit: its box (left, top, right, bottom) in pixels, the ink in it, and its normalization.

    ink: (h, w) uint8, without what other digits have in the box. strokes: none in a picture.
    """

    box: tuple[int, int, int, int]
    ink: np.ndarray
    normalized: NormalizedDigit
    strokes: list[Stroke]


def find_digits(strokes: list[Stroke], width: int, height: int) -> list[FoundDigit]:
    """Return the digits on a canvas of `width` x `height` pixels, from left to right."""
    parts = [
        [Stroke(line, stroke.width) for line in clip_to_canvas([stroke], width, height)]
        for stroke in strokes
    ]
    visible = [lines for lines in parts if lines]
    if not visible:
        return []
    found, side = [], max(width, height)
    for group in _merge(_connected_groups(visible, width, height)):
        normalized = normalize_strokes(group.strokes, side)
        if normalized is not None:
            box = np.array(group.box).astype(int).clip(0, (width, height, width, height)).tolist()
            ink = inside(render_strokes(group.strokes, side), box)
            found.append(FoundDigit(tuple(box), ink, normalized, group.strokes))
    return in_reading_order(found)


def find_digits_in_ink(ink: np.ndarray) -> list[FoundDigit]:
    """Return the digits in the ink of a picture, (h, w) uint8, without those that are very small.

    Components of the ink are grouped as strokes are on a canvas: each counts as its outline.
    """
    inked = (ink > FAINT).astype(np.uint8)
    _, labels = cv2.connectedComponents(inked)
    outlines, levels = cv2.findContours(inked, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [
        each[:, 0] for each, level in zip(outlines, _rows(levels), strict=True) if level[3] < 0
    ]
    outer.sort(key=lambda points: -np.ptp(points, axis=0).max())
    groups = [[Stroke(points.astype(np.float64), 0)] for points in outer[:MAX_COMPONENTS]]
    if not groups:
        return []
    found = []
    for group in _merge(groups):
        left, top, right, bottom = map(int, group.box)
        box = (left, top, right + 1, bottom + 1)
        members = np.zeros(labels.max() + 1, bool)
        members[
            [labels[int(y), int(x)] for (x, y), *_ in (each.points for each in group.strokes)]
        ] = True
        members[0] = True  # the faint edges of the ink, which are in no component
        within = np.where(members[inside(labels, box)], inside(ink, box), 0)
        normalized = normalize_image(within)
        if normalized is not None:
            found.append(FoundDigit(box, within, normalized, []))
    tallest = max((bottom - top for (_, top, _, bottom), *_ in found), default=0)
    return in_reading_order([each for each in found if height_of(each) >= SMALL * tallest])


def in_reading_order(digits: Iterable[Boxed]) -> list[Boxed]:
    """Sort digits line by line, and from left to right."""
    return [digit for line in lines_of(digits) for digit in line]


def lines_of(digits: Iterable[Boxed]) -> list[list[Boxed]]:
    """Divide digits, anything with a `box`, into lines, from the top; a line may rise or fall."""
    lines: list[list[Boxed]] = []
    for digit in sorted(digits, key=lambda each: each.box[0] + each.box[2]):
        for line in lines:
            (_, top, _, bottom), (_, previous_top, _, previous_bottom) = digit.box, line[-1].box
            shared = min(bottom, previous_bottom) - max(top, previous_top)
            if shared >= SAME_LINE * min(height_of(digit), height_of(line[-1])):
                line.append(digit)
                break
        else:
            lines.append([digit])
    lines.sort(key=lambda line: np.mean([each.box[1] + each.box[3] for each in line]))
    return lines


def height_of(digit: Boxed) -> int:
    """Return the height of a digit's box."""
    return digit.box[3] - digit.box[1]


def inside(pixels: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return the part of (h, w) pixels in a box: left, top, right and bottom."""
    left, top, right, bottom = box
    return pixels[top:bottom, left:right]


def _rows(levels: np.ndarray | None) -> np.ndarray:
    """OpenCV's hierarchy of outlines as rows; there is none without outlines."""
    return np.empty((0, 4), int) if levels is None else levels[0]


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


class _Group(NamedTuple):
    """Strokes, and the left, top, right and bottom of their ink."""

    strokes: list[Stroke]
    box: tuple[float, float, float, float]

    @property
    def height(self) -> float:
        """Height of the ink in pixels."""
        return self.box[3] - self.box[1]


def _group(strokes: list[Stroke]) -> _Group:
    points = np.concatenate([stroke.points for stroke in strokes])
    margin = max(stroke.width for stroke in strokes) / 2
    box = np.concatenate([points.min(axis=0) - margin, points.max(axis=0) + margin])
    return _Group(strokes, tuple(box.tolist()))


def _merge(parts: list[list[Stroke]]) -> list[_Group]:
    """Merge groups that are one digit, two at a time, until none are left."""
    groups = [_group(part) for part in parts]
    tallest = max(group.height for group in groups)
    merged: list[_Group] = []
    for group in groups:
        # A merged group may match further ones.
        while other := next((each for each in merged if _is_one_digit(each, group, tallest)), None):
            merged = [each for each in merged if each is not other]
            group = _group(other.strokes + group.strokes)
        merged.append(group)
    return merged


def _is_one_digit(one: _Group, other: _Group, tallest: float) -> bool:
    (a_left, a_top, a_right, a_bottom), (b_left, b_top, b_right, b_bottom) = one.box, other.box
    shared_width = min(a_right, b_right) - max(a_left, b_left)
    shared_height = min(a_bottom, b_bottom) - max(a_top, b_top)
    narrower = max(min(a_right - a_left, b_right - b_left), 1)
    lower, near = min(one.height, other.height), NEAR * tallest
    if shared_width / narrower >= OVERLAP and shared_height < TALL * tallest:
        # One above the other: the two strokes of a 5 or a 7; of two lines, both are tall.
        is_bar = lower < TALL * tallest and shared_height > -ABOVE * tallest
        return is_bar or shared_height > -near
    is_small = lower < SMALL * tallest
    boxes_are_near = min(shared_width, shared_height) > -near
    return (is_small or shared_width > 0) and boxes_are_near and _distance(one, other) < near


def _distance(one: _Group, other: _Group) -> float:
    """Distance between the ink of two groups in pixels, measured between points of the lines.

    Lines do not cross, since their ink would be connected.
    """
    points = [np.concatenate([each.points for each in group.strokes]) for group in (one, other)]
    a, b = (each[:: 1 + len(each) // MAX_POINTS] for each in points)
    distances = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1))
    return float(distances.min()) - (one.strokes[0].width + other.strokes[0].width) / 2
