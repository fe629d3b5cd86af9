"""The training set: pictures alone, or distorted; MNIST's with synthetic digits and non-digits."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cnn.config import TrainingConfig
from cnn.data.augmentation import distort
from cnn.data.mnist import Digits
from cnn.data.non_digits import draw_non_digits
from cnn.data.pens import rasterize
from cnn.data.symbols import draw_symbols
from cnn.data.synthetic_digits import synthesize_digit

IMAGES_PER_CORRECTION = 10
NON_DIGIT = -1  # the label of non-digits


@dataclass(frozen=True)
class TrainingSet:
    """All images of an epoch and their labels.

    images: (n, 28, 28) uint8; labels: (n,) int32, from 0, or NON_DIGIT or less; augment: distorts
    a batch of images with a random generator, or None.
    """

    images: np.ndarray
    labels: np.ndarray
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None

    def batch(self, indices: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels at `indices`, augmented with a generator of the given seed."""
        images = self.images[indices]
        if self.augment:
            images = self.augment(images, np.random.default_rng(seed))
        return images, self.labels[indices]


def build_training_set(config: TrainingConfig, digits: Digits) -> TrainingSet:
    """Build the training set of `config` from the first `config.limit` of its data set's `digits`.

    Only MNIST's are joined by synthetic digits, and by non-digits, which for comparison are symbols
    with labels below NON_DIGIT: what is not a star may be a heart.
    """
    images, labels = digits.images[: config.limit], digits.labels[: config.limit].astype(np.int32)
    if not config.has_non_digits:
        return TrainingSet(images, labels, distort if config.distorts else None)
    rng = np.random.default_rng(config.seed)
    if config.recipe.embedding:
        others, other_labels = draw_symbols(config.non_digits, rng)
    else:
        others = draw_non_digits(config.non_digits, images, rng)
        other_labels = np.full(len(others), NON_DIGIT, np.int32)
    synthetic_labels = np.arange(config.synthetic_digits, dtype=np.int32) % 10
    synthetic = [rasterize(synthesize_digit(digit, rng), rng) for digit in synthetic_labels]
    return TrainingSet(
        np.concatenate([images, synthetic, others]),
        np.concatenate([labels, synthetic_labels, other_labels]),
        distort,
    )


def validation_digits(config: TrainingConfig, training: Digits, test: Digits) -> Digits:
    """Return the validation set of `config`: `test`, or the held-out last digits of `training`."""
    if config.validation == "test":
        return test
    return Digits(*(array[-config.dataset.held_out :] for array in training))


def add_corrections(training_set: TrainingSet, corrections: Digits) -> TrainingSet:
    """Replace one image in IMAGES_PER_CORRECTION by corrections, each used equally often.

    If there are more corrections than that, each is used once. The size stays the same.
    """
    count, correction_count = len(training_set.images), len(corrections.images)
    times = max(1, round(count / IMAGES_PER_CORRECTION / correction_count))
    places = np.linspace(0, count - 1, min(times * correction_count, count)).astype(int)
    chosen = np.arange(len(places)) % correction_count
    images, labels = training_set.images.copy(), training_set.labels.copy()
    images[places], labels[places] = corrections.images[chosen], corrections.labels[chosen]
    return replace(training_set, images=images, labels=labels)
