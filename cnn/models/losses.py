"""Loss and accuracy over digits and non-digits: what is no digit has the label -1."""

from typing import Any

import keras
from keras import ops


def digit_loss(y_true, y_pred):
    """Cross-entropy: labels (n,) int and probabilities (n, 10) -> (n,) float32, natural logarithm.

    For a digit it is -ln(its probability). For a stranger, the mean of -ln(p) over all ten: least,
    ln 10, where they are equally likely.
    """
    labels = ops.reshape(y_true, (-1,))
    is_digit = ops.expand_dims(labels >= 0, -1)
    classes = y_pred.shape[-1]
    wanted = ops.where(is_digit, ops.one_hot(ops.maximum(labels, 0), classes), 1 / classes)
    return keras.losses.categorical_crossentropy(wanted, y_pred)


class DigitAccuracy(keras.metrics.Mean):
    """The share of the digits that are read right; non-digits do not count."""

    def __init__(self, name: str = "accuracy", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Labels (n,) int, -1 for a stranger, and probabilities (n, 10)."""
        labels = ops.reshape(y_true, (-1,))
        right = ops.equal(ops.cast(ops.argmax(y_pred, axis=-1), labels.dtype), labels)
        return super().update_state(right, sample_weight=labels >= 0)


class BatchLosses(keras.metrics.Metric):
    """The loss of each of the latest batches; Keras's own "loss" is the mean since the epoch began.

    It keeps `most` of them: as many as Keras takes steps before it calls its callbacks.
    """

    def __init__(self, most: int = 1, name: str = "batch_losses", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.most = most
        self.latest = self.add_variable(shape=(most,), initializer="zeros", name="latest")
        self.count = self.add_variable(shape=(), initializer="zeros", dtype="int32", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Labels (n,) and probabilities (n, 10): the mean of `digit_loss`."""
        here = ops.equal(ops.arange(self.most), ops.mod(self.count, self.most))
        self.latest.assign(ops.where(here, ops.mean(digit_loss(y_true, y_pred)), self.latest))
        self.count.assign_add(1)

    def result(self):
        """(most,) float32: the mean loss of step i of the epoch, from 0, is at i modulo `most`."""
        return ops.convert_to_tensor(self.latest)
