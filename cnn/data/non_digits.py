"""Non-digits for training: letters, shapes, scribbles, noise, inverted digits, dots.

A network trained on digits alone assigns high confidence to any image. Trained with non-digits and
uniform target probabilities, it assigns them low confidence (Hendrycks, Mazeika and Dietterich,
"Deep anomaly detection with outlier exposure", 2019).
"""

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.synthetic_digits import scribble, synthesize_glyph
from cnn.preprocessing.normalization import STROKE_WIDTH, centre, redraw_lines

KINDS = (*LETTERS, *SHAPES)
STROKE_WIDTH_RANGE = (1.5, 3.6)  # pixels of the 28 x 28


def draw_non_digits(count: int, digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `count` random non-digits: (count, 28, 28) uint8.

    `digits`, (n, 28, 28) uint8, are the ones to invert.
    """
    images = np.empty((count, *IMAGE_SHAPE), np.uint8)
    for i, share in enumerate(rng.random(count)):
        if share < 0.65:
            images[i] = draw_glyph(str(rng.choice(KINDS)), rng)
        elif share < 0.75:
            images[i] = rasterize(scribble(rng), rng)
        elif share < 0.87:
            images[i] = draw_noise(rng)
        elif share < 0.95:
            images[i] = 255 - digits[rng.integers(len(digits))]
        else:
            images[i] = draw_dot(rng)
    return images


def draw_glyph(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw a letter or a shape, a key of LETTERS or SHAPES: (28, 28) uint8."""
    return rasterize(synthesize_glyph((LETTERS | SHAPES)[kind], rng), rng)


def rasterize(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw lines of points (n, 2) in a random stroke width and centre them: (28, 28) uint8."""
    width = STROKE_WIDTH if rng.random() < 0.3 else rng.uniform(*STROKE_WIDTH_RANGE)
    return centre(redraw_lines(lines, width))


def draw_noise(rng: np.random.Generator) -> np.ndarray:
    """Draw noise, fine or coarse, sparse or dense: (28, 28) uint8."""
    cells = int(rng.choice([3, 5, 7, 14, IMAGE_SIDE]))
    grain = rng.random((cells, cells)).astype(np.float32)
    if rng.random() < 0.5:
        grain = (grain > rng.uniform(0.2, 0.95)).astype(np.float32)
    method = rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC])
    enlarged = cv2.resize(grain, IMAGE_SHAPE, interpolation=int(method))
    return (np.clip(enlarged, 0, 1) * 255 * rng.uniform(0.4, 1)).astype(np.uint8)


def draw_dot(rng: np.random.Generator) -> np.ndarray:
    """Draw an ellipse near the centre, sometimes of size 0: (28, 28) uint8."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    middle, axes = rng.integers(10, 19, 2).tolist(), rng.integers(0, 11, 2).tolist()
    if min(axes):
        cv2.ellipse(image, middle, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    return image
