"""Draw lines with a random pen: as the app draws strokes, or as ink on a photograph or a canvas."""

import cv2
import numpy as np

from cnn.preprocessing.normalization import (
    STROKE_WIDTH,
    centre,
    normalize_image,
    redraw_lines,
)
from cnn.preprocessing.strokes import draw_line

STROKE_WIDTHS = (1.5, 3.6)  # pixels of the 28 x 28, if they are drawn as strokes
PICTURE_SHARE = 0.4  # of all lines; the others are drawn as strokes
PICTURE_SIDES = (28, 140)  # pixels, of the longer side of a drawing
BRUSHES = (0.03, 0.15)  # width of the pen, of that side
MARGIN = 0.25  # of that side


def rasterize(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw lines of points (n, 2) with a random pen and normalize them: (28, 28) uint8.

    The two ways are those of `cnn.preprocessing.normalization`: strokes, and pixels.
    """
    if rng.random() < PICTURE_SHARE:
        normalized = normalize_image(draw_ink(lines, rng))
        if normalized is not None:
            return normalized.image
    width = STROKE_WIDTH if rng.random() < 0.3 else rng.uniform(*STROKE_WIDTHS)
    return centre(redraw_lines(lines, width))


def draw_ink(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw lines as ink of random size, width, softness and strength: (side, side) uint8."""
    longer, points = rng.uniform(*PICTURE_SIDES), np.concatenate(lines)
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    margin, brush = MARGIN * longer, max(1.0, longer * rng.uniform(*BRUSHES))
    side = round(longer + 2 * margin)
    ink = np.zeros((side, side), np.uint8)
    for line in lines:
        draw_line(ink, (line - low) * longer / extent + margin, brush)
    strength = ink.astype(np.float32)
    if rng.random() < 0.5:
        strength *= _pressure(side, rng)
    if rng.random() < 0.6:
        strength = cv2.GaussianBlur(strength, (0, 0), max(0.3, brush * rng.uniform(0.05, 0.4)))
    if rng.random() < 0.4:
        noise = rng.standard_normal(strength.shape, dtype=np.float32)
        strength *= 1 + rng.uniform(0.05, 0.3) * noise
    return np.clip(strength * 255 / max(float(strength.max()), 1), 0, 255).astype(np.uint8)


def _pressure(side: int, rng: np.random.Generator) -> np.ndarray:
    """The strength of the ink by place, (side, side) float32: 1, in places down to 0.3."""
    cells = int(rng.integers(2, 6))
    weakest = rng.uniform(0.3, 0.9)
    grid = rng.uniform(weakest, 1, (cells, cells)).astype(np.float32)
    return cv2.resize(grid, (side, side), interpolation=cv2.INTER_LINEAR)
