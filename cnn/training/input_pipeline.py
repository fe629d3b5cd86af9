"""Keras's input pipelines: batches of digits, as a network takes them."""

from functools import partial

import numpy as np
import tensorflow as tf  # its input pipeline feeds every Keras backend

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, scaled
from cnn.data.training_set import TrainingSet

EVALUATION_BATCH = 500
# Keras's fit makes an iterator when an epoch begins, and another one, not used, when it ends; each
# shuffles. With a version that shuffles less often, a resumed training has other orders than one in
# one go, but repeats none.
SHUFFLES_PER_EPOCH = 2


def shuffled_batches(
    training_set: TrainingSet, config: TrainingConfig, skip_shuffles: int = 0
) -> tf.data.Dataset:
    """All of `training_set` in batches, in a new order each epoch that only the seed decides.

    (b, 28, 28, 1) float32 in [0, 1] and (b,) int32. With the recipe's random shift each batch is
    moved by -1 to 1 pixels down and across. The first order is the one after `skip_shuffles`.
    """
    # Shuffling indices and gathering each batch's images by them moves far fewer bytes than
    # shuffling images; pixels stay uint8 until their batch is made.
    count = len(training_set.images)
    order = tf.data.Dataset.range(count).shuffle(count, seed=config.seed).batch(config.batch_size)
    images, labels = tf.constant(training_set.images), tf.constant(training_set.labels)

    def gather(index: tf.Tensor, *seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(images, index), tf.gather(labels, index)

    def shift(index: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        move = tf.random.stateless_uniform((2,), (seed, 0), -1, 2, tf.int32)
        # What leaves at one edge enters at the other: MNIST's outermost pixels are background.
        return tf.roll(tf.gather(images, index), move, axis=(1, 2)), tf.gather(labels, index)

    if training_set.augment or config.recipe.random_shift:
        seeds = tf.data.Dataset.random(seed=config.seed, rerandomize_each_iteration=True)
        order = tf.data.Dataset.zip(order, seeds)
    make = partial(_changed_batch, training_set) if training_set.augment else gather
    pairs = order.map(shift if config.recipe.random_shift else make)
    for _ in range(skip_shuffles):
        iter(order)  # shuffles
    return pairs.map(_as_input).prefetch(tf.data.AUTOTUNE)


def _changed_batch(
    training_set: TrainingSet, numbers: tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    images, labels = tf.numpy_function(
        training_set.batch, [numbers, seed], (tf.uint8, tf.int32), stateful=False
    )
    images.set_shape((None, 28, 28))
    labels.set_shape((None,))
    return images, labels


def _as_input(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(images, tf.float32)[..., None] / 255.0, labels


def evaluation_batches(digits: Digits) -> tf.data.Dataset:
    """All of `digits` in their order, EVALUATION_BATCH at a time."""
    arrays = (scaled(digits.images), digits.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(arrays).batch(EVALUATION_BATCH)
