"""What a file would become as a data set, for somebody to look at before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnn.data.mnist import DataError, Digits
from cnn.datasets.class_names import check_class_names
from cnn.datasets.dataset import Dataset, Splits
from cnn.datasets.problems import Problem
from cnn.datasets.samples import Sample
from cnn.datasets.writing import create_dataset


@dataclass(frozen=True, eq=False)
class Proposal:
    """Pictures and classes of a file; nothing is written yet.

    training, test: Digits with labels from 0; held_out: how many of the training pictures, the
    last, are for validation; notes: what was changed; problems: what is left out, to which
    somebody must agree; dark_on_light: whether `inverted` would make the pictures like MNIST's.
    """

    source: str
    classes: tuple[str, ...]
    training: Digits
    test: Digits
    held_out: int
    dark_on_light: bool
    samples: tuple[Sample, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def counts(self) -> np.ndarray:
        """Pictures for training, validation and test: (3, classes) int."""
        kept = len(self.training.labels) - self.held_out
        parts = (self.training.labels[:kept], self.training.labels[kept:], self.test.labels)
        return np.array([np.bincount(each, minlength=len(self.classes)) for each in parts])

    def inverted(self) -> "Proposal":
        """Return the same with light and dark exchanged in all pictures."""
        return replace(
            self,
            training=Digits(255 - self.training.images, self.training.labels),
            test=Digits(255 - self.test.images, self.test.labels),
            samples=tuple(each._replace(after=255 - each.after) for each in self.samples),
            dark_on_light=not self.dark_on_light,
        )

    def with_classes(self, names: Sequence[str]) -> "Proposal":
        """Return the same with other names of the classes. Raises DataError if one is invalid."""
        checked = check_class_names(names)
        if len(checked) != len(self.classes):
            raise DataError(f"There are {len(self.classes)} classes, but {len(checked)} names.")
        renamed = dict(zip(self.classes, checked, strict=True))
        samples = tuple(
            each._replace(class_name=renamed.get(each.class_name, each.class_name))
            for each in self.samples
        )
        return replace(self, classes=checked, samples=samples)


def save_proposal(proposal: Proposal, name: str, **where) -> Dataset:
    """Write `proposal` as a new data set called `name`; `where`: as `create_dataset`.

    Raises DataError if the name is invalid or on a disk error; nothing is left of it then.
    """
    splits = Splits(proposal.training, proposal.test)
    return create_dataset(
        name, proposal.classes, splits, proposal.held_out, proposal.source, **where
    )
