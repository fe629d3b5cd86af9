"""Symbols for the preset `embedding`: random figures of a few strokes, and letters and shapes.

A class is a glyph (see `cnn.data.glyphs`): one to three random strokes between the points of a
grid, straight, bent, curved or closed. Its examples are random variations of it. What is kept
out of training measures how a network compares symbols that it has never seen.
"""

from functools import cache

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.glyphs import DIGIT_FORMS, LETTERS, SHAPES
from cnn.data.pens import rasterize
from cnn.data.synthetic_digits import synthesize_glyph
from cnn.preprocessing.normalization import STROKE_WIDTH, centre, redraw_lines

RANDOM_CLASSES = 400  # of random strokes, for training
HELD_OUT_CLASSES = 100  # of random strokes, kept out of training
SEED = 15  # of the classes, which are the same in every training
GRID = 25  # from one point of the grid to the next, of 100
MOST_SIMILAR = 0.85  # cosine of two classes' blurred pictures, above which the second is left out
FIRST_SYMBOL = -2  # the label of the first class of symbols; -1 is a non-digit of no class
# Kept out of training: every second letter and shape, the star and the heart among them. A figure
# of the one group that looks like one of the other, such as a lower-case letter, is in one only.
KEPT_OUT = (
    *("A", "F", "H", "h", "N", "P", "R", "r", "T", "W", "w", "e", "J", "z crossed", "&"),
    *("star", "heart", "house", "cat", "arrow", "arrow up", "plus", "question", "flower", "fish"),
)
_DIGIT_LIKE = ("L", "dash", "dots", "colon")  # or a speck: no symbol of its own


def random_glyph(rng: np.random.Generator) -> str:
    """Return a glyph of one to three random strokes, which is more than a straight line."""
    strokes: list[str] = []
    corners: list[tuple[int, int]] = []
    for _ in range(int(rng.integers(1, 4))):
        points = _random_points(corners, rng)
        corners += points
        strokes.append(_join(points, rng))
    return " ; ".join(strokes) if len(corners) > 2 else random_glyph(rng)


def _random_points(corners: list[tuple[int, int]], rng: np.random.Generator) -> list:
    """Return two to five points of the grid, often from one of the `corners` that are there."""
    points = [corners[rng.integers(len(corners))]] if corners and rng.random() < 0.6 else []
    count = int(rng.choice([2, 3, 4, 5], p=[0.4, 0.3, 0.2, 0.1]))
    while len(points) < count:
        x, y = (GRID * rng.integers(0, 5, 2)).tolist()
        if not points or max(abs(x - points[-1][0]), abs(y - points[-1][1])) > GRID:
            points.append((x, y))
    if count > 2 and points[0] != points[-1] and rng.random() < 0.25:
        points.append(points[0])  # closed
    return points


def _join(points: list[tuple[int, int]], rng: np.random.Generator) -> str:
    """Return the points as a stroke, with corners or as a curve."""
    return (" / " if rng.random() < 0.5 else " ").join(f"{x},{y}" for x, y in points)


@cache
def random_classes() -> tuple[str, ...]:
    """Return RANDOM_CLASSES + HELD_OUT_CLASSES glyphs, no two of which look much alike.

    Nor do they look like a digit, a letter or a shape: a class that is kept out stays unseen.
    """
    rng = np.random.default_rng(SEED)
    glyphs: list[str] = []
    digits = [glyph for forms in DIGIT_FORMS.values() for _, glyph in forms]
    looks = np.array([_look(glyph) for glyph in (*digits, *LETTERS.values(), *SHAPES.values())])
    while len(glyphs) < RANDOM_CLASSES + HELD_OUT_CLASSES:
        glyph = random_glyph(rng)
        look = _look(glyph)
        if (looks @ look).max() <= MOST_SIMILAR:
            glyphs.append(glyph)
            looks = np.vstack([looks, look])
    return tuple(glyphs)


def _look(glyph: str) -> np.ndarray:
    """The blurred picture of a glyph without variation, of length 1: (784,) float64."""
    lines = synthesize_glyph(glyph, np.random.default_rng(0), sloppiness=0)
    blurred = cv2.GaussianBlur(
        centre(redraw_lines(lines, STROKE_WIDTH)).astype(np.float64), (0, 0), 1
    ).ravel()
    return blurred / np.linalg.norm(blurred)


def training_classes() -> tuple[str, ...]:
    """Return the glyphs of the symbols to train on."""
    figures = LETTERS | SHAPES
    drawn = (figures[name] for name in figures if name not in (*KEPT_OUT, *_DIGIT_LIKE))
    return (*random_classes()[:RANDOM_CLASSES], *drawn)


def held_out_random_classes() -> tuple[str, ...]:
    """Return the glyphs of random strokes that no training has seen."""
    return random_classes()[RANDOM_CLASSES:]


def held_out_figures() -> dict[str, str]:
    """Return the letters and shapes that no training has seen, as glyphs by name."""
    figures = LETTERS | SHAPES
    return {name: figures[name] for name in KEPT_OUT}


def draw_held_out_figures(examples: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Draw `examples` of each of `held_out_figures`: (n, 28, 28) uint8, labels (n,) from 0.

    They are always the same.
    """
    rng, glyphs = np.random.default_rng(SEED), list(held_out_figures().values())
    labels = np.repeat(np.arange(len(glyphs)), examples)
    return np.array([rasterize(synthesize_glyph(glyphs[i], rng), rng) for i in labels]), labels


def draw_symbols(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` examples of the classes in turn: (n, 28, 28) uint8 and labels (n,) int32.

    The labels are FIRST_SYMBOL and below, unlike those of digits.
    """
    glyphs = training_classes()
    classes = np.arange(count, dtype=np.int32) % len(glyphs)
    images = [rasterize(synthesize_glyph(glyphs[each], rng), rng) for each in classes]
    return np.array(images, np.uint8).reshape(-1, *IMAGE_SHAPE), FIRST_SYMBOL - classes
