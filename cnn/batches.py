"""Keras's input pipelines: batches of digits, as a network takes them."""

from functools import partial

import numpy as np
import tensorflow as tf  # its input pipeline feeds every Keras backend

from cnn.config import TrainingConfig
from cnn.material import Material
from cnn.mnist import Digits, scaled

EVALUATION_BATCH = 500
# Keras's fit draws an order when an epoch begins and, for nothing, another one when it ends. Of a
# version that draws fewer, what is resumed has other orders than it would have had, but no old one.
ORDERS_AN_EPOCH = 2


def shuffled_batches(
    material: Material, config: TrainingConfig, orders_drawn: int = 0
) -> tf.data.Dataset:
    """All of `material`, in a new order each epoch, that only the seed decides.

    The first order is the one after as many as were drawn before.

    Shuffling numbers and gathering each batch's images by them moves far fewer bytes than
    shuffling images; pixels stay uint8 until their batch is made.
    """
    count = len(material.images)
    numbers = tf.data.Dataset.range(count).shuffle(count, seed=config.seed).batch(config.batch_size)
    if material.change is None:
        order = numbers
        images, labels = tf.constant(material.images), tf.constant(material.labels)
        pairs = numbers.map(lambda index: (tf.gather(images, index), tf.gather(labels, index)))
    else:
        seeds = tf.data.Dataset.random(seed=config.seed, rerandomize_each_iteration=True)
        order = tf.data.Dataset.zip(numbers, seeds)
        pairs = order.map(partial(_changed_batch, material))
    for _ in range(orders_drawn):
        iter(order)  # draws one
    return pairs.map(_as_input).prefetch(tf.data.AUTOTUNE)


def _changed_batch(
    material: Material, numbers: tf.Tensor, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    images, labels = tf.numpy_function(
        material.batch, [numbers, seed], (tf.uint8, tf.int32), stateful=False
    )
    images.set_shape((None, 28, 28))
    labels.set_shape((None,))
    return images, labels


def _as_input(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(images, tf.float32)[..., None] / 255.0, labels


def plain_batches(digits: Digits) -> tf.data.Dataset:
    """All of `digits` in their order, EVALUATION_BATCH at a time."""
    arrays = (scaled(digits.images), digits.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(arrays).batch(EVALUATION_BATCH)
