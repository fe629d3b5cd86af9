"""Normalize a drawing the way MNIST was made: (28, 28), scaled and centred, in a standard width.

MNIST's digits were scaled, keeping the aspect ratio, to fit 20 x 20 pixels, and placed in 28 x 28
with their centre of mass in the middle (LeCun et al., "Gradient-based learning applied to document
recognition", 1998). A network trained on them needs inputs prepared likewise.

Scaling changes the stroke width with the size of the drawing. `normalize_strokes` therefore draws
the strokes again at the final size; `normalize_image`, which has pixels only, moves their edges.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.preprocessing.coverage import line_coverage
from cnn.preprocessing.strokes import CANVAS_SIDE, Stroke, clip_to_canvas, render_strokes

BOX_SIDE = 20
STROKE_WIDTH = 2.4  # pixels; measured by `stroke_width`, lines of this width are as wide as MNIST's
STROKE_WIDTH_RANGE = (1.9, 4.2)  # pixels; 90 % of MNIST's digits are in this range
FINE = 8  # each pixel is drawn as 8 x 8 and averaged
FAINT = 32  # ink up to this value counts as background when cropping


@dataclass(frozen=True)
class NormalizedDigit:
    """The steps of the normalization, all uint8, 0 to 255.

    crop: the bounding box of the ink, any size; scaled: the same with a longer side of 20 and the
    standard stroke width; image: (28, 28), `scaled` with its centre of mass in the middle.
    """

    crop: np.ndarray
    scaled: np.ndarray
    image: np.ndarray


def normalize_strokes(strokes: list[Stroke], side: int = CANVAS_SIDE) -> NormalizedDigit | None:
    """Normalize strokes, redrawn STROKE_WIDTH wide whatever the brush.

    `side` is the longer side of the canvas in pixels. Returns None if there is no ink on it.
    """
    crop, lines = _crop(render_strokes(strokes, side)), clip_to_canvas(strokes, side)
    if crop is None or not lines:
        return None
    # Anything shorter than half the brush is a dot, which must not be stretched into a line.
    min_length = max(each.width for each in strokes) / 2
    scaled = redraw_lines(lines, STROKE_WIDTH, min_length)
    return NormalizedDigit(crop, scaled, centre(scaled))


def redraw_lines(lines: list[np.ndarray], width: float, min_length: float = 1e-6) -> np.ndarray:
    """Draw lines of points (n, 2), of any size, `width` wide: (h, w) uint8, longer side 20.

    If all lines together are shorter than `min_length`, they are scaled as if they were that long.
    """
    points = np.concatenate(lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    factor = (BOX_SIDE - width) / max(extent.max(), min_length)
    size = np.ceil(extent * factor + width).astype(int).clip(1, BOX_SIDE)
    start = (size - extent * factor) / 2  # the lines are centred
    fine = [((line - low) * factor + start) * FINE for line in lines]
    columns, rows = size.tolist()
    covered = line_coverage(fine, width * FINE, (rows * FINE, columns * FINE))
    shares = covered.reshape(rows, FINE, columns, FINE).mean(axis=(1, 3))
    return np.rint(shares * 255).astype(np.uint8)


def normalize_image(ink: np.ndarray, adjust_width: bool = True) -> NormalizedDigit | None:
    """Normalize ink, (h, w) uint8, 0 background to 255. Returns None if there is none.

    With `adjust_width`, a stroke width outside STROKE_WIDTH_RANGE is set to the nearer end of the
    range, unless the ink fits into 20 x 20 already.
    """
    crop = _crop(ink)
    scaled = None if crop is None else _resize(crop, BOX_SIDE)
    if scaled is None:
        return None
    width, (low, high) = stroke_width(scaled), STROKE_WIDTH_RANGE
    if adjust_width and max(crop.shape) > BOX_SIDE and not low <= width <= high:
        scaled = _set_stroke_width(crop, float(np.clip(width, low, high)))
    return NormalizedDigit(crop, scaled, centre(scaled))


def _crop(ink: np.ndarray) -> np.ndarray | None:
    """Crop to the bounding box of the ink. Returns None if there is none."""
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resize(crop: np.ndarray, longer_side: int) -> np.ndarray | None:
    """Scale to a longer side and a maximum of 255. Returns None if all ink vanishes."""
    factor = longer_side / max(crop.shape)
    height, width = (max(1, round(length * factor)) for length in crop.shape)
    # Averaging areas keeps thin strokes when shrinking; when enlarging it would make blocks.
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, (width, height), interpolation=method)
    if not scaled.any():
        return None
    # Strokes much thinner than a pixel become grey; MNIST's reach white.
    return np.rint(scaled * (255 / scaled.max())).astype(np.uint8)


def stroke_width(scaled: np.ndarray) -> float:
    """Estimate the stroke width of (h, w) uint8 in pixels."""
    fine = cv2.resize(np.pad(scaled, 1), None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)
    return _mean_width(fine) / FINE


def _mean_width(image: np.ndarray) -> float:
    """In a line of width w, distances to the nearer edge average w / 4."""
    distances = _distances(image > 127)
    return 4 * float(distances[distances > 0].mean())


def _distances(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel in the mask to the nearest pixel outside, in pixels."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)


def _set_stroke_width(crop: np.ndarray, width: float) -> np.ndarray:
    """Scale `crop` to 20 x 20 with lines `width` wide."""
    # Measured on an enlarged image: in 20 x 20 every hairline is a pixel wide.
    side = BOX_SIDE * FINE
    share = _mean_width(np.pad(_resize(crop, side), 1)) / side
    # The centre lines extend over 20 - width pixels. The share of a blot is wrong, hence the limit.
    longer_side = round((BOX_SIDE - width) / (1 - min(share, 0.5)) * FINE)
    inside = np.pad(_resize(crop, longer_side), round(width * FINE)) > 127
    depth = _distances(inside) - _distances(~inside)
    ink = _crop((depth > (share * longer_side - width * FINE) / 2).astype(np.uint8) * 255)
    return _resize(crop if ink is None else ink, BOX_SIDE)


def centre(scaled: np.ndarray) -> np.ndarray:
    """Place (h, w) uint8 in (28, 28) with the centre of mass where MNIST's digits have theirs."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    mass = scaled.sum(dtype=np.float64)
    corner = []
    for axis, length in enumerate(scaled.shape):
        # The centre of pixel i is at i + 0.5. In MNIST the centre of mass is between 14 and 15 on
        # both axes: the digits were moved by whole pixels, rounded up.
        middle = (scaled.sum(axis=1 - axis) @ (np.arange(length) + 0.5)) / mass
        corner.append(int(np.clip(np.ceil(IMAGE_SIDE / 2 - middle), 0, IMAGE_SIDE - length)))
    top, left = corner
    image[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return image


def resize_ink(ink: np.ndarray) -> np.ndarray:
    """Resize the whole canvas, as most demos do: (h, w) uint8 -> (28, 28) uint8."""
    return cv2.resize(ink, IMAGE_SHAPE, interpolation=cv2.INTER_AREA)
