"""Fits a network with little beside the arithmetic: many steps in one call of TensorFlow.

Keras's `fit` has Python and an input pipeline take part in each step, and on a few processors they
take their time from the arithmetic. Here the digits lie in the graph, which picks each batch by
itself. Knows TensorFlow only.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from cnn.config import QUICK_STEPS, TrainingConfig
from cnn.material import Material


def fit_quickly(
    network: keras.Sequential,
    material: Material,
    config: TrainingConfig,
    done: int,
    callback: keras.callbacks.Callback,
) -> None:
    """Fit the compiled `network` on `material` after the first `done` epochs, as `fit` would.

    `callback` hears of the beginning, of each epoch, and of each QUICK_STEPS batches.
    """
    pick = picker(material, config.batch_size)
    network.optimizer.build(network.trainable_variables)

    @tf.function
    def take_steps(order, moves, first, end):
        for step in tf.range(first, end):
            network.train_step(pick(order, moves, step))

    callback.set_model(network)
    callback.on_train_begin()
    for epoch in range(done, config.epochs):
        order, moves = (tf.constant(each) for each in epoch_plan(config, epoch))
        network.reset_metrics()
        callback.on_epoch_begin(epoch)
        for first in range(0, config.steps_per_epoch, QUICK_STEPS):
            end = min(first + QUICK_STEPS, config.steps_per_epoch)
            take_steps(order, moves, tf.constant(first), tf.constant(end))
            callback.on_train_batch_end(end - 1)
        figures = {name: float(value) for name, value in network.get_metrics_result().items()}
        callback.on_epoch_end(epoch, figures)


def epoch_plan(config: TrainingConfig, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """What `epoch` (from 0) shows: the order of the pictures, and how far each batch is moved.

    (images,) int32, and (steps, 2) int32: pixels down and to the right, -1 to 1, or 0 where the
    recipe nudges nothing. Seed and epoch decide them.
    """
    rng = np.random.default_rng((config.seed, epoch))
    order = rng.permutation(config.images_per_epoch).astype(np.int32)
    moves = rng.integers(-1, 2, (config.steps_per_epoch, 2), np.int32)
    return order, moves * config.recipe.nudges


def picker(material: Material, batch_size: int) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """The function that picks a step's batch by an epoch's order and moves, within a graph.

    It returns images (n, 28, 28, 1) float32 in [0, 1], and labels (n,) int32.
    """
    images, labels = tf.constant(material.images), tf.constant(material.labels)

    def pick(order, moves, step):
        chosen = order[step * batch_size : (step + 1) * batch_size]
        # What leaves at one edge comes in at the other: MNIST's outer pixels are ground.
        moved = tf.roll(tf.gather(images, chosen), moves[step], axis=(1, 2))
        return tf.cast(moved, tf.float32)[..., None] / 255.0, tf.gather(labels, chosen)

    return pick
