"""Pen strokes: read from the canvas, clipped to it, drawn as ink (uint8, 0 to 255)."""

from typing import Any, NamedTuple

import cv2
import numpy as np

CANVAS_SIDE = 280
FRACTION_BITS = 4  # OpenCV takes integers; these are sixteenths of a pixel
CURVE_POINTS = np.linspace(0, 1, 5)[1:]  # 4 lines approximate a curve of a few pixels


class Stroke(NamedTuple):
    """One line of the pen. points: (n, 2) float, x and y; width; all in canvas pixels."""

    points: np.ndarray
    width: float


def render_strokes(strokes: list[Stroke], side: int = CANVAS_SIDE) -> np.ndarray:
    """Draw `strokes` with a round pen, as the canvas does: (side, side) uint8."""
    ink = np.zeros((side, side), np.uint8)
    for points, width in strokes:
        # Points far outside would overflow OpenCV's integers.
        draw_line(ink, np.clip(points, -side, 2 * side), width)
    return ink


def draw_line(ink: np.ndarray, points: np.ndarray, width: float) -> None:
    """Draw a line with round ends into `ink`: points (n, 2), x and y, and width in pixels."""
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
    """Return the visible parts of `strokes`: lines of points (n, 2).

    Lines are cut half a stroke width outside the edge. The default of `height` is `width`.
    """
    lines = []
    for points, stroke_width in strokes:
        margin = stroke_width / 2
        low, high = np.full(2, -margin), np.array([width, height or width]) + margin
        # Larger numbers would overflow when squared.
        lines.extend(_clip_line(points.clip(-1e6, 1e6), low, high))
    return lines


def _clip_line(points: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Clip a line (n, 2) to the box from `low` to `high` (Liang and Barsky, 1984)."""
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
    """Return the strokes of a Fabric.js drawing, the canvas's `json_data`.

    Skips everything that is not a valid path: the browser may send anything. A path's points are
    where they were drawn; the page has no tool that moves, scales or turns an object.
    """
    objects = drawing.get("objects") if isinstance(drawing, dict) else None
    strokes = []
    for each in objects if isinstance(objects, list) else []:
        try:
            points = _path_points(each["path"])
            width = min(max(float(each["strokeWidth"]), 1), CANVAS_SIDE)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
        if len(points) and np.isfinite(points).all() and np.isfinite(width):
            strokes.append(Stroke(points, width))
    return strokes


def _path_points(path: list[list]) -> np.ndarray:
    """Convert an SVG path with the commands M, L and Q to the points of a line, (n, 2)."""
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
