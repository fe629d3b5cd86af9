"""Fits one network, and tells a listener how it goes. Knows no files and no screen."""

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf  # for its input pipeline, which feeds every Keras backend
from keras import ops

from cnn.config import TrainingConfig
from cnn.mnist import Digits, scaled
from cnn.network import build_network

EVALUATION_BATCH = 500


class TrainingStopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The listener asked for an end; what was reported until then stands."""


class TrainingDiverged(RuntimeError):  # noqa: N818 - named as TrainingStopped is
    """The loss left the numbers; the message says what to change."""


class Listener(Protocol):
    """What `train` reports to."""

    def on_weights(self, epoch: int, arrays: list[np.ndarray]) -> None:
        """The network's arrays after `epoch`; epoch 0 comes before the first step."""

    def on_batch(self, step: int, loss: float, elapsed_s: float) -> None:
        """Step `step` (from 1, counted through all epochs) had this mean loss over its batch."""

    def on_epoch(self, epoch: int, figures: dict[str, float], elapsed_s: float) -> None:
        """After `epoch`: loss, accuracy (means over it), val_loss and val_accuracy (after it)."""


@keras.saving.register_keras_serializable(package="cnn")
class BatchLoss(keras.metrics.Metric):
    """The loss of the latest batch alone; Keras's own "loss" is the mean since the epoch began."""

    def __init__(self, name: str = "batch_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.latest = self.add_variable(shape=(), initializer="zeros", name="latest")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Labels (n,) and probabilities (n, 10): the mean of -ln(probability of the label)."""
        losses = keras.losses.sparse_categorical_crossentropy(y_true, y_pred)
        self.latest.assign(ops.mean(losses))

    def result(self):
        """The latest batch's mean loss, a scalar."""
        return self.latest


def train(
    config: TrainingConfig,
    training: Digits,
    test: Digits,
    listener: Listener,
    should_stop: Callable[[], bool] = lambda: False,
) -> keras.Sequential:
    """Fit the network of `config` on the first `config.limit` digits of `training`; returns it.

    The test digits serve as validation, as in the notebook; nothing is chosen by them. Raises
    TrainingStopped soon after `should_stop()` turns true, TrainingDiverged where the loss is no
    number any more.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(config)
    network.compile(
        optimizer=network.optimizer, loss=network.loss, metrics=["accuracy", BatchLoss()]
    )
    listener.on_weights(0, network.get_weights())
    network.fit(
        _shuffled_batches(training, config),
        epochs=config.epochs,
        shuffle=False,  # the input pipeline does that
        validation_data=_batches(test),
        callbacks=[_Report(config, listener, should_stop)],
        verbose=0,
    )
    return network


def evaluate(network: keras.Model, digits: Digits) -> dict[str, float]:
    """The mean `loss` and the `accuracy`, 0 to 1, of `network` on all of `digits`."""
    figures = network.evaluate(_batches(digits), return_dict=True, verbose=0)
    return {name: float(figures[name]) for name in ("loss", "accuracy")}


def _shuffled_batches(digits: Digits, config: TrainingConfig) -> tf.data.Dataset:
    """The first `config.limit` digits, in a new order each epoch, that only the seed decides.

    Shuffling numbers and gathering each batch's images by them moves far fewer bytes than
    shuffling images; pixels stay uint8 until their batch is made.
    """
    images, labels = digits.images[: config.limit], digits.labels[: config.limit].astype(np.int32)
    numbers = tf.data.Dataset.range(config.limit).shuffle(config.limit, seed=config.seed)
    return (
        numbers.batch(config.batch_size)
        .map(lambda index: _gather(tf.constant(images), tf.constant(labels), index))
        .prefetch(tf.data.AUTOTUNE)
    )


def _gather(images: tf.Tensor, labels: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    chosen = tf.cast(tf.gather(images, index), tf.float32)[..., None] / 255.0
    return chosen, tf.gather(labels, index)


def _batches(digits: Digits) -> tf.data.Dataset:
    arrays = (scaled(digits.images), digits.labels.astype(np.int32))
    return tf.data.Dataset.from_tensor_slices(arrays).batch(EVALUATION_BATCH)


class _Report(keras.callbacks.Callback):
    """Turns Keras's callbacks into the listener's, and ends the fit where that is asked for."""

    def __init__(
        self, config: TrainingConfig, listener: Listener, should_stop: Callable[[], bool]
    ) -> None:
        super().__init__()
        self.config, self.listener, self.should_stop = config, listener, should_stop
        self.step = 0

    def on_train_begin(self, logs=None):
        self.began_s = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        loss = float(logs["batch_loss"])
        if not math.isfinite(loss):
            raise self._diverged()
        self.listener.on_batch(self.step, loss, time.perf_counter() - self.began_s)
        self._stop_if_asked()

    def on_test_batch_end(self, batch, logs=None):
        self._stop_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        if not math.isfinite(logs["val_loss"]):
            raise self._diverged()
        self.listener.on_weights(epoch + 1, self.model.get_weights())
        self.listener.on_epoch(epoch + 1, logs, time.perf_counter() - self.began_s)

    def _diverged(self):
        return TrainingDiverged(
            f"The loss stopped being a number in step {self.step}: the steps are too large. "
            f"Train again with a learning rate below {self.config.learning_rate:g}."
        )

    def _stop_if_asked(self):
        if self.should_stop():
            raise TrainingStopped
