"""A trained network with its pooling exchanged: the same weights, other summaries of windows."""

import keras
import numpy as np
from keras import layers

from cnn.data.mnist import Digits, scaled
from cnn.models.network import POOLING_LAYERS

CHUNK = 250  # digits read at once: a stroke meanwhile waits for no more than these


def replace_pooling(
    network: keras.Sequential, kind: str, factors: dict[str, float] | None = None
) -> keras.Sequential:
    """A copy of `network` in which every pooling is of `kind`, one of "max", "average", "sum".

    Windows, strides and padding stay, and so do the weights: nothing is trained. `factors` says for
    each pooling, by its name, what its output is multiplied by; by default nothing is. Pooling is
    recognised as Keras's MaxPooling2D or AveragePooling2D, or cnn.models.layers.SumPooling2D.
    """
    swapped = keras.Sequential([keras.Input(network.input_shape[1:])], name=f"with_{kind}")
    for layer in network.layers:
        like = POOLING_LAYERS[kind] if is_pooling(layer) else type(layer)
        swapped.add(like.from_config(layer.get_config()))
        if is_pooling(layer) and factors:
            swapped.add(layers.Rescaling(factors[layer.name], name=f"{layer.name}_scaled"))
    swapped.set_weights(network.get_weights())
    return swapped


def is_pooling(layer: keras.layers.Layer) -> bool:
    """Whether `layer` is one that can be exchanged."""
    return isinstance(layer, tuple(POOLING_LAYERS.values()))


def pooling_factors(network: keras.Sequential, kind: str, images: np.ndarray) -> dict[str, float]:
    """What brings pooling of `kind` back to the scale that `network` was trained with, by layer.

    A sum of k · k cells is k² times their average, so between these two the factor is k² or 1 / k²,
    whatever the maps; where "same" padding leaves cells out, that holds away from the edge. Between
    max and the others it depends on the maps: it is the mean of what the layer gives for `images`,
    (n, 28, 28) uint8, over the mean of what the other pooling makes of the same input. Where that
    mean is 0, the factor is 1.
    """
    poolings = [layer for layer in network.layers if is_pooling(layer)]
    if not poolings:
        return {}
    ends = [(layer.input, layer.output) for layer in poolings]
    seen = keras.Model(network.inputs, ends).predict_on_batch(scaled(images))
    factors = {}
    for layer, (inputs, outputs) in zip(poolings, seen, strict=True):
        other = POOLING_LAYERS[kind].from_config(layer.get_config())
        factors[layer.name] = _exact_factor(layer, other) or _ratio(
            np.mean(outputs, dtype=np.float64),
            np.mean(np.asarray(other(inputs)), dtype=np.float64),
        )
    return factors


def _exact_factor(layer: keras.layers.Layer, other: keras.layers.Layer) -> float | None:
    """k² or 1 / k² between sum and average, 1 between two of a kind; None where maps decide."""
    cells = layer.pool_size[0] * layer.pool_size[1]
    sizes = {POOLING_LAYERS["average"]: 1.0, POOLING_LAYERS["sum"]: float(cells)}
    if type(layer) is type(other):
        return 1.0
    if type(layer) in sizes and type(other) in sizes:
        return sizes[type(layer)] / sizes[type(other)]
    return None


def _ratio(wanted: float, found: float) -> float:
    return float(wanted / found) if found else 1.0


def accuracy_on(network: keras.Model, digits: Digits) -> float:
    """The share of `digits` that `network` reads right, 0 to 1."""
    right = 0
    for first in range(0, len(digits.labels), CHUNK):
        images, labels = (each[first : first + CHUNK] for each in digits)
        right += int((network.predict_on_batch(scaled(images)).argmax(axis=1) == labels).sum())
    return right / len(digits.labels)
