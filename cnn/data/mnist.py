"""MNIST: 70,000 handwritten digits, which ship with the package."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn.constants import ASSETS_PATH, CLASSES, IMAGE_SHAPE, TEST_IMAGES, TRAINING_IMAGES

MNIST_PATH = ASSETS_PATH / "mnist.npz"
COUNTS = {"train": TRAINING_IMAGES, "test": TEST_IMAGES}
REPAIR = (
    "Restore it with `git checkout -- cnn/assets/mnist.npz`, or copy Keras's mnist.npz to that "
    "path."
)


class DataError(RuntimeError):
    """The data set is missing or damaged; the message says how to repair it."""


class Digits(NamedTuple):
    """images: (n, 28, 28) uint8, 0 background to 255 ink; labels: (n,) uint8, 0 to 9."""

    images: np.ndarray
    labels: np.ndarray


@lru_cache(maxsize=4)
def load_digits(split: str, path: Path = MNIST_PATH) -> Digits:
    """Load MNIST's 60,000 `"train"` or 10,000 `"test"` digits; the arrays are read-only.

    Raises DataError if the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            digits = Digits(arrays[f"x_{split}"], arrays[f"y_{split}"])
    except FileNotFoundError:
        raise DataError(f"The data set is missing: {path} does not exist. {REPAIR}") from None
    except Exception as error:  # np.load raises many types if the file is damaged
        raise _damaged(path, str(error)) from None
    count = COUNTS[split]
    if digits.images.shape != (count, *IMAGE_SHAPE) or digits.labels.shape != (count,):
        raise _damaged(path, f"its {split} images are {digits.images.shape}")
    if any(array.dtype != np.uint8 for array in digits) or digits.labels.max() >= CLASSES:
        raise _damaged(path, "its pixels are not uint8 or its labels not 0 to 9")
    for array in digits:
        array.flags.writeable = False
    return digits


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"The data set is damaged: {path} is not a valid MNIST ({reason}). {REPAIR}")


def scaled(images: np.ndarray) -> np.ndarray:
    """Scale to a network's input: (n, 28, 28), 0 to 255 -> (n, 28, 28, 1) float32, 0 to 1."""
    return (np.asarray(images)[..., None] / np.float32(255)).astype(np.float32)
