"""A data set is a folder that holds pictures, their labels and a short description.

    datasets/stars-and-hearts-a3f9/
        description.json           name, classes, counts, source, checksum (Dataset)
        images-796354bf1a5b.npz    x_train, y_train, x_test, y_test, as in Keras's mnist.npz; and
                                   x_drawn, y_drawn if it was drawn here (see cnn.datasets.drawings)

The arrays' file is named after their checksum. To change the data set is to write a new file,
then to replace the description, so that a reader always finds the two that belong together.
MNIST, which ships with the app, is the data set "mnist".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import DataError, Digits, load_digits
from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.datasets.npz import read_npz

DESCRIPTION_FILE = "description.json"
KEYS = ("x_train", "y_train", "x_test", "y_test")
DRAWN_KEYS = ("x_drawn", "y_drawn")


class Splits(NamedTuple):
    """The pictures of a data set for training, of which the last are held out, and for test."""

    training: Digits
    test: Digits


@dataclass(frozen=True)
class Dataset:
    """The description of a data set; its pictures are read by `load`."""

    id: str  # the folder's name, in addresses and configurations
    name: str
    classes: tuple[str, ...]  # the names, in the order of the labels 0, 1, ...
    training_count: int  # pictures for training, with those held out
    held_out: int  # how many of them, the last, are for validation and calibration
    test_count: int
    source: str  # the names of the files it was imported from, or "drawn here"
    checksum: str  # SHA-256 of all arrays, hexadecimal
    created: datetime | None = None  # None: it ships with the app
    path: Path | None = None  # likewise

    @property
    def facts(self) -> DatasetFacts:
        """What the configuration of a training has of it."""
        return DatasetFacts(
            *(self.id, self.name, self.classes, self.training_count, self.held_out),
            *(self.test_count, self.checksum),
        )

    @property
    def ships(self) -> bool:
        """Whether it ships with the app, and so cannot be changed."""
        return self.path is None

    def load(self) -> Splits:
        """Return the pictures and labels, uint8 and read-only; the same arrays if called again.

        Raises DataError if they are missing, damaged or not those of the description.
        """
        if self.path is None:
            return Splits(load_digits("train"), load_digits("test"))
        arrays = load_arrays(self)
        training, test = Digits(*arrays[:2]), Digits(*arrays[2:4])
        return Splits(training, test)


MNIST = Dataset(
    **vars(MNIST_FACTS),
    source="LeCun, Cortes and Burges",
)


def checksum(arrays: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of the keys, types, shapes and values of `arrays`, hexadecimal."""
    digest = hashlib.sha256()
    for key, array in arrays.items():
        digest.update(f"{key} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def arrays_name(digest: str) -> str:
    """Return the name of the file of the arrays whose checksum is `digest`."""
    return f"images-{digest[:12]}.npz"


def load_arrays(dataset: Dataset) -> tuple[np.ndarray, ...]:
    """Return the arrays of KEYS, and of DRAWN_KEYS if it was drawn here, like `Dataset.load`."""
    return _load(dataset.path, dataset.checksum, len(dataset.classes), dataset.name)


@lru_cache(maxsize=2)  # each up to 160 MB
def _load(path: Path, digest: str, classes: int, name: str) -> tuple[np.ndarray, ...]:
    file = path / arrays_name(digest)
    found = read_npz(file, f'Data set "{name}": {file.name}')
    keys = KEYS + DRAWN_KEYS if set(found) > set(KEYS) else KEYS
    damaged = DataError(
        f'Data set "{name}": {file.name} is damaged, or not that of its description.'
    )
    if set(found) != set(keys):
        raise damaged
    arrays = {key: found[key] for key in keys}
    if checksum(arrays) != digest:
        raise damaged
    for images, labels in zip(keys[::2], keys[1::2], strict=True):
        count = len(arrays[labels]) if arrays[labels].ndim == 1 else -1
        has_shape = arrays[images].shape == (count, *IMAGE_SHAPE)
        is_uint8 = arrays[images].dtype == arrays[labels].dtype == np.uint8
        if not (has_shape and is_uint8 and arrays[labels].max() < classes):
            raise damaged
    return tuple(arrays.values())
