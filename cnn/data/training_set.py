"""What a training learns from: MNIST as it is, or MNIST in other hands, with more beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn.config import HELD_OUT_DIGITS, TrainingConfig
from cnn.data.augmentation import distort
from cnn.data.mnist import Digits
from cnn.data.non_digits import draw_non_digits, rasterize
from cnn.data.synthetic_digits import synthesize_digit

ONE_CORRECTION_IN = 10
NON_DIGIT = -1  # the label of what is no digit


@dataclass(frozen=True)
class TrainingSet:
    """images: (n, 28, 28) uint8; labels: (n,) int32, 0 to 9, or NON_DIGIT; one epoch shows all."""

    images: np.ndarray
    labels: np.ndarray
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None

    def batch(self, numbers: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels of those `numbers`; the same `seed` distorts them in the same way."""
        images = self.images[numbers]
        if self.augment:
            images = self.augment(images, np.random.default_rng(seed))
        return images, self.labels[numbers]


def build_training_set(config: TrainingConfig, digits: Digits) -> TrainingSet:
    """The training_set for `config`: the first `config.limit` of MNIST's training `digits`, and,
    where its recipe says so, synthetic digits and non-digits beside, all distorted."""
    images, labels = digits.images[: config.limit], digits.labels[: config.limit].astype(np.int32)
    if not config.recipe.augment:
        return TrainingSet(images, labels)
    rng = np.random.default_rng(config.seed)
    synthetic_digits = np.arange(config.synthetic_digits) % 10
    non_digits = draw_non_digits(config.non_digits, images, rng)
    return TrainingSet(
        np.concatenate([images, _write(synthetic_digits, rng), non_digits]),
        np.concatenate([labels, synthetic_digits, np.full(len(non_digits), NON_DIGIT)]).astype(
            np.int32
        ),
        distort,
    )


def validation_digits(config: TrainingConfig, training: Digits, test: Digits) -> Digits:
    """The digits that `config` validates on: all of `test`, or the last of `training`, held out."""
    if config.validation == "test":
        return test
    return Digits(*(array[-HELD_OUT_DIGITS:] for array in training))


def add_corrections(training_set: TrainingSet, corrections: Digits) -> TrainingSet:
    """`training_set` with about one picture in ten replaced by one of `corrections`, each as often.

    Of more corrections than that, each comes once, in place of as many pictures.
    """
    count, correction_count = len(training_set.images), len(corrections.images)
    times = max(1, round(count / ONE_CORRECTION_IN / correction_count))
    places = np.linspace(0, count - 1, min(times * correction_count, count)).astype(int)
    which = np.arange(len(places)) % correction_count
    images, labels = training_set.images.copy(), training_set.labels.copy()
    images[places], labels[places] = corrections.images[which], corrections.labels[which]
    return TrainingSet(images, labels, training_set.augment)


def _write(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([rasterize(synthesize_digit(int(label), rng), rng) for label in labels])
