"""From a canvas to what the network sees: 28 x 28 pixels, made the way MNIST was made.

MNIST's digits were scaled, keeping their proportions, to fit a box of 20 x 20 pixels, and placed
in 28 x 28 so that their centre of mass is in the middle (LeCun et al., "Gradient-based learning
applied to document recognition", 1998). A network that has seen only such pictures reads only
such pictures well, so a drawing is treated the same way, wherever and however large it was drawn.

Ink is uint8 throughout: 0 is paper, 255 is full ink.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

CANVAS_SIDE = 280
BOX_SIDE = 20
IMAGE_SIDE = 28
FAINT = 32  # ink below this is taken for paper when the crop is sought
FRACTION_BITS = 4  # OpenCV draws at whole numbers; these are sixteenths of a pixel
CURVE_POINTS = np.linspace(0, 1, 5)[1:]  # a quadratic piece spans a few pixels; 4 lines follow it


class Stroke(NamedTuple):
    """One line of the pen. points: (n, 2) float, x and y in canvas pixels; width: in the same."""

    points: np.ndarray
    width: float


@dataclass(frozen=True)
class FittedDrawing:
    """The steps from ink to the network's picture, all uint8, 0 to 255.

    crop: the ink's bounding box, any size; scaled: the crop with its longer side 20;
    image: (28, 28), `scaled` with its centre of mass in the middle.
    """

    crop: np.ndarray
    scaled: np.ndarray
    image: np.ndarray


def fit_ink(ink: np.ndarray) -> FittedDrawing | None:
    """(h, w) uint8 ink -> crop, scaled into 20 x 20, centred in 28 x 28; None without ink."""
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = crop.shape
    factor = BOX_SIDE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    # Averaging areas keeps thin strokes when shrinking; it has nothing to average when enlarging.
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, size, interpolation=method)
    if not scaled.any():
        return None  # specks too small and too far apart to be anything at this size
    # A pen far thinner than a pixel of the network's leaves grey; MNIST's strokes are all white.
    scaled = np.rint(scaled * (255 / scaled.max())).astype(np.uint8)
    return FittedDrawing(crop, scaled, _centred(scaled))


def _centred(scaled: np.ndarray) -> np.ndarray:
    """Place it in 28 x 28 with its centre of mass where MNIST's digits have theirs."""
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    mass = scaled.sum(dtype=np.float64)
    corner = []
    for axis, length in enumerate(scaled.shape):
        # Pixel i covers i to i + 1, so its middle is at i + 0.5. In MNIST's training digits the
        # centre of mass lies between 14 and 15 each way: placed by whole pixels, rounded up.
        centre = (scaled.sum(axis=1 - axis) @ (np.arange(length) + 0.5)) / mass
        corner.append(int(np.clip(np.ceil(IMAGE_SIDE / 2 - centre), 0, IMAGE_SIDE - length)))
    top, left = corner
    image[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return image


def render_strokes(strokes: list[Stroke], side: int = CANVAS_SIDE) -> np.ndarray:
    """Draw `strokes` with a round pen, as the canvas does: -> (side, side) uint8 ink."""
    ink = np.zeros((side, side), np.uint8)
    for points, width in strokes:
        # Far beyond the canvas nothing is seen, and OpenCV's integers would overflow.
        points = np.rint(np.clip(points, -side, 2 * side) * 2**FRACTION_BITS).astype(np.int32)
        if (points == points[0]).all():
            radius = round(width / 2 * 2**FRACTION_BITS)
            centre = tuple(int(c) for c in points[0])
            cv2.circle(ink, centre, radius, 255, -1, cv2.LINE_AA, FRACTION_BITS)
        else:
            thickness = max(1, round(width))
            cv2.polylines(ink, [points], False, 255, thickness, cv2.LINE_AA, FRACTION_BITS)
    return ink


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
