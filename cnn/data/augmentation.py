"""Distortions that people's hands make: a digit moved, sized, turned, slanted, wobbly, in any pen.

Every batch is distorted anew, so a network never sees quite the same picture twice (Simard,
Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document
analysis", 2003).
"""

import cv2
import numpy as np

from cnn.constants import IMAGE_SIDE

GRID = 5  # the wobble is given at 5 x 5 places and smooth between them
# Standard deviations at full strength. Each picture has a strength of its own, from 0 to 1.
SHIFT = 1.0  # pixels
SCALE = 0.14  # as a power of e, each way alone
ROTATION = 0.18  # radians, about 10 degrees
SHEAR = 0.25  # pixels sideways for each pixel up
ELASTIC = 1.0  # pixels

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


# (784, 2): x and y of each pixel, from the middle.
_PLACES = np.stack(
    np.meshgrid(*[np.arange(IMAGE_SIDE, dtype=np.float32) - (IMAGE_SIDE - 1) / 2] * 2), axis=-1
).reshape(-1, 2)
# (28, 5): how much each of 5 places along a side counts at each of its pixels.
_WEIGHTS = cv2.resize(
    np.eye(GRID, dtype=np.float32), (GRID, IMAGE_SIDE), interpolation=cv2.INTER_CUBIC
)


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, 28, 28) uint8 -> the same, each distorted in its own way; about one in ten hardly."""
    strength = rng.random(len(images)).astype(np.float32)
    sources = _sources(strength, rng)
    pens = rng.uniform(-1, 1, len(images)) * strength
    return np.stack(
        [
            _change_stroke_width(cv2.remap(image, source, None, cv2.INTER_LINEAR), pen)
            for image, source, pen in zip(images, sources, pens, strict=True)
        ]
    )


def _sources(strength: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where each pixel of each picture comes from: (n, 28, 28, 2) float32, x and y."""
    n = len(strength)

    def spread(deviation: float, *shape: int) -> np.ndarray:
        normal = rng.standard_normal((n, *shape), dtype=np.float32)
        return deviation * normal * strength.reshape(n, *[1] * len(shape))

    turn, slant, scale = spread(ROTATION), spread(SHEAR), np.exp(spread(SCALE, 2))
    cos, sin = np.cos(turn), np.sin(turn)
    # x and y of the source from those of the target, both from the middle.
    x_from = np.stack([cos, sin + slant * cos], axis=-1) * scale[:, :1]
    y_from = np.stack([-sin, cos - slant * sin], axis=-1) * scale[:, 1:]
    matrix = np.stack([x_from, y_from], axis=-1)
    sources = (_PLACES @ matrix).reshape(n, IMAGE_SIDE, IMAGE_SIDE, 2)
    sources += spread(SHIFT, 1, 1, 2) + (IMAGE_SIDE - 1) / 2
    wobble = spread(ELASTIC, GRID, GRID * 2)
    rows = (_WEIGHTS @ wobble).reshape(n, IMAGE_SIDE, GRID, 2)
    return sources + np.matmul(_WEIGHTS, rows)


def _change_stroke_width(image: np.ndarray, pen: float) -> np.ndarray:
    """The lines made wider (`pen` from 0 to 1: by up to 2 pixels) or thinner (0 to -1)."""
    change = cv2.dilate if pen > 0 else cv2.erode
    # A thin line made much thinner would be gone.
    share = 0.8 * pen if pen > 0 else -0.5 * pen
    return cv2.addWeighted(image, 1 - share, change(image, _CROSS), share, 0)
