"""A network and its weights as one array of bytes, for JavaScript: the twin of `network.js`."""

import json
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np

from cnn.networks.arrays import array_shapes, arrays_of
from cnn.networks.layers import Layer, layer_names

LARGEST = 2**15 - 1  # of an integer of 16 bits


def pack_network(layers: Iterable[Layer], weights: list[np.ndarray], key: str) -> bytes:
    """Return the layers with `weights`, in Keras's order, in about 2 bytes a weight.

    In succession: the header, with `key` and the layers' names, arguments and shapes of arrays; and
    for each array a factor for each output channel, float32, and int16, which are the weights
    divided by it, little-endian. With the same two bytes, float16 changes the probabilities 5 to 11
    times as much (benchmarks.live_agreement), as 5 of its bits are the exponent.
    Raises ValueError if the weights do not fit the layers.
    """
    layers = tuple(layers)
    if [each.shape for each in weights] != array_shapes(layers):
        raise ValueError("The weights are not those of the network.")
    arrays = iter(weights)
    described, parts = [], []
    for layer, name in zip(layers, layer_names(layers), strict=True):
        own = [next(arrays) for _ in arrays_of(layer)]
        shapes = [list(each.shape) for each in own]
        described.append({"kind": layer.kind, "name": name, **layer.arguments(), "shapes": shapes})
        parts.extend(part for each in own for part in _pack(each))
    return with_header({"key": key, "layers": described}, *parts)


def with_header(header: dict[str, Any], *parts: bytes) -> bytes:
    """Return `header` as JSON, after its length (4 bytes, little-endian), and then `parts`."""
    text = json.dumps(header).encode()
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def _pack(weights: np.ndarray) -> tuple[bytes, bytes]:
    """Return the factor of each output channel, and the integers."""
    largest = np.abs(weights).reshape(-1, weights.shape[-1]).max(axis=0)
    factors = np.where(largest == 0, 1, largest / LARGEST).astype("<f4")
    # A channel with infinite weights or NaN gets a factor that is infinite or NaN.
    with np.errstate(invalid="ignore"):
        integers = np.nan_to_num(np.rint(weights / factors), posinf=0, neginf=0).astype("<i2")
    return factors.tobytes(), integers.tobytes()
