"""Fits a network with little beside the arithmetic: many steps in one call of TensorFlow.

Keras's `fit` has Python and an input pipeline take part in each step, and on a few processors they
take their time from the arithmetic. Here the digits lie in the graph, which picks each batch by
itself. Knows TensorFlow only.
"""

import keras
import numpy as np
import tensorflow as tf

from cnn.config import TrainingConfig
from cnn.material import Material


def fit_quickly(
    network: keras.Sequential,
    material: Material,
    config: TrainingConfig,
    done: int,
    callback: keras.callbacks.Callback,
) -> None:
    """Fit the compiled `network` on `material` after the first `done` epochs, as `fit` would.

    `callback` hears of the beginning, of each epoch, and of each `config.steps_at_once` batches.
    """
    # Arguments of the function below: what it captured would stay in memory for good.
    digits = tf.constant(material.images), tf.constant(material.labels)
    network.optimizer.build(network.trainable_variables)

    @tf.function
    def take_steps(digits, plan, first, end):
        for step in tf.range(first, end):
            network.train_step(pick_batch(*digits, *plan, step, config.batch_size))

    callback.set_model(network)
    callback.on_train_begin()
    for epoch in range(done, config.epochs):
        plan = tuple(tf.constant(each) for each in epoch_plan(config, epoch))
        network.reset_metrics()
        callback.on_epoch_begin(epoch)
        for first in range(0, config.steps_per_epoch, config.steps_at_once):
            end = min(first + config.steps_at_once, config.steps_per_epoch)
            take_steps(digits, plan, tf.constant(first), tf.constant(end))
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


def pick_batch(images, labels, order, moves, step, batch_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The batch of `step` by an epoch's `order` and `moves`, from all digits; within a graph.

    (n, 28, 28) uint8 and (n,) int32 -> (b, 28, 28, 1) float32 in [0, 1] and (b,) int32.
    """
    chosen = order[step * batch_size : (step + 1) * batch_size]
    # What leaves at one edge comes in at the other: MNIST's outer pixels are ground.
    moved = tf.roll(tf.gather(images, chosen), moves[step], axis=(1, 2))
    return tf.cast(moved, tf.float32)[..., None] / 255.0, tf.gather(labels, chosen)
