"""Builds a proposal: leaves out small classes, divides the pictures, says what is unusual."""

from collections.abc import Sequence

import numpy as np

from cnn.data.mnist import Digits
from cnn.datasets.bounds import MIN_PICTURES_PER_CLASS, check_class_count, check_picture_count
from cnn.datasets.problems import Problems
from cnn.datasets.proposal import Proposal
from cnn.datasets.samples import Sample
from cnn.datasets.scaling import dark_on_light_share
from cnn.datasets.splitting import SEED, split

MIXED = 0.1  # a share of pictures dark on light, or light on dark, among others: worth a note
UNBALANCED = 10  # times as many pictures as the smallest class: worth a note


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
    share = dark_on_light_share(training.images)
    notes += [*_notes_on_balance(classes, training.labels), *_notes_on_polarity(share)]
    sampled = tuple(each for each in samples if each.class_name in classes)
    return Proposal(
        source, tuple(classes), training, test, len(held_out), share > 0.5, sampled,
        tuple(dict.fromkeys(notes)), problems.listed(),
    )  # fmt: skip


def _notes_on_balance(classes: Sequence[str], labels: np.ndarray) -> list[str]:
    counts = np.bincount(labels)
    if counts.max() <= UNBALANCED * counts.min():
        return []
    most, fewest = classes[counts.argmax()], classes[counts.argmin()]
    return [
        f"The classes are unbalanced: {most} has {counts.max():,} pictures for training, {fewest} "
        f"only {counts.min():,}."
    ]


def _notes_on_polarity(share: float) -> list[str]:
    """`share`: of the pictures that are dark on light, 0 to 1."""
    notes = []
    if share > 0.5:
        notes.append(
            "Most pictures are dark on light, MNIST's are light on dark: they can be inverted."
        )
    if MIXED < share < 1 - MIXED:
        notes.append(
            f"{share:.0%} of the pictures are dark on light, the others light on dark: a network "
            "learns more easily if all are alike."
        )
    return notes


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
