"""A data set of drawn symbols: a few drawings of each, and augmented copies of them.

Each drawing belongs to one part: of five of a class, in the order in which they were drawn, three
are for training, one is for validation and one for test; so another one never moves a drawing
from one part to another. A part consists of its drawings and of copies of these alone: a copy of
a drawing for training in the test part would make the accuracy look better than it is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.augmentation import distort
from cnn.data.mnist import DataError, Digits
from cnn.datasets.class_names import check_class_names
from cnn.datasets.dataset import DRAWN_KEYS, KEYS, Dataset, Splits, load_arrays
from cnn.datasets.writing import change_dataset, create_dataset

MIN_DRAWINGS, MAX_DRAWINGS = 5, 20  # of each class
PARTS = ("training", "held_out", "training", "test", "training")  # of the drawings of a class
IMAGES_PER_CLASS = {"training": 500, "held_out": 100, "test": 100}  # with the augmented copies
SEED = 0
SOURCE = "drawn here"


class Drawings(NamedTuple):
    """Drawings in the order in which they were drawn, perhaps too few as yet.

    classes: the names; images: (n, 28, 28) uint8, light on dark; labels: (n,) uint8.
    """

    classes: tuple[str, ...] = ()
    images: np.ndarray = np.empty((0, *IMAGE_SHAPE), np.uint8)
    labels: np.ndarray = np.empty(0, np.uint8)

    @property
    def counts(self) -> list[int]:
        """How many drawings each class has."""
        return np.bincount(self.labels, minlength=len(self.classes)).tolist()

    def add(self, image: np.ndarray, label: int) -> "Drawings":
        """Return the same with one more: (28, 28) uint8. Raises DataError if there is no room."""
        name = self.classes[label]
        if self.counts[label] >= MAX_DRAWINGS:
            raise DataError(f"There are {MAX_DRAWINGS} drawings of {name} already, the most.")
        if image.shape != IMAGE_SHAPE or not image.any():
            raise DataError(f"The drawing of {name} is blank; draw it first.")
        images = np.concatenate([self.images, image[None].astype(np.uint8)])
        return self._replace(images=images, labels=np.append(self.labels, np.uint8(label)))

    def remove(self, index: int) -> "Drawings":
        """Return the same without the drawing at `index`; -1 is the last, to undo `add`."""
        images, labels = (np.delete(each, index, axis=0) for each in (self.images, self.labels))
        return self._replace(images=images, labels=labels)

    def missing(self) -> str:
        """Return a sentence that says what is missing for a data set; empty if nothing is."""
        try:
            check_class_names(self.classes)
        except DataError as error:
            return str(error)
        few = [
            f"{MIN_DRAWINGS - count} of {name}"
            for name, count in zip(self.classes, self.counts, strict=True)
            if count < MIN_DRAWINGS
        ]
        return f"Each class needs {MIN_DRAWINGS} drawings: draw {', '.join(few)}." if few else ""


def build_splits(drawings: Drawings) -> tuple[Splits, int]:
    """Divide and augment `drawings`, always alike; returns also how many pictures are held out.

    Raises DataError if drawings are missing.
    """
    if missing := drawings.missing():
        raise DataError(missing)
    rng = np.random.default_rng(SEED)
    parts = {part: _build_part(drawings, part, rng) for part in IMAGES_PER_CLASS}
    training = Digits(*map(np.concatenate, zip(parts["training"], parts["held_out"], strict=True)))
    return Splits(training, parts["test"]), len(parts["held_out"].labels)


def _build_part(drawings: Drawings, part: str, rng: np.random.Generator) -> Digits:
    """Return the drawings of `part` and copies of them, in random order."""
    size, images, labels = IMAGES_PER_CLASS[part], [], []
    for label in range(len(drawings.classes)):
        own = drawings.images[drawings.labels == label]
        own = own[[PARTS[i % len(PARTS)] == part for i in range(len(own))]]
        copies = distort(own[np.arange(size - len(own)) % len(own)], rng)
        images += [own, copies]
        labels.append(np.full(size, label, np.uint8))
    order = rng.permutation(size * len(drawings.classes))
    return Digits(np.concatenate(images)[order], np.concatenate(labels)[order])


def save_drawings(name: str, drawings: Drawings, **where) -> Dataset:
    """Write `drawings` as a new data set called `name`; `where`: as `create_dataset`.

    Raises DataError if drawings are missing, the name is invalid, or on a disk error.
    """
    splits, held_out = build_splits(drawings)
    drawn = Digits(drawings.images, drawings.labels)
    return create_dataset(name, drawings.classes, splits, held_out, SOURCE, drawn, **where)


def change_drawings(dataset: Dataset, drawings: Drawings) -> Dataset:
    """Replace the drawings of `dataset` by `drawings`, with some more or fewer.

    Its checksum changes, by which a run that was trained before sees that. Raises DataError if
    drawings are missing, if it was not drawn here, or on a disk error.
    """
    read_drawings(dataset)
    splits, held_out = build_splits(drawings)
    drawn = Digits(drawings.images, drawings.labels)
    return change_dataset(dataset, drawings.classes, splits, held_out, drawn)


def is_drawn(dataset: Dataset) -> bool:
    """Whether `dataset` was drawn here."""
    return not dataset.ships and dataset.source == SOURCE


def read_drawings(dataset: Dataset) -> Drawings:
    """Return the drawings of `dataset`. Raises DataError if it was not drawn here or is damaged."""
    arrays: Sequence[np.ndarray] = load_arrays(dataset) if is_drawn(dataset) else ()
    if len(arrays) != len(KEYS + DRAWN_KEYS):
        raise DataError(f'The data set "{dataset.name}" was not drawn here.')
    return Drawings(dataset.classes, *arrays[len(KEYS) :])
