"""What one network said after each epoch of its training."""

import threading

import numpy as np

from cnn.data.mnist import scaled
from cnn.inspection.recognizer import load_weights
from cnn.models.network import build_network
from cnn.runs.run import Run

MOST_EPOCHS = 25  # as many as are asked of each drawing; of more, some evenly spread


class PredictionHistory:
    """The network of one run at each of its epochs: one network, with the weights exchanged."""

    def __init__(self, run: Run) -> None:
        """Raises cnn.runs.run.RunError where weights are missing, damaged, or another network's."""
        saved = run.saved_epochs()
        chosen = np.linspace(0, len(saved) - 1, min(len(saved), MOST_EPOCHS)).round().astype(int)
        self.epochs = [saved[i] for i in np.unique(chosen)]
        self._network = build_network(run.config)
        self._weights = [load_weights(self._network, run, epoch) for epoch in self.epochs]
        self._lock = threading.Lock()

    def probabilities(self, image: np.ndarray) -> np.ndarray:
        """(28, 28) uint8 -> (epochs, 10) float32: what it said to it after each of `epochs`."""
        said = []
        for weights in self._weights:
            # One at a time, and only so long: another visitor's drawing is asked in between.
            with self._lock:
                self._network.set_weights(weights)
                said.append(self._network.predict_on_batch(scaled(image[None]))[0])
        return np.array(said)
