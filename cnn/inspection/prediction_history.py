"""The predictions of a network after each epoch of its training."""

import threading

import numpy as np

from cnn.data.mnist import scaled
from cnn.inspection.recognizer import load_weights
from cnn.models.network import build_network
from cnn.runs.run import Run

MAX_EPOCHS = 25  # of more epochs, a selection at even distances


class PredictionHistory:
    """The network of one run after each of its `epochs`: one network, with changing weights."""

    def __init__(self, run: Run) -> None:
        """Load the weights. Raises RunError if they are missing, damaged or do not fit."""
        saved = run.saved_epochs()
        chosen = np.linspace(0, len(saved) - 1, min(len(saved), MAX_EPOCHS)).round().astype(int)
        self.epochs = [saved[i] for i in np.unique(chosen)]
        self._network = build_network(run.config)
        self._weights = [load_weights(self._network, run, epoch) for epoch in self.epochs]
        self._lock = threading.Lock()

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """(28, 28) uint8 -> (epochs, 10) float32: the probabilities after each of `epochs`."""
        probabilities = []
        for weights in self._weights:
            # Locked for one epoch at a time, so that other visitors' drawings come in between.
            with self._lock:
                self._network.set_weights(weights)
                probabilities.append(self._network.predict_on_batch(scaled(image[None]))[0])
        return np.array(probabilities)
