"""Replacing the pooling of a trained network, with the same weights."""

import keras
import numpy as np
from keras import layers

from cnn.data.mnist import Digits, scaled
from cnn.models.network import POOLING_LAYERS

POOLING_TYPES = tuple(POOLING_LAYERS.values())
CHUNK = 250  # digits per call of the network: the longest that another request waits


def replace_pooling(
    network: keras.Sequential, kind: str, factors: dict[str, float] | None = None
) -> keras.Sequential:
    """Return a copy of `network` with every pooling replaced by `kind`: "max", "average" or "sum".

    Windows, strides, padding and weights stay; nothing is trained. `factors` gives, by the name of
    a pooling layer, what its output is multiplied by; by default nothing is.
    """
    replaced = keras.Sequential([keras.Input(network.input_shape[1:])], name=f"with_{kind}")
    for layer in network.layers:
        layer_type = POOLING_LAYERS[kind] if isinstance(layer, POOLING_TYPES) else type(layer)
        replaced.add(layer_type.from_config(layer.get_config()))
        if isinstance(layer, POOLING_TYPES) and factors:
            replaced.add(layers.Rescaling(factors[layer.name], name=f"{layer.name}_scaled"))
    replaced.set_weights(network.get_weights())
    return replaced


def pooling_factors(network: keras.Sequential, kind: str, images: np.ndarray) -> dict[str, float]:
    """Return by layer the factor that brings pooling of `kind` to the scale of the trained one.

    A sum of k · k cells is k² times their average, so between these two the factor is k² or 1 / k²
    ("same" padding differs at the edge). Between max and the others it depends on the maps: the
    mean output of the layer for `images`, (n, 28, 28) uint8, over that of the other pooling for the
    same input. The factor is 1 if that mean is 0.
    """
    poolings = [layer for layer in network.layers if isinstance(layer, POOLING_TYPES)]
    if not poolings:
        return {}
    ends = [end for layer in poolings for end in (layer.input, layer.output)]
    activations = keras.Model(network.inputs, ends).predict_on_batch(scaled(images))
    factors = {}
    pairs = zip(activations[::2], activations[1::2], strict=True)
    for layer, (inputs, outputs) in zip(poolings, pairs, strict=True):
        other = POOLING_LAYERS[kind].from_config(layer.get_config())
        scales = [_scale(layer), _scale(other)]
        if type(layer) is type(other):
            scales = [1.0, 1.0]
        elif None in scales:
            scales = [np.asarray(each, np.float64).mean() for each in (outputs, other(inputs))]
        factors[layer.name] = float(scales[0] / scales[1]) if scales[1] else 1.0
    return factors


def _scale(layer: keras.layers.Layer) -> float | None:
    """Return the output of a pooling over ones, if it is linear; None for max."""
    cells = layer.pool_size[0] * layer.pool_size[1]
    return {POOLING_LAYERS["average"]: 1.0, POOLING_LAYERS["sum"]: float(cells)}.get(type(layer))


def accuracy_on(network: keras.Model, digits: Digits) -> float:
    """Return the accuracy of `network` on `digits`, 0 to 1."""
    chunks = np.split(digits.images, range(CHUNK, len(digits.images), CHUNK))
    predicted = [network.predict_on_batch(scaled(chunk)).argmax(axis=1) for chunk in chunks]
    return float(np.mean(np.concatenate(predicted) == digits.labels))
