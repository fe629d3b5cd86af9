"""A network's activations over a data set: strongest activations, inactive maps, features."""

import math
from typing import NamedTuple

import numpy as np

from cnn.data.mnist import Digits
from cnn.inspection.dataset_pass import DatasetPass
from cnn.inspection.recognizer import Recognizer


class TopActivation(NamedTuple):
    """A digit (`index` in the data set) and a map's largest value for it, at (row, column)."""

    index: int
    image: np.ndarray
    label: int
    value: float
    position: tuple[int, int]


class DatasetActivations(DatasetPass):
    """The activations of one network for each of `digits`."""

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        super().__init__(recognizer, digits)
        count, layers = len(digits.labels), recognizer.layers
        self._features = np.zeros((count, math.prod(layers[-2].shape)), np.float32)
        self._probabilities = np.zeros((count, *layers[-1].shape), np.float32)
        self._shapes = {each.name: each.shape for each in layers if len(each.shape) == 3}
        self._peaks = {
            name: np.zeros((count, shape[-1]), np.float32) for name, shape in self._shapes.items()
        }
        # The flat index of each peak in its map: 28 x 28 fit into 16 bits.
        self._positions = {name: peaks.astype(np.uint16) for name, peaks in self._peaks.items()}

    def _process(self, chunk: slice, images: np.ndarray) -> None:
        outputs = self.recognizer.all_activations(images)
        self._features[chunk] = outputs[-2].reshape(len(images), -1)
        self._probabilities[chunk] = outputs[-1]
        for layer, values in zip(self.recognizer.layers, outputs, strict=True):
            if layer.name in self._shapes:
                units = values.reshape(len(images), -1, values.shape[-1])
                self._peaks[layer.name][chunk] = units.max(axis=1)
                self._positions[layer.name][chunk] = units.argmax(axis=1)

    def features(self) -> np.ndarray:
        """Return (n, units) float32: the last hidden layer's output for the n processed digits."""
        return self._features[: self._done]

    def probabilities(self) -> np.ndarray:
        """Return (n, 10) float32: the probabilities for the n processed digits."""
        return self._probabilities[: self._done]

    def top_activating(self, layer_name: str, map_number: int, count: int) -> list[TopActivation]:
        """Return the `count` processed digits with the largest value in a map, in descending order.

        Fewer if the map is above 0 for fewer. Raises KeyError if the layer has no maps.
        """
        peaks = self._peaks[layer_name][: self._done, map_number]
        positions, width = self._positions[layer_name][:, map_number], self._shapes[layer_name][1]
        images, labels = self.digits
        return [
            TopActivation(
                i, images[i], int(labels[i]), float(peaks[i]), divmod(int(positions[i]), width)
            )
            for i in np.argsort(-peaks, kind="stable")[:count].tolist()
            if peaks[i] > 0
        ]

    def inactive_maps(self, layer_name: str) -> np.ndarray:
        """Return (maps,) bool: which maps of a layer are above 0 for none of the processed digits.

        Raises KeyError if the layer has no maps.
        """
        return ~(self._peaks[layer_name][: self._done] > 0).any(axis=0)
