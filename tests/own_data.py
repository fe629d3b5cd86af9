"""A data set of three symbols, drawn by a program, for the tests of trainings on own data."""

import cv2
import numpy as np

from cnn.datasets.dataset import Dataset
from cnn.datasets.drawings import Drawings, save_drawings

# The first looks like Markdown and HTML: names of classes are shown as they are.
CLASSES = ("*star* <b>", "circle", "1. bar")


def draw_symbol(label: int, rng: np.random.Generator) -> np.ndarray:
    """Return a cross, a circle or a bar, somewhat different each time: (28, 28) uint8."""
    image = np.zeros((28, 28), np.uint8)
    x, y = (int(each) for each in rng.integers(12, 17, 2))
    reach = int(rng.integers(6, 10))
    if label == 0:
        cv2.line(image, (x - reach, y - reach), (x + reach, y + reach), 255, 2)
        cv2.line(image, (x - reach, y + reach), (x + reach, y - reach), 255, 2)
    elif label == 1:
        cv2.circle(image, (x, y), reach, 255, 2)
    else:
        cv2.line(image, (x, y - reach), (x + int(rng.integers(-2, 3)), y + reach), 255, 2)
    return image


def make_dataset(name: str = "Symbols", classes: int = 3, drawings: int = 5, **where) -> Dataset:
    """Write a data set of so many of CLASSES, each of so many drawings."""
    rng, drawn = np.random.default_rng(7), Drawings(CLASSES[:classes])
    for number in range(classes * drawings):
        label = number % classes
        drawn = drawn.add(draw_symbol(label, rng), label)
    return save_drawings(name, drawn, **where)
