"""Pen strokes: read from a canvas, and drawn as ink.

Ink is uint8 throughout: 0 is paper, 255 is full ink.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np

CANVAS_SIDE = 280
FRACTION_BITS = 4  # OpenCV draws at whole numbers; these are sixteenths of a pixel
CURVE_POINTS = np.linspace(0, 1, 5)[1:]  # a quadratic piece spans a few pixels; 4 lines follow it


class Stroke(NamedTuple):
    """One line of the pen. points: (n, 2) float, x and y in canvas pixels; width: in the same."""

    points: np.ndarray
    width: float


def render_strokes(strokes: list[Stroke], side: int = CANVAS_SIDE) -> np.ndarray:
    """Draw `strokes` with a round pen, as the canvas does: -> (side, side) uint8 ink."""
    ink = np.zeros((side, side), np.uint8)
    for points, width in strokes:
        # Far beyond the canvas nothing is seen, and OpenCV's integers would overflow.
        draw_line(ink, np.clip(points, -side, 2 * side), width)
    return ink


def draw_line(ink: np.ndarray, points: np.ndarray, width: float) -> None:
    """Draw one line with round ends into `ink`: points (n, 2), x and y, and width in its pixels."""
    points = np.rint(points * 2**FRACTION_BITS).astype(np.int32)
    if (points == points[0]).all():
        radius = round(width / 2 * 2**FRACTION_BITS)
        centre = tuple(int(c) for c in points[0])
        cv2.circle(ink, centre, radius, 255, -1, cv2.LINE_AA, FRACTION_BITS)
    else:
        thickness = max(1, round(width))
        cv2.polylines(ink, [points], False, 255, thickness, cv2.LINE_AA, FRACTION_BITS)


def clip_to_canvas(
    strokes: list[Stroke], width: int = CANVAS_SIDE, height: int | None = None
) -> list[np.ndarray]:
    """The parts of `strokes` that leave ink on the canvas: lines of points (n, 2).

    `height` is the `width` where it is not given. A line that leaves is cut at the edge, half a
    pen's width outside.
    """
    lines = []
    for points, pen in strokes:
        low, high = np.full(2, -pen / 2), np.array([width, height or width]) + pen / 2
        # Squares of numbers so far out would be infinite.
        lines.extend(_cut(points.clip(-1e6, 1e6), low, high))
    return lines


def _cut(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """The parts of a line (n, 2) that lie between the corners `low` and `high`.

    Each step is cut where it crosses an edge, as Liang and Barsky do, 1984.
    """
    if ((points > low) & (points < high)).all():
        return [points]
    starts, along = points[:-1], np.diff(points, axis=0)
    if not along.any():
        return [points[:1]] if ((points[0] > low) & (points[0] < high)).all() else []
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.stack([(low - starts) / along, (high - starts) / along])
    enter = np.fmin(*at).max(axis=1).clip(0, None)
    leave = np.fmax(*at).min(axis=1).clip(None, 1)
    lines: list[list[np.ndarray]] = []
    for i in np.flatnonzero(enter < leave):
        if enter[i] > 0 or not lines or leave[i - 1] < 1 or enter[i - 1] >= leave[i - 1]:
            lines.append([starts[i] + enter[i] * along[i]])
        lines[-1].append(starts[i] + leave[i] * along[i])
    return [np.array(line) for line in lines]


def read_strokes(drawing: Any) -> list[Stroke]:
    """The strokes in a Fabric.js drawing, the canvas's `json_data`.

    What is no path, or none that can be read, is passed over: a drawing may have been edited by
    hand on its way.
    """
    objects = drawing.get("objects") if isinstance(drawing, dict) else None
    strokes = []
    for each in objects if isinstance(objects, list) else []:
        try:
            points = _placed(each, _points_along(each["path"]))
            width = min(max(float(each["strokeWidth"]), 1), CANVAS_SIDE)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
        if np.isfinite(points).all() and np.isfinite(width):
            strokes.append(Stroke(points, width))
    return strokes


def _points_along(path: list[list]) -> np.ndarray:
    """An SVG path of M, L and Q pieces as the corners of a line, (n, 2)."""
    points: list[np.ndarray] = []
    for command, *numbers in path:
        ends = np.array(numbers, dtype=np.float64).reshape(-1, 2)
        if command == "Q":
            # B(t) = (1 - t)² p0 + 2 (1 - t) t p1 + t² p2
            t = CURVE_POINTS[:, None]
            points.extend((1 - t) ** 2 * points[-1] + 2 * (1 - t) * t * ends[0] + t**2 * ends[1])
        elif command in ("M", "L"):
            points.append(ends[0])
    return np.array(points).reshape(-1, 2)


def _placed(shape: dict[str, Any], points: np.ndarray) -> np.ndarray:
    """Where Fabric.js shows a path's points after it was moved, stretched or turned on the canvas.

    Fabric keeps the points as drawn, and the middle of their box, a scale and an angle beside.
    """
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    flips = [-1 if shape.get(name) else 1 for name in ("flipX", "flipY")]
    scale = np.array([float(shape.get(name, 1)) for name in ("scaleX", "scaleY")]) * flips
    angle = np.radians(float(shape.get("angle", 0)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = np.array([float(shape["left"]), float(shape["top"])])
    return (points - middle) * scale @ turn.T + place
