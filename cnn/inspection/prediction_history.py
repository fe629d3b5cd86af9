"""The predictions of a network after each epoch of its training."""

import numpy as np
import tensorflow as tf

from cnn.data.mnist import scaled
from cnn.inspection.recognizer import load_weights
from cnn.models.network import build_network
from cnn.runs.run import Run

MAX_EPOCHS = 25  # of more epochs, a selection at even distances


class PredictionHistory:
    """The network of one run after each of its `epochs`: one network, called with other weights.

    It is never changed, so visitors can share it without waiting for each other.
    """

    def __init__(self, run: Run) -> None:
        """Load the weights. Raises RunError if they are missing, damaged or do not fit."""
        saved = run.saved_epochs()
        chosen = np.linspace(0, len(saved) - 1, min(len(saved), MAX_EPOCHS)).round().astype(int)
        self.epochs = [saved[i] for i in np.unique(chosen)]
        self._network = build_network(run.config)
        self._weights = [self._load(run, epoch) for epoch in self.epochs]
        self._predict = tf.function(self._network_with)

    def _load(self, run: Run, epoch: int) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Return the trainable and the other variables of the network after `epoch`."""
        load_weights(self._network, run, epoch)
        kinds = self._network.trainable_variables, self._network.non_trainable_variables
        return tuple([tf.constant(each.numpy()) for each in kind] for kind in kinds)

    def _network_with(
        self, weights: tuple[list[tf.Tensor], list[tf.Tensor]], images: tf.Tensor
    ) -> tf.Tensor:
        return self._network.stateless_call(*weights, images, training=False)[0]

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """(28, 28) uint8 -> (epochs, 10) float32: the probabilities after each of `epochs`."""
        images = tf.constant(scaled(image[None]))
        return np.array([self._predict(weights, images)[0] for weights in self._weights])
