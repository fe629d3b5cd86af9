"""Loss and metrics for digits and non-digits; non-digits have the label -1."""

import keras
from keras import ops


def digit_loss(y_true, y_pred):
    """Cross-entropy: labels (n,) int and probabilities (n, 10) -> (n,) float32, natural logarithm.

    For a digit, -ln p of its label. For a non-digit, the mean of -ln p over all ten classes, which
    is smallest, ln 10, if all are equally likely.
    """
    labels = ops.reshape(y_true, (-1,))
    is_digit = ops.expand_dims(labels >= 0, -1)
    classes = y_pred.shape[-1]
    targets = ops.where(is_digit, ops.one_hot(ops.maximum(labels, 0), classes), 1 / classes)
    return keras.losses.categorical_crossentropy(targets, y_pred)


class DigitAccuracy(keras.metrics.Mean):
    """The share of digits that are classified correctly, 0 to 1; non-digits do not count.

    Only the first `classes` of an output are probabilities, by default all.
    """

    def __init__(self, classes: int | None = None, name: str = "accuracy") -> None:
        super().__init__(name=name)
        self.classes = classes

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add a batch: labels (n,) int, -1 for non-digits, and probabilities (n, 10)."""
        labels = ops.reshape(y_true, (-1,))
        correct = ops.equal(
            ops.cast(ops.argmax(y_pred[:, : self.classes], axis=-1), labels.dtype), labels
        )
        return super().update_state(correct, sample_weight=labels >= 0)


class BatchLosses(keras.metrics.Metric):
    """The losses of the last `size` batches; Keras's own "loss" is the mean over the epoch so far.

    `size` is the number of steps per execution, after which Keras calls its callbacks; `loss`, the
    function that is fitted.
    """

    def __init__(self, size: int = 1, loss=digit_loss) -> None:
        super().__init__(name="batch_losses")
        self.size, self.loss = size, loss
        self.latest = self.add_variable(shape=(size,), initializer="zeros", name="latest")
        self.count = self.add_variable(shape=(), initializer="zeros", dtype="int32", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Store the mean loss of labels (n,) and outputs, such as probabilities (n, 10)."""
        latest = ops.convert_to_tensor(self.latest)  # JAX takes no variables here
        here = ops.equal(ops.arange(self.size), ops.mod(self.count, self.size))
        self.latest.assign(ops.where(here, ops.mean(self.loss(y_true, y_pred)), latest))
        self.count.assign_add(1)

    def result(self):
        """Return (size,) float32: at i modulo `size`, the mean loss of step i of the epoch."""
        return ops.convert_to_tensor(self.latest)
