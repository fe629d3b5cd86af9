"""Training, calibration and evaluation of one network. Only callbacks read and write files."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from cnn.backends import DEFAULT
from cnn.config import TrainingConfig
from cnn.constants import HELD_OUT_DIGITS
from cnn.data.mnist import Digits
from cnn.data.training_set import add_corrections, build_training_set
from cnn.evaluation.calibration import (
    MOST_OWN_THRESHOLD,
    Calibration,
    apply_temperature,
    find_reject_threshold,
    fit_temperature,
)
from cnn.models.compiling import offset_schedule
from cnn.models.embedding import comparison_model
from cnn.models.first_weights import first_weights
from cnn.models.losses import BatchLosses, DigitAccuracy
from cnn.models.network import build_network, random_states
from cnn.runs.checkpoints import Checkpoint
from cnn.training.input_pipeline import (
    SHUFFLES_PER_EPOCH,
    EpochBatches,
    evaluation_batches,
    shuffled_batches,
)


@dataclass(frozen=True)
class FineTuning:
    """The weights that a fine-tuning starts from, and the corrections added to its digits."""

    weights: list[np.ndarray]  # in the order of `get_weights`
    corrections: Digits
    held_out: bool  # whether the weights were never trained on the last training digits


def train(
    config: TrainingConfig,
    training: Digits,
    validation: Digits,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    fine_tuning: FineTuning | None = None,
    checkpoint: Checkpoint | None = None,
    precision: str = "float32",
) -> keras.Sequential:
    """Train the network of `config` on the first `config.limit` digits of `training`.

    Returns the trained network, which computes in float32. With `precision` "bfloat16", the steps
    are computed in mixed precision; val_loss and val_accuracy are those of the float32 network.

    With `checkpoint`, training continues after its epoch with the optimizer's state, the data order
    and the learning rate of the next epoch; the result differs from an uninterrupted training only
    by rounding. If `config` has more epochs than the checkpointed training, a one-cycle learning
    rate follows the cycle over all epochs.

    Callbacks find loss, accuracy, val_loss and val_accuracy in the logs of an epoch, and
    `batch_losses`, the result of BatchLosses, in those of a step.
    """
    keras.utils.set_random_seed(config.seed)
    network = build_network(config)
    fitted = _compile(network, config, precision)
    evaluated = _compile_embedding(network, config) if config.recipe.embedding else network
    training_set = build_training_set(config, training)
    epochs_done = checkpoint.epoch if checkpoint else 0
    if fine_tuning:
        training_set = add_corrections(training_set, fine_tuning.corrections)
    fitted.set_weights(fine_tuning.weights if fine_tuning else first_weights(network))
    if checkpoint:
        restore(fitted, config, checkpoint)
    if config.backend == DEFAULT:
        batches = shuffled_batches(training_set, config, epochs_done * SHUFFLES_PER_EPOCH)
    else:
        batches = EpochBatches(training_set, config)
        begin = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, _: batches.set_epoch(epoch)
        )
        callbacks = [begin, *callbacks]
    fitted.fit(
        batches,
        epochs=config.epochs,
        initial_epoch=epochs_done,
        shuffle=False,  # the input pipeline shuffles
        callbacks=[Validation(evaluated, validation), *callbacks],
        verbose=0,
    )
    network.set_weights(fitted.get_weights())
    return network


def _compile(network: keras.Sequential, config: TrainingConfig, precision: str) -> keras.Sequential:
    """Return the network to fit: `network` itself or, in bfloat16, a copy in mixed precision.

    For comparison, it is a model on the same layers that also returns the vectors.
    """
    fitted = network if precision == "float32" else build_network(config, precision)
    if config.recipe.embedding:
        return _compile_embedding(fitted, config)
    accuracy = DigitAccuracy() if config.has_non_digits else "accuracy"
    fitted.compile(
        optimizer=fitted.optimizer,
        loss=fitted.loss,
        metrics=[accuracy, BatchLosses(config.steps_per_execution)],
        steps_per_execution=config.steps_per_execution,
    )
    return fitted


def _compile_embedding(network: keras.Sequential, config: TrainingConfig) -> keras.Model:
    """Return `network` with its vectors as an output, compiled with the loss of comparison."""
    fitted, loss = comparison_model(network)
    fitted.compile(
        optimizer=network.optimizer,
        loss=loss,
        metrics=[DigitAccuracy(len(config.classes)), BatchLosses(config.steps_per_execution, loss)],
        steps_per_execution=config.steps_per_execution,
    )
    return fitted


def restore(network: keras.Sequential, config: TrainingConfig, checkpoint: Checkpoint) -> None:
    """Set `network` to `checkpoint`, and its optimizer and Dropout, if it has their states."""
    network.set_weights(checkpoint.weights)
    if checkpoint.optimizer is not None:
        network.optimizer.build(network.trainable_variables)
        for variable, array in zip(network.optimizer.variables, checkpoint.optimizer, strict=True):
            variable.assign(array)
    for state, array in zip(random_states(network), checkpoint.random, strict=False):
        state.assign(array)
    offset_schedule(network, config, checkpoint.epoch * config.steps_per_epoch)


class Validation(keras.callbacks.Callback):
    """Adds val_loss and val_accuracy to the logs of each epoch, as `fit(validation_data=...)` does.

    They are those of `network`, which computes in float32, with the weights of the fitted network;
    for comparison, val_loss includes the loss of the vectors, as the training loss does.
    """

    def __init__(self, network: keras.Sequential, digits: Digits) -> None:
        super().__init__()
        self._network, self._batches = network, evaluation_batches(digits)

    def on_epoch_end(self, epoch, logs=None):
        """Evaluate the network after `epoch`."""
        self._network.set_weights(self.model.get_weights())
        metrics = self._network.evaluate(self._batches, return_dict=True, verbose=0)
        logs.update({f"val_{name}": metrics[name] for name in ("loss", "accuracy")})


def calibrate(
    network: keras.Sequential,
    config: TrainingConfig,
    training: Digits,
    fine_tuning: FineTuning | None = None,
) -> Calibration:
    """Calibrate `network` on as many digits as are held out, after the first `config.limit`.

    If the training used all digits, they are the last of those, and the measured confidence is
    slightly too high. If the training set has non-digits, the weights of the last layer are divided
    by the fitted temperature (see `calibration`), which changes no prediction.
    """
    count = HELD_OUT_DIGITS if config.dataset.is_mnist else config.dataset.held_out
    last_digits = max(0, len(training.images) - count)
    first = last_digits if fine_tuning else min(config.limit, last_digits)
    held_out = first >= config.limit and (fine_tuning is None or fine_tuning.held_out)
    digits = Digits(*(array[first : first + count] for array in training))
    probabilities = network.predict(evaluation_batches(digits), verbose=0)
    temperature = 1.0
    if config.has_non_digits:
        temperature = fit_temperature(probabilities, digits.labels)
        probabilities = apply_temperature(probabilities, temperature)
        last = network.layers[-1]
        last.set_weights([array / temperature for array in last.get_weights()])
    threshold = find_reject_threshold(probabilities)
    if not config.dataset.is_mnist:
        threshold = min(threshold, MOST_OWN_THRESHOLD)
    return Calibration(temperature, threshold, len(digits.labels), held_out)


def evaluate(network: keras.Model, digits: Digits) -> dict[str, float]:
    """Return the mean `loss` and the `accuracy`, 0 to 1, of `network` on all of `digits`.

    The loss is that of the probabilities, also of a network trained for comparison.
    """
    metrics = network.evaluate(evaluation_batches(digits), return_dict=True, verbose=0)
    return {name: float(metrics[name]) for name in ("loss", "accuracy")}
