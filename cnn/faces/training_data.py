"""The data set of faces and non-faces: an ordinary one, on which an ordinary run trains."""

from functools import lru_cache

import cv2
import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.mnist import Digits
from cnn.datasets.dataset import Splits
from cnn.faces.pictures import (
    TRAINING_PICTURES,
    even_light,
    hard_windows,
    load_crops,
    random_windows,
)

CLASSES = ("no face", "face")
FACE, NO_FACE = CLASSES.index("face"), CLASSES.index("no face")
SEED = 0
PARTS = {"training": 60, "held_out": 10, "test": 30}  # of the 100 crops of each class
COPIES = {FACE: 80, NO_FACE: 10}  # of each crop for training or held out, with itself
WRONG_PARTS = 1200  # of faces for training
WINDOWS = 3000  # of pictures without a face, for training
# Of a copy, at most:
SHIFT = 2.0  # pixels
SCALE = 0.12  # of the logarithm of the factor
ROTATION = 10  # degrees
SMALLEST_PART, LARGEST_PART = 9, 16  # pixels
SMALLEST_OFFSET, LARGEST_OFFSET = 8, 14  # pixels, of a window beside the face


@lru_cache(maxsize=1)
def face_splits(with_hard: bool = True, with_windows: bool = True) -> tuple[Splits, int]:
    """The pictures, always alike; returns also how many of those for training are held out.

    The 200 crops are divided first: each belongs to one part, its copies are in no other. The test
    part has 30 of each class, unchanged. `with_windows`: whether windows of pictures without a face
    are added for training; `with_hard`: also those that earlier networks took for faces.
    """
    rng = np.random.default_rng(SEED)
    training, held_out, test = [], [], []
    for label, crops in ((FACE, load_crops()[0]), (NO_FACE, load_crops()[1])):
        order, ends = rng.permutation(len(crops)), np.cumsum(list(PARTS.values()))
        first, second, last = (crops[each] for each in np.split(order, ends[:-1]))
        training.append(_part(_with_copies(first, COPIES[label], rng), label))
        held_out.append(_part(_with_copies(second, COPIES[label], rng), label))
        test.append(_part(last, label))
        if label == FACE:
            training.append(_part(_wrong_parts(first, WRONG_PARTS, rng), NO_FACE))
    if with_windows:
        training.append(_part(random_windows(TRAINING_PICTURES, WINDOWS, rng), NO_FACE))
    if with_hard:
        training.append(_part(hard_windows(), NO_FACE))
    parts = [_shuffled(each, rng) for each in (training, held_out, test)]
    both = Digits(*map(np.concatenate, zip(*parts[:2], strict=True)))
    return Splits(both, parts[2]), len(parts[1].labels)


def _part(images: np.ndarray, label: int) -> Digits:
    return Digits(even_light(images), np.full(len(images), label, np.uint8))


def _shuffled(parts: list[Digits], rng: np.random.Generator) -> Digits:
    images, labels = map(np.concatenate, zip(*parts, strict=True))
    order = rng.permutation(len(labels))
    return Digits(images[order], labels[order])


def _with_copies(crops: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 28, 28) uint8 -> (n * count, 28, 28): each, and changed copies of it, half mirrored."""
    copies = [_changed(each, rng) for each in np.repeat(crops, count - 1, axis=0)]
    return np.concatenate([crops, np.stack(copies)])


def _changed(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror, shift, scale and rotate (28, 28) uint8 at random."""
    crop = crop[:, ::-1] if rng.random() < 0.5 else crop
    angle, scale = rng.uniform(-ROTATION, ROTATION), np.exp(rng.uniform(-SCALE, SCALE))
    matrix = cv2.getRotationMatrix2D(((IMAGE_SIDE - 1) / 2,) * 2, angle, scale)
    matrix[:, 2] += rng.uniform(-SHIFT, SHIFT, 2)
    return _moved(crop, matrix)


def _wrong_parts(faces: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` windows that have a face, but not as a box should: (count, 28, 28) uint8.

    It is upside down, or the window has only a part of it, or is beside it.
    """
    windows = []
    for face in faces[rng.integers(0, len(faces), count)]:
        kind = rng.integers(3)
        if kind == 0:
            windows.append(face[::-1])
        elif kind == 1:
            side = rng.integers(SMALLEST_PART, LARGEST_PART, endpoint=True)
            top, left = rng.integers(0, IMAGE_SIDE - side + 1, 2)
            windows.append(cv2.resize(face[top : top + side, left : left + side], IMAGE_SHAPE))
        else:
            offset = rng.integers(SMALLEST_OFFSET, LARGEST_OFFSET, 2, endpoint=True)
            offset = offset * rng.choice([-1, 1], 2) * rng.permutation([1, rng.integers(2)])
            windows.append(_moved(face, np.array([[1, 0, offset[0]], [0, 1, offset[1]]], float)))
    return np.stack(windows)


def _moved(crop: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(
        np.ascontiguousarray(crop), matrix, IMAGE_SHAPE, borderMode=cv2.BORDER_REFLECT
    )
