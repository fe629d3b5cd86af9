"""What a network makes of all test digits: which excite each feature map, and where they lie."""

import math
from typing import NamedTuple

import numpy as np

from cnn.data.mnist import Digits
from cnn.inspection.dataset_pass import DatasetPass
from cnn.inspection.recognizer import Recognizer


class TopActivation(NamedTuple):
    """A digit that excites a feature map: `value` is the map's largest, of the unit at `place`.

    `number` is the digit's place in the data set; `place` is (row, column) in the map.
    """

    index: int
    image: np.ndarray
    label: int
    value: float
    position: tuple[int, int]


class DatasetActivations(DatasetPass):
    """All of `digits` as one network sees them; what has been read can be asked for at once."""

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        super().__init__(digits)
        self.recognizer = recognizer
        count, layers = len(digits.labels), recognizer.layers
        self._features = np.zeros((count, math.prod(layers[-2].shape)), np.float32)
        self._answers = np.zeros((count, *layers[-1].shape), np.float32)
        self._shapes = {each.name: each.shape for each in layers if len(each.shape) == 3}
        self._peaks = {
            name: np.zeros((count, shape[-1]), np.float32) for name, shape in self._shapes.items()
        }
        # A unit's number in its map, row by row: 28 x 28 fit well into 16 bits.
        self._places = {name: peaks.astype(np.uint16) for name, peaks in self._peaks.items()}

    def _keep(self, chunk: slice, images: np.ndarray) -> None:
        outputs = self.recognizer.all_activations(images)
        self._features[chunk] = outputs[-2].reshape(len(images), -1)
        self._answers[chunk] = outputs[-1]
        for layer, values in zip(self.recognizer.layers, outputs, strict=True):
            if layer.name in self._shapes:
                units = values.reshape(len(images), -1, values.shape[-1])
                self._peaks[layer.name][chunk] = units.max(axis=1)
                self._places[layer.name][chunk] = units.argmax(axis=1)

    def features(self) -> np.ndarray:
        """(n, units) float32: the last hidden layer's output for the n digits read so far."""
        return self._features[: self._read]

    def probabilities(self) -> np.ndarray:
        """(n, 10) float32: the probabilities for the n digits read so far."""
        return self._answers[: self._read]

    def top_activating(self, layer_name: str, map_number: int, count: int) -> list[TopActivation]:
        """The `count` digits read so far in which a map reaches most, the strongest first.

        Fewer where it is above 0 for fewer. Raises KeyError where the layer has no maps.
        """
        peaks = self._peaks[layer_name][: self._read, map_number]
        places, width = self._places[layer_name][:, map_number], self._shapes[layer_name][1]
        images, labels = self.digits
        return [
            TopActivation(
                int(number),
                images[number],
                int(labels[number]),
                float(peaks[number]),
                divmod(int(places[number]), width),
            )
            for number in np.argsort(-peaks, kind="stable")[:count]
            if peaks[number] > 0
        ]

    def inactive_maps(self, layer_name: str) -> np.ndarray:
        """(maps,) bool: which maps of a layer were above 0 nowhere, for no digit read so far.

        Raises KeyError where the layer has no maps.
        """
        return ~(self._peaks[layer_name][: self._read] > 0).any(axis=0)
