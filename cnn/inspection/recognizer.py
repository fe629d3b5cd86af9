"""A trained network for inference: probabilities, and the output of every layer."""

import keras
import numpy as np

from cnn.arithmetic.layer_info import LayerOutput
from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import scaled
from cnn.models.network import build_network, summarise_layers
from cnn.runs.run import Run, RunError


class Recognizer:
    """The network of one run at one epoch. It is never changed, so visitors can share it."""

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.layers = summarise_layers(network)
        # Further models on the same tensors: looking inside does not change the network.
        self._all_layers = keras.Model(network.inputs, [layer.output for layer in network.layers])
        self._features = keras.Model(network.inputs, network.layers[-2].output)
        self.activations(np.zeros(IMAGE_SHAPE, np.uint8))  # compile now, not at the first stroke
        self.probabilities(np.zeros((1, *IMAGE_SHAPE), np.uint8))

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 -> (n, 10) float32, which sum to 1."""
        return self.network.predict_on_batch(scaled(images))

    def features(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 -> (n, units) float32: the output of the last hidden layer."""
        return self._features.predict_on_batch(scaled(images))

    def activations(self, image: np.ndarray) -> list[LayerOutput]:
        """(28, 28) uint8 -> the output of every layer, in order; the last are the probabilities."""
        outputs = [values[0] for values in self.all_activations(image[None])]
        return [LayerOutput(*each) for each in zip(self.layers, outputs, strict=True)]

    def all_activations(self, images: np.ndarray) -> list[np.ndarray]:
        """(n, 28, 28) uint8 -> every layer's output, (n, h, w, channels) or (n, units) float32."""
        return self._all_layers.predict_on_batch(scaled(images))

    def weights(self, name: str) -> list[np.ndarray]:
        """Return the float32 arrays of the layer `name`, kernel before bias; empty if it has none.

        The kernel of a convolution is (height, width, channels, maps), of a dense layer (inputs,
        units).
        """
        return self.network.get_layer(name).get_weights()


def load_recognizer(run: Run, epoch: int | None = None) -> Recognizer:
    """Return the network of `run` after `epoch`, by default the last saved one.

    Raises RunError if its weights are missing, damaged or do not fit.
    """
    return Recognizer(trained_network(run, epoch))


def trained_network(run: Run, epoch: int | None = None) -> keras.Sequential:
    """Return the compiled network of `run` after `epoch`, chosen as in `load_recognizer`.

    Raises RunError as that does.
    """
    network = build_network(run.config)
    load_weights(network, run, run.last_saved_epoch if epoch is None else epoch)
    return network


def load_weights(network: keras.Model, run: Run, epoch: int) -> list[np.ndarray]:
    """Set `network` to the weights of `run` after `epoch`, and return them.

    Raises RunError if they are missing, damaged or do not fit.
    """
    weights = run.weights(epoch)
    try:
        network.set_weights(weights)
    except ValueError:
        raise RunError(
            f"Run {run.id}: the weights of epoch {epoch} do not fit its network."
        ) from None
    return weights
