"""From a drawing to what the network sees: 28 x 28 pixels, made the way MNIST was made.

MNIST's digits were scaled, keeping their proportions, to fit a box of 20 x 20 pixels, and placed
in 28 x 28 so that their centre of mass is in the middle (LeCun et al., "Gradient-based learning
applied to document recognition", 1998). A network that has seen only such pictures reads only
such pictures well, so a drawing is treated the same way, wherever and however large it was drawn.

Shrunk to 20 x 20, a small drawing by a thick brush would be a blot, and a large one by a thin
brush a hair. So the pen is made even: strokes are drawn anew at the network's size
(`normalize_strokes`); in a picture, where there are no strokes, the edges of the ink are moved
(`normalize_image`).

Ink is uint8 throughout: 0 is paper, 255 is full ink.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.preprocessing.strokes import CANVAS_SIDE, Stroke, clip_to_canvas, draw_line, render_strokes

BOX_SIDE = 20
STROKE_WIDTH = (
    2.3  # pixels of the network; digits so drawn have the pen, by `stroke_width`, of most of MNIST
)
STROKE_WIDTH_RANGE = (
    1.9,
    4.2,
)  # between these a picture's pen is left as it is: 90 % of MNIST's are there
FINE = 8  # a pixel of the network's is drawn as 8 x 8, and averaged
FAINT = 32  # ink below this is taken for paper when the crop is sought


@dataclass(frozen=True)
class NormalizedDigit:
    """The steps from ink to the network's picture, all uint8, 0 to 255.

    crop: the ink's bounding box, any size; scaled: the same with its longer side 20 and an even
    pen; image: (28, 28), `scaled` with its centre of mass in the middle.
    """

    crop: np.ndarray
    scaled: np.ndarray
    image: np.ndarray


def normalize_strokes(strokes: list[Stroke], side: int = CANVAS_SIDE) -> NormalizedDigit | None:
    """Strokes as they were drawn on a canvas -> the steps; None where no ink is on it.

    `side` is the canvas's longer side in pixels. The lines are drawn anew at the network's size,
    STROKE_WIDTH wide whatever the brush was.
    """
    crop, lines = _cropped(render_strokes(strokes, side)), clip_to_canvas(strokes, side)
    if crop is None or not lines:
        return None
    # What is shorter than half the brush's width is a dot, and is not stretched into a line.
    shortest = max(each.width for each in strokes) / 2
    scaled = redraw_lines(lines, STROKE_WIDTH, shortest)
    return NormalizedDigit(crop, scaled, centre(scaled))


def redraw_lines(lines: list[np.ndarray], pen: float, shortest: float = 1e-6) -> np.ndarray:
    """Lines of points (n, 2), of any size -> (h, w) uint8, the longer side 20, drawn `pen` wide.

    Lines that together reach less far than `shortest` are drawn as if they reached so far.
    """
    points = np.concatenate(lines)
    low, reach = points.min(axis=0), np.ptp(points, axis=0)
    factor = (BOX_SIDE - pen) / max(reach.max(), shortest)
    width, height = np.ceil(reach * factor + pen).astype(int).clip(1, BOX_SIDE)
    ink = np.zeros((height * FINE, width * FINE), np.uint8)
    # The middle of the lines is the middle of the picture; OpenCV's pixel 0 has its middle at 0.
    start = (np.array([width, height]) - reach * factor) / 2
    for line in lines:
        draw_line(ink, ((line - low) * factor + start) * FINE - 0.5, pen * FINE)
    return cv2.resize(ink, (int(width), int(height)), interpolation=cv2.INTER_AREA)


def normalize_image(ink: np.ndarray, even_pen: bool = True) -> NormalizedDigit | None:
    """(h, w) uint8 ink -> crop, scaled into 20 x 20, centred in 28 x 28; None without ink.

    With `even_pen`, a pen that would be thinner or thicker than STROKE_WIDTH_RANGE is made so
    wide; in a picture that is small enough for the network as it is, it stays.
    """
    crop = _cropped(ink)
    if crop is None:
        return None
    scaled = _shrunk(crop, BOX_SIDE)
    if scaled is None:
        return None  # specks too small and too far apart to be anything at this size
    pen = stroke_width(scaled)
    if (
        even_pen
        and max(crop.shape) > BOX_SIDE
        and not STROKE_WIDTH_RANGE[0] <= pen <= STROKE_WIDTH_RANGE[1]
    ):
        scaled = _with_pen(crop, float(np.clip(pen, *STROKE_WIDTH_RANGE)))
    return NormalizedDigit(crop, scaled, centre(scaled))


def _cropped(ink: np.ndarray) -> np.ndarray | None:
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shrunk(crop: np.ndarray, longer_side: int) -> np.ndarray | None:
    height, width = crop.shape
    factor = longer_side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    # Averaging areas keeps thin strokes when shrinking; it has nothing to average when enlarging.
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(crop, size, interpolation=method)
    if not scaled.any():
        return None
    # A pen far thinner than a pixel of the network's leaves grey; MNIST's strokes are all white.
    return np.rint(scaled * (255 / scaled.max())).astype(np.uint8)


def stroke_width(scaled: np.ndarray) -> float:
    """How wide the lines in (h, w) uint8 are, in its pixels.

    In a line of width w, distances to the nearer edge run from 0 to w / 2 and are w / 4 on average.
    """
    fine = cv2.resize(np.pad(scaled, 1), None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)
    depth = cv2.distanceTransform((fine > 127).astype(np.uint8), cv2.DIST_L2, 5)
    return 4 * float(depth[depth > 0].mean()) / FINE


def _with_pen(crop: np.ndarray, pen: float) -> np.ndarray:
    """`crop` in 20 x 20 with lines `pen` wide."""
    # Measured in large: at 20 x 20 a hair is as wide as a pixel.
    side = BOX_SIDE * FINE
    depth = _depth(np.pad(_shrunk(crop, side), 1))
    share = 4 * float(depth[depth > 0].mean()) / side
    # The lines' middles shall reach over 20 - pen pixels; a blot's share is wrong, and limited.
    longer_side = round((BOX_SIDE - pen) / (1 - min(share, 0.5)) * FINE)
    margin = round(pen * FINE)
    fine = np.pad(_shrunk(crop, longer_side), margin)
    depth = _depth(fine)
    ink = _cropped((depth > (share * longer_side - pen * FINE) / 2).astype(np.uint8) * 255)
    return _shrunk(crop if ink is None else ink, BOX_SIDE)


def _depth(fine: np.ndarray) -> np.ndarray:
    """How far inside the ink each place of (h, w) is, in pixels, below 0 outside of it."""
    inside = (fine > 127).astype(np.uint8)
    outside = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    return cv2.distanceTransform(inside, cv2.DIST_L2, 5) - outside


def centre(scaled: np.ndarray) -> np.ndarray:
    """Place (h, w) uint8 in (28, 28) with its centre of mass where MNIST's digits have theirs."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    mass = scaled.sum(dtype=np.float64)
    corner = []
    for axis, length in enumerate(scaled.shape):
        # Pixel i covers i to i + 1, so its middle is at i + 0.5. In MNIST's training digits the
        # centre of mass lies between 14 and 15 each way: placed by whole pixels, rounded up.
        middle = (scaled.sum(axis=1 - axis) @ (np.arange(length) + 0.5)) / mass
        corner.append(int(np.clip(np.ceil(IMAGE_SIDE / 2 - middle), 0, IMAGE_SIDE - length)))
    top, left = corner
    image[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return image


def resize_ink(ink: np.ndarray) -> np.ndarray:
    """The whole canvas made small, as most demos do: (h, w) uint8 -> (28, 28) uint8."""
    return cv2.resize(ink, IMAGE_SHAPE, interpolation=cv2.INTER_AREA)
