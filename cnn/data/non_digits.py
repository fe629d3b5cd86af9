"""Non-digits for training: letters, shapes, scribbles, bars, garments, noise, pairs of digits.

A network trained on digits alone assigns high confidence to any image. Trained with non-digits and
uniform target probabilities, it assigns them low confidence (Hendrycks, Mazeika and Dietterich,
"Deep anomaly detection with outlier exposure", 2019).
"""

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.glyphs import LETTERS, SHAPES
from cnn.data.pens import rasterize
from cnn.data.synthetic_digits import scribble, synthesize_digit, synthesize_glyph
from cnn.preprocessing.normalization import normalize_image

KINDS = (*LETTERS, *SHAPES)
SHARES = {  # of the non-digits
    "glyph": 0.46,
    "scribble": 0.08,
    "bars": 0.05,
    "pair": 0.12,
    "garment": 0.08,
    "noise": 0.09,
    "inverted": 0.08,
    "dot": 0.04,
}
GARMENT_SIDE = 56  # pixels, in which a garment is drawn
TOUCHING, APART = -0.15, 0.35  # the gap between the digits of a pair, of their mean width


def draw_non_digits(count: int, digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `count` random non-digits: (count, 28, 28) uint8.

    `digits`, (n, 28, 28) uint8, are the ones to invert and to pair.
    """

    def digit() -> np.ndarray:
        return digits[rng.integers(len(digits))]

    draw = {
        "glyph": lambda: draw_glyph(str(rng.choice(KINDS)), rng),
        "scribble": lambda: rasterize(scribble(rng), rng),
        "bars": lambda: rasterize(bars(rng), rng),
        "pair": lambda: draw_pair(digit(), digit(), rng),
        "garment": lambda: draw_garment(rng),
        "noise": lambda: draw_noise(rng),
        "inverted": lambda: 255 - digit(),
        "dot": lambda: draw_dot(rng),
    }
    images = np.empty((count, *IMAGE_SHAPE), np.uint8)
    for i, kind in enumerate(rng.choice(list(SHARES), count, p=list(SHARES.values()))):
        images[i] = draw[kind]()
    return images


def draw_glyph(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw a letter or a shape, a key of LETTERS or SHAPES: (28, 28) uint8."""
    return rasterize(synthesize_glyph((LETTERS | SHAPES)[kind], rng), rng)


def bars(rng: np.random.Generator) -> list[np.ndarray]:
    """Return two to seven parallel strokes, upright, lying or slanted, as lines of points."""
    count, angle = int(rng.integers(2, 8)), rng.choice([0, 0, np.pi / 2, rng.uniform(0, np.pi)])
    length, turn = rng.uniform(30, 160), np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-turn[1], turn[0]])
    starts = np.linspace(0, 100, count)[:, None] * turn + rng.normal(0, 4, (count, 2))
    return [np.array([at, at + length * across + rng.normal(0, 4, 2)]) for at in starts]


def draw_pair(left: np.ndarray, right: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw two digits side by side, touching or not, as one picture: (28, 28) uint8.

    Half of the pairs are `left` and `right`, (28, 28) uint8; the others are synthetic digits.
    """
    gap = rng.uniform(TOUCHING, APART)
    if rng.random() < 0.5:
        first, second = (synthesize_digit(int(each), rng) for each in rng.integers(10, size=2))
        points, others = np.concatenate(first), np.concatenate(second)
        width = (np.ptp(points[:, 0]) + np.ptp(others[:, 0])) / 2
        shift = points[:, 0].max() - others[:, 0].min() + gap * width
        return rasterize([*first, *(line + np.array([shift, 0]) for line in second)], rng)
    cropped = [each[:, each.any(axis=0)] for each in (left, right)]
    widths = [each.shape[1] for each in cropped]
    start = max(1, widths[0] + round(gap * sum(widths) / 2))
    both = np.zeros((IMAGE_SIDE, max(widths[0], start + widths[1])), np.uint8)
    both[:, : widths[0]] = cropped[0]
    part = both[:, start : start + widths[1]]
    np.maximum(part, cropped[1], out=part)
    return _normalized(cv2.resize(both, None, fx=2, fy=2))


def draw_garment(rng: np.random.Generator) -> np.ndarray:
    """Draw a filled, often symmetric shape with texture, as a piece of clothing: (28, 28) uint8."""
    side, middle = GARMENT_SIDE, GARMENT_SIDE / 2
    rows = np.linspace(0, 1, side)
    knots = int(rng.integers(3, 7))
    half_widths = np.interp(rows, np.linspace(0, 1, knots), rng.uniform(0.08, 0.45, knots)) * side
    columns, shape = np.arange(side), np.zeros((side, side), np.uint8)
    centre_line = middle + rng.choice([0.0, 1.0]) * rng.normal(0, 0.15) * side * (rows - 0.5)
    shape[np.abs(columns - centre_line[:, None]) < half_widths[:, None]] = 255
    if rng.random() < 0.5:  # sleeves, or a handle
        thickness = max(2, round(side * rng.uniform(0.06, 0.2)))
        top, end = rng.uniform(0, 0.3) * side, rng.uniform(0.2, 1, 2) * side
        for sign in (-1, 1):
            reach = middle + sign * min(end[0], middle - 2)
            ends = [(round(middle), round(top)), (round(reach), round(end[1]))]
            cv2.line(shape, *ends, 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.35:  # the legs of trousers, or an opening
        width = max(1, round(side * rng.uniform(0.02, 0.12)))
        start = round(side * rng.uniform(0, 0.6))
        stop = side if rng.random() < 0.7 else start + round(0.4 * side)
        shape[start:stop, round(middle) - width : round(middle) + width] = 0
    cells = int(rng.integers(2, 15))
    grid = rng.uniform(rng.uniform(0, 0.9), 1, (cells, cells)).astype(np.float32)
    method = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR]))
    picture = shape * cv2.resize(grid, shape.shape, interpolation=method)
    if rng.random() < 0.35:  # edges are what the light of the place leaves of a large dark area
        picture = cv2.absdiff(picture, cv2.GaussianBlur(picture, (0, 0), rng.uniform(2, 8)))
    quarter_turns = int(rng.choice([0, 0, 1, 2, 3]))
    return _normalized(np.rot90(picture, quarter_turns).clip(0, 255).astype(np.uint8))


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


def _normalized(ink: np.ndarray) -> np.ndarray:
    """Normalize (h, w) uint8 as an upload: (28, 28) uint8, 0 everywhere if there is no ink."""
    normalized = normalize_image(ink)
    return np.zeros(IMAGE_SHAPE, np.uint8) if normalized is None else normalized.image
