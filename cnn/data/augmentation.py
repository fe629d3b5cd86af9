"""Data augmentation: random shift, scaling, rotation, shear, elastic distortion, stroke width.

Each batch is distorted differently in each epoch (Simard, Steinkraus and Platt, "Best practices
for convolutional neural networks applied to visual document analysis", 2003).
"""

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE

GRID = 5  # elastic displacements are drawn on a 5 x 5 grid and interpolated
# Standard deviations at strength 1. Each image has a random strength from 0 to 1.
SHIFT = 1.0  # pixels
SCALE = 0.14  # of the logarithm of the factor, separately for width and height
ROTATION = 0.18  # radians, about 10 degrees
SHEAR = 0.25  # horizontal pixels per vertical pixel
ELASTIC = 1.0  # pixels

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
# (784, 2): x and y of each pixel, relative to the centre.
_PIXELS = np.indices(IMAGE_SHAPE, np.float32)[::-1].reshape(2, -1).T - (IMAGE_SIDE - 1) / 2
# (28, 5): interpolation weights of the grid points along one side, for each pixel.
_WEIGHTS = cv2.resize(
    np.eye(GRID, dtype=np.float32), (GRID, IMAGE_SIDE), interpolation=cv2.INTER_CUBIC
)


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Distort each image at random, about one in ten hardly: (n, 28, 28) uint8 -> the same."""
    strength = rng.random(len(images)).astype(np.float32)
    sources = _source_positions(strength, rng)
    changes = rng.uniform(-1, 1, len(images)) * strength
    return np.stack(
        [
            _change_stroke_width(cv2.remap(image, source, None, cv2.INTER_LINEAR), change)
            for image, source, change in zip(images, sources, changes, strict=True)
        ]
    )


def _source_positions(strength: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return where to sample each pixel: (n,) strengths -> (n, 28, 28, 2) float32, x and y."""
    n = len(strength)

    def normal(deviation: float, *shape: int) -> np.ndarray:
        values = rng.standard_normal((n, *shape), dtype=np.float32)
        return deviation * values * strength.reshape(n, *[1] * len(shape))

    angle, shear, scale = normal(ROTATION), normal(SHEAR), np.exp(normal(SCALE, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    # The rows of the matrix that maps a target to its source, both relative to the centre.
    x_from = np.stack([cos, sin + shear * cos], axis=-1) * scale[:, :1]
    y_from = np.stack([-sin, cos - shear * sin], axis=-1) * scale[:, 1:]
    matrix = np.stack([x_from, y_from], axis=-1)
    sources = (_PIXELS @ matrix).reshape(n, IMAGE_SIDE, IMAGE_SIDE, 2)
    sources += normal(SHIFT, 1, 1, 2) + (IMAGE_SIDE - 1) / 2
    elastic = normal(ELASTIC, GRID, GRID * 2)
    return sources + _WEIGHTS @ (_WEIGHTS @ elastic).reshape(n, IMAGE_SIDE, GRID, 2)


def _change_stroke_width(image: np.ndarray, change: float) -> np.ndarray:
    """Widen lines (`change` 0 to 1: by up to 2 pixels) or thin them (0 to -1): (28, 28) uint8."""
    extreme = cv2.dilate if change > 0 else cv2.erode
    # Thin less than widen: a thin line would disappear.
    share = 0.8 * change if change > 0 else -0.5 * change
    return cv2.addWeighted(image, 1 - share, extreme(image, _CROSS), share, 0)
