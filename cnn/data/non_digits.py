"""What is no digit, as a network would be given it: letters, shapes, scribbles, noise, inversions.

A network that has only ever seen digits finds one in anything. Shown non_digits in training, and
asked to find all ten digits equally likely there, it learns to say so (Hendrycks, Mazeika and
Dietterich, "Deep anomaly detection with outlier exposure", 2019).
"""

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.synthetic_digits import scribble, synthesize_glyph
from cnn.preprocessing.normalization import STROKE_WIDTH, centre, redraw_lines

KINDS = (*LETTERS, *SHAPES)
STROKE_WIDTH_RANGE = (1.5, 3.6)  # how wide lines are drawn, in pixels of the 28 x 28


def draw_non_digits(count: int, digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`count` non-digits of all kinds: -> (count, 28, 28) uint8.

    `digits` (n, 28, 28) uint8 are those that the inverted ones are made of.
    """
    images = np.empty((count, *IMAGE_SHAPE), np.uint8)
    for i, share in enumerate(rng.random(count)):
        if share < 0.65:
            images[i] = draw_glyph(str(rng.choice(KINDS)), rng)
        elif share < 0.75:
            images[i] = rasterize(scribble(rng), rng)
        elif share < 0.87:
            images[i] = noise(rng)
        elif share < 0.95:
            images[i] = 255 - digits[rng.integers(len(digits))]
        else:
            images[i] = dot(rng)
    return images


def draw_glyph(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A letter or a shape, by its name in LETTERS or SHAPES: (28, 28) uint8."""
    return rasterize(synthesize_glyph((LETTERS | SHAPES)[kind], rng), rng)


def rasterize(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Lines as the network would see them, in a pen of any width: (28, 28) uint8."""
    pen = STROKE_WIDTH if rng.random() < 0.3 else rng.uniform(*STROKE_WIDTH_RANGE)
    return centre(redraw_lines(lines, pen))


def noise(rng: np.random.Generator) -> np.ndarray:
    """Noise, fine or coarse, sparse or dense: (28, 28) uint8."""
    cells = int(rng.choice([3, 5, 7, 14, IMAGE_SIDE]))
    grain = rng.random((cells, cells)).astype(np.float32)
    if rng.random() < 0.5:
        grain = (grain > rng.uniform(0.2, 0.95)).astype(np.float32)
    method = rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC])
    grown = cv2.resize(grain, IMAGE_SHAPE, interpolation=int(method))
    return (np.clip(grown, 0, 1) * 255 * rng.uniform(0.4, 1)).astype(np.uint8)


def dot(rng: np.random.Generator) -> np.ndarray:
    """A dot or a blot somewhere near the middle, or nothing at all: (28, 28) uint8."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    middle = tuple(int(c) for c in rng.integers(10, 19, 2))
    axes = tuple(int(a) for a in rng.integers(0, 11, 2))
    if min(axes):
        cv2.ellipse(image, middle, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    return image
