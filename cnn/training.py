"""Fits one network, and tells a listener how it goes. Knows no files and no screen."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import keras
import numpy as np

from cnn.batches import ORDERS_AN_EPOCH, plain_batches, shuffled_batches
from cnn.calibration import Calibration, fit_temperature, least_sureness, soften
from cnn.checkpoints import Checkpoint
from cnn.config import TrainingConfig
from cnn.losses import BatchLosses, DigitAccuracy
from cnn.material import gather_material, with_lessons
from cnn.mnist import Digits
from cnn.network import build_network, set_steps_done
from cnn.quick import fit_quickly

CALIBRATION_DIGITS = 5_000


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

    def on_calibration(self, calibration: Calibration) -> None:
        """After the last epoch: how far the network's probabilities can be believed."""

    def on_epoch(self, epoch: int, figures: dict[str, float], elapsed_s: float) -> None:
        """After `epoch`: loss, accuracy (means over it), val_loss and val_accuracy (after it)."""


class Unheard:
    """A listener that does nothing."""

    def on_weights(self, epoch: int, arrays: list[np.ndarray]) -> None:
        """As Listener's."""

    def on_batch(self, step: int, loss: float, elapsed_s: float) -> None:
        """As Listener's."""

    def on_calibration(self, calibration: Calibration) -> None:
        """As Listener's."""

    def on_epoch(self, epoch: int, figures: dict[str, float], elapsed_s: float) -> None:
        """As Listener's."""


@dataclass(frozen=True)
class Start:
    """What a training goes on from: a network's arrays, and what it is to be taught beside."""

    weights: list[np.ndarray]
    lessons: Digits
    held_out: bool  # whether that network never learned from the last of the training digits


def train(
    config: TrainingConfig,
    training: Digits,
    test: Digits,
    listener: Listener,
    should_stop: Callable[[], bool] = lambda: False,
    start: Start | None = None,
    checkpoint: Checkpoint | None = None,
    keep: Callable[[Checkpoint], None] | None = None,
    precision: str = "float32",
) -> keras.Sequential:
    """Fit the network of `config` on the first `config.limit` digits of `training`; returns it.

    With `start` it goes on from given weights, and learns given lessons too.
    `keep` gets, after each epoch has been reported, what a later call needs as its `checkpoint` to
    go on there: with the optimiser as it was, the order of the digits and the learning rate of the
    next epoch, and steps and seconds counted on. What differs from a training in one go is then
    only the rounding of parallel sums. Where `config` has more epochs than the call before, a
    learning rate that follows one cycle follows that of all epochs together: from 0, where it had
    ended, it leaps to the height that the longer cycle has at that step, and falls to 0 again.
    With `precision` "bfloat16" the steps are computed in it; all figures but the losses and the
    accuracy on the training digits are those of the same weights in float32.
    The test digits serve as validation, as in the notebook; nothing is chosen by them. Raises
    TrainingStopped soon after `should_stop()` turns true, TrainingDiverged where the loss is no
    number any more.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(config)
    losses = BatchLosses(config.steps_at_once)
    learner = _learner(network, config, precision, losses)
    material = gather_material(config, training)
    if start:
        material = with_lessons(material, start.lessons)
    learner.set_weights(start.weights if start else network.get_weights())
    done = checkpoint.epoch if checkpoint else 0
    if checkpoint:
        _restore(learner, config, checkpoint)
    else:
        listener.on_weights(0, learner.get_weights())
    report = _Report(network, test, losses, config, listener, should_stop, checkpoint, keep)
    if config.recipe.quick:
        fit_quickly(learner, material, config, done, report)
    else:
        learner.fit(
            shuffled_batches(material, config, done * ORDERS_AN_EPOCH),
            epochs=config.epochs,
            initial_epoch=done,
            shuffle=False,  # the input pipeline does that
            callbacks=[report],
            verbose=0,
        )
    network.set_weights(learner.get_weights())
    listener.on_calibration(_calibrate(network, config, training, start))
    if config.recipe.hands:
        listener.on_weights(config.epochs, network.get_weights())
    return network


def _learner(
    network: keras.Sequential, config: TrainingConfig, precision: str, losses: BatchLosses
) -> keras.Sequential:
    """The network that is fitted: `network` itself, or one like it that computes in bfloat16.

    The figures, the weights and the answers of the app are those of `network`, in float32.
    """
    learner = network if precision == "float32" else build_network(config, precision)
    accuracy = DigitAccuracy() if config.recipe.hands else "accuracy"
    learner.compile(optimizer=learner.optimizer, loss=learner.loss, metrics=[accuracy, losses])
    return learner


def _restore(network: keras.Sequential, config: TrainingConfig, checkpoint: Checkpoint) -> None:
    """Make `network` and its optimiser what they were; where that was not kept, it begins anew."""
    network.set_weights(checkpoint.weights)
    if checkpoint.optimiser is not None:
        network.optimizer.build(network.trainable_variables)
        for variable, array in zip(network.optimizer.variables, checkpoint.optimiser, strict=True):
            variable.assign(array)
    set_steps_done(network, config, checkpoint.epoch * config.steps_per_epoch)


def _calibrate(
    network: keras.Sequential, config: TrainingConfig, training: Digits, start: Start | None
) -> Calibration:
    """Measure `network` on digits beyond `config.limit`; cool or heat its last layer by recipe.

    Where all digits were learned from, on the last of them: what it then says of itself is a little
    too good. The notebook's network stays as the notebook would leave it. The temperature changes
    no answer; the losses that were reported before are those without it.
    """
    last_first = max(0, len(training.images) - CALIBRATION_DIGITS)
    first = last_first if start else min(config.limit, last_first)
    held_out = first >= config.limit and (start is None or start.held_out)
    chosen = slice(first, first + CALIBRATION_DIGITS)
    labels = training.labels[chosen]
    probabilities = network.predict(
        plain_batches(Digits(training.images[chosen], labels)), verbose=0
    )
    temperature = 1.0
    if config.recipe.hands:
        temperature = fit_temperature(probabilities, labels)
        probabilities = soften(probabilities, temperature)
        last = network.layers[-1]
        last.set_weights([array / temperature for array in last.get_weights()])
    return Calibration(temperature, least_sureness(probabilities), len(labels), held_out)


def evaluate(network: keras.Model, digits: Digits) -> dict[str, float]:
    """The mean `loss` and the `accuracy`, 0 to 1, of `network` on all of `digits`."""
    figures = network.evaluate(plain_batches(digits), return_dict=True, verbose=0)
    return {name: float(figures[name]) for name in ("loss", "accuracy")}


class _Report(keras.callbacks.Callback):
    """Turns Keras's callbacks into the listener's, validates, and ends the fit where asked to."""

    def __init__(
        self,
        network: keras.Sequential,
        test: Digits,
        losses: BatchLosses,
        config: TrainingConfig,
        listener: Listener,
        should_stop: Callable[[], bool],
        checkpoint: Checkpoint | None,
        keep: Callable[[Checkpoint], None] | None,
    ) -> None:
        super().__init__()
        self.network, self.test, self.losses = network, plain_batches(test), losses
        self.config, self.listener, self.should_stop = config, listener, should_stop
        self.keep = keep
        self.step = checkpoint.epoch * config.steps_per_epoch if checkpoint else 0
        self.earlier_s = checkpoint.elapsed_s if checkpoint else 0.0

    def on_train_begin(self, logs=None):
        self.began_s = time.perf_counter() - self.earlier_s
        self.reported_s = self.earlier_s

    def on_epoch_begin(self, epoch, logs=None):
        self.first_step = self.step

    def on_train_batch_end(self, batch, logs=None):
        losses = self.losses.since(self.step - self.first_step)
        # Of steps that were taken together, nobody knows when each of them ended.
        times_s = np.linspace(self.reported_s, self._elapsed_s(), len(losses) + 1)[1:]
        for loss, elapsed_s in zip(losses.tolist(), times_s.tolist(), strict=True):
            self.step += 1
            if not math.isfinite(loss):
                raise self._diverged()
            self.listener.on_batch(self.step, loss, elapsed_s)
            self.reported_s = elapsed_s
        self._stop_if_asked()

    def on_test_batch_end(self, batch, logs=None):
        self._stop_if_asked()

    def on_epoch_end(self, epoch, logs=None):
        weights = self.model.get_weights()
        self.network.set_weights(weights)
        validation = self._validate()
        if not math.isfinite(validation["loss"]):
            raise self._diverged()
        elapsed_s = self.reported_s = self._elapsed_s()
        self.listener.on_weights(epoch + 1, weights)
        figures = {name: logs[name] for name in ("loss", "accuracy")}
        figures |= {f"val_{name}": validation[name] for name in ("loss", "accuracy")}
        self.listener.on_epoch(epoch + 1, figures, elapsed_s)
        if self.keep:
            optimiser = [
                keras.ops.convert_to_numpy(each) for each in self.model.optimizer.variables
            ]
            self.keep(Checkpoint(epoch + 1, elapsed_s, weights, optimiser))

    def _validate(self):
        ending = keras.callbacks.LambdaCallback(on_test_batch_end=self.on_test_batch_end)
        return self.network.evaluate(self.test, return_dict=True, verbose=0, callbacks=[ending])

    def _elapsed_s(self):
        return time.perf_counter() - self.began_s

    def _diverged(self):
        return TrainingDiverged(
            f"The loss stopped being a number in step {self.step}: the steps are too large. "
            f"Train again with a learning rate below {self.config.learning_rate:g}."
        )

    def _stop_if_asked(self):
        if self.should_stop():
            raise TrainingStopped
