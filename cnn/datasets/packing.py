"""Packs a data set as one .npz file, to download; `importing` reads it again."""

import io

import numpy as np

from cnn.datasets.dataset import KEYS, Dataset

CLASSES_KEY = "classes"


def pack_npz(dataset: Dataset) -> bytes:
    """Return an .npz file with Keras's keys, x_train, y_train, x_test and y_test, and `classes`.

    The pictures are (n, 28, 28) uint8, the labels (n,) uint8, `classes` has the name of each label.
    Raises DataError if the pictures are missing or damaged.
    """
    training, test = dataset.load()
    arrays = dict(zip(KEYS, (*training, *test), strict=True))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, **{CLASSES_KEY: np.array(dataset.classes)})
    return buffer.getvalue()
