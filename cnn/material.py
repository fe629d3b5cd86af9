"""What a training learns from: MNIST as it is, or MNIST in other hands, with more beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn.augment import distort
from cnn.config import HELD_OUT_DIGITS, TrainingConfig
from cnn.handwriting import write_digit
from cnn.mnist import Digits
from cnn.strangers import draw_strangers, in_pen

LESSONS_ARE_ONE_IN = 10
STRANGER = -1  # the label of what is no digit


@dataclass(frozen=True)
class Material:
    """images: (n, 28, 28) uint8; labels: (n,) int32, 0 to 9, or STRANGER; one epoch shows all."""

    images: np.ndarray
    labels: np.ndarray
    change: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None

    def batch(self, numbers: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels of those `numbers`; the same `seed` distorts them in the same way."""
        images = self.images[numbers]
        if self.change:
            images = self.change(images, np.random.default_rng(seed))
        return images, self.labels[numbers]


def gather_material(config: TrainingConfig, digits: Digits) -> Material:
    """The material for `config`: the first `config.limit` of MNIST's training `digits`, and,
    where its recipe says so, written digits and strangers beside, all distorted."""
    images, labels = digits.images[: config.limit], digits.labels[: config.limit].astype(np.int32)
    if not config.recipe.hands:
        return Material(images, labels)
    rng = np.random.default_rng(config.seed)
    written = np.arange(config.written) % 10
    strangers = draw_strangers(config.strangers, images, rng)
    return Material(
        np.concatenate([images, _write(written, rng), strangers]),
        np.concatenate([labels, written, np.full(len(strangers), STRANGER)]).astype(np.int32),
        distort,
    )


def validation_digits(config: TrainingConfig, training: Digits, test: Digits) -> Digits:
    """The digits that `config` validates on: all of `test`, or the last of `training`, held out."""
    if config.validation == "test":
        return test
    return Digits(*(array[-HELD_OUT_DIGITS:] for array in training))


def with_lessons(material: Material, lessons: Digits) -> Material:
    """`material` with about one picture in ten replaced by one of `lessons`, each as often.

    Of more lessons than that, each comes once, in place of as many pictures.
    """
    count, lesson_count = len(material.images), len(lessons.images)
    times = max(1, round(count / LESSONS_ARE_ONE_IN / lesson_count))
    places = np.linspace(0, count - 1, min(times * lesson_count, count)).astype(int)
    which = np.arange(len(places)) % lesson_count
    images, labels = material.images.copy(), material.labels.copy()
    images[places], labels[places] = lessons.images[which], lessons.labels[which]
    return Material(images, labels, material.change)


def _write(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([in_pen(write_digit(int(label), rng), rng) for label in labels])
