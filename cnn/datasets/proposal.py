"""What a file would become as a data set, for somebody to look at before it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cnn.data.mnist import DataError, Digits
from cnn.datasets.bounds import MIN_PICTURES_PER_CLASS, check_class_count, check_picture_count
from cnn.datasets.class_names import check_class_names
from cnn.datasets.dataset import Dataset, Splits
from cnn.datasets.problems import Problem, Problems
from cnn.datasets.samples import Sample
from cnn.datasets.scaling import dark_on_light_share
from cnn.datasets.splitting import SEED, split
from cnn.datasets.writing import create_dataset

MIXED = 0.1  # a share of pictures dark on light, or light on dark, among others: worth a note
UNBALANCED = 10  # times as many pictures as the smallest class: worth a note


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


def build_proposal(
    source: str,
    classes: Sequence[str],
    training: Digits,
    test: Digits | None,
    samples: Sequence[Sample],
    notes: Sequence[str],
    problems: Problems,
) -> Proposal:
    """Build the proposal of the file `source`, whose labels are indices of `classes`.

    Classes with too few pictures become problems. Without `test`, a part of each class becomes it.
    Raises DataError unless 2 to 50 classes are left, or if there are too many pictures.
    """
    check_picture_count(len(training.labels) + len(test.labels if test else ()), source)
    classes, training, test = _without_small_classes(source, classes, training, test, problems)
    notes, rng = list(notes), np.random.default_rng(SEED)
    if test is None or not len(test.labels):
        kept, taken = split(training.labels, rng)
        test, training = _at(training, taken), _at(training, kept)
        notes.append(
            f"{source} has no test part: {len(taken):,} pictures, a part of each class, became it."
        )
    elif missing := [classes[i] for i in set(range(len(classes))) - set(test.labels.tolist())]:
        notes.append(f"The test part has no pictures of {', '.join(sorted(missing))}.")
    kept, held_out = split(training.labels, rng)
    training = _at(training, np.concatenate([kept, held_out]))
    counts = np.bincount(training.labels)
    if counts.max() > UNBALANCED * counts.min():
        most, fewest = classes[counts.argmax()], classes[counts.argmin()]
        notes.append(
            f"The classes are unbalanced: {most} has {counts.max():,} pictures for training, "
            f"{fewest} only {counts.min():,}."
        )
    share = dark_on_light_share(training.images)
    dark_on_light = share > 0.5
    if dark_on_light:
        notes.append(
            "Most pictures are dark on light, MNIST's are light on dark: they can be inverted."
        )
    if MIXED < share < 1 - MIXED:
        notes.append(
            f"{share:.0%} of the pictures are dark on light, the others light on dark: a network "
            "learns more easily if all are alike."
        )
    sampled = tuple(each for each in samples if each.class_name in classes)
    return Proposal(
        source, tuple(classes), training, test, len(held_out), dark_on_light, sampled,
        tuple(dict.fromkeys(notes)), problems.listed(),
    )  # fmt: skip


def save_proposal(proposal: Proposal, name: str, folder: Path | None = None) -> Dataset:
    """Write `proposal` as a new data set called `name` into `folder` (`datasets_path()`).

    Raises DataError if the name is invalid or on a disk error; nothing is left of it then.
    """
    splits = Splits(proposal.training, proposal.test)
    return create_dataset(
        name, proposal.classes, splits, proposal.held_out, proposal.source, folder=folder
    )


def _at(digits: Digits, indices: np.ndarray) -> Digits:
    return Digits(digits.images[indices], digits.labels[indices].astype(np.uint8))


def _without_small_classes(
    source: str,
    classes: Sequence[str],
    training: Digits,
    test: Digits | None,
    problems: Problems,
) -> tuple[list[str], Digits, Digits | None]:
    counts = np.bincount(training.labels, minlength=len(classes))
    is_kept = counts >= MIN_PICTURES_PER_CLASS
    for name, count in zip(classes, counts.tolist(), strict=True):
        if count < MIN_PICTURES_PER_CLASS:
            number = {0: "no pictures", 1: "only 1 picture"}.get(count, f"only {count} pictures")
            problems.add(
                "class",
                f"{source}: the class {name} has {number} for training; at least "
                f"{MIN_PICTURES_PER_CLASS} are expected.",
            )
    left_out = " ".join(each.text for each in problems.listed())
    check_class_count(int(is_kept.sum()), f"Once problems are left out, {source}", left_out)
    new_index = np.cumsum(is_kept) - 1
    kept_classes = [name for name, kept in zip(classes, is_kept, strict=True) if kept]

    def of_kept(digits: Digits) -> Digits:
        chosen = is_kept[digits.labels]
        return Digits(digits.images[chosen], new_index[digits.labels[chosen]].astype(np.uint8))

    return kept_classes, of_kept(training), of_kept(test) if test else None
