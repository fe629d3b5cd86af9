"""One trained network, ready to answer: probabilities, and what every layer made of an image."""

import keras
import numpy as np

from cnn.arithmetic.layer_info import LayerOutput
from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import scaled
from cnn.models.network import build_network, summarise_layers
from cnn.runs.run import Run, RunError


class Recognizer:
    """The network of one run at one epoch. Nothing changes it, so all visitors can share it."""

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.layers = summarise_layers(network)
        # A second model on the same tensors: the network itself is never changed to look inside.
        self._inside = keras.Model(network.inputs, [layer.output for layer in network.layers])
        self._features = keras.Model(network.inputs, network.layers[-2].output)
        self.activations(np.zeros(IMAGE_SHAPE, np.uint8))  # compiled now, not at the first stroke
        self.probabilities(np.zeros((1, *IMAGE_SHAPE), np.uint8))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 -> (n, 10) float32: how sure the network is of each digit, sum 1."""
        return self.network.predict_on_batch(scaled(images))

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 -> (n, units) float32: the last hidden layer's output for each."""
        return self._features.predict_on_batch(scaled(images))

    def activations(self, image: np.ndarray) -> list[LayerOutput]:
        """(28, 28) uint8 -> every layer's output for it, in order; the last are probabilities."""
        outputs = self.all_activations(image[None])
        return [
            LayerOutput(layer, values[0])
            for layer, values in zip(self.layers, outputs, strict=True)
        ]

    def all_activations(self, images: np.ndarray) -> list[np.ndarray]:
        """(n, 28, 28) uint8 -> every layer's output, (n, h, w, channels) or (n, units) float32."""
        return self._inside.predict_on_batch(scaled(images))

    def weights(self, name: str) -> list[np.ndarray]:
        """The arrays of the layer `name`, kernel before bias, float32; none where it learns none.

        A convolution's kernel is (height, width, channels in, maps), a dense layer's (in, units).
        """
        return self.network.get_layer(name).get_weights()


def load_recognizer(run: Run, epoch: int | None = None) -> Recognizer:
    """The network of `run` after `epoch`, by default the last whose weights are there.

    Raises RunError where the weights are missing, damaged, or another network's.
    """
    return Recognizer(trained_network(run, epoch))


def trained_network(run: Run, epoch: int | None = None) -> keras.Sequential:
    """The compiled network of `run` with its weights after `epoch`; as `load_recognizer` else."""
    if epoch is None:
        epoch = run.last_saved_epoch
    network = build_network(run.config)
    load_weights(network, run, epoch)
    return network


def load_weights(network: keras.Model, run: Run, epoch: int) -> list[np.ndarray]:
    """Give `network` the weights of `run` after `epoch`; returns them, as `Run.weights` does.

    Raises RunError if they are missing, damaged, or another network's.
    """
    weights = run.weights(epoch)
    try:
        network.set_weights(weights)
    except ValueError:
        raise RunError(
            f"Run {run.id}: the weights of epoch {epoch} do not fit its network."
        ) from None
    return weights
