"""What a network makes of all test digits: which excite each feature map, and where they lie."""

import math
import threading
import time
from typing import NamedTuple

import numpy as np

from cnn.mnist import Digits
from cnn.recognizer import Recognizer

CHUNK = 250  # digits read at once: a stroke meanwhile waits for no more than these
PAUSE_S = 0.02


class Excited(NamedTuple):
    """A digit that excites a feature map: `value` is the map's largest, of the unit at `place`.

    `number` is the digit's place in the data set; `place` is (row, column) in the map.
    """

    number: int
    image: np.ndarray
    label: int
    value: float
    place: tuple[int, int]


class Atlas:
    """All of `digits` as one network sees them.

    Reading them takes seconds, so it is done a chunk at a time, by `read_all` in a thread or by
    whoever calls `advance`; what is read can be asked for at once.
    """

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        self.recognizer, self.digits = recognizer, digits
        count, layers = len(digits.labels), recognizer.layers
        self._read = 0
        self._features = np.zeros((count, math.prod(layers[-2].shape)), np.float32)
        self._answers = np.zeros((count, *layers[-1].shape), np.float32)
        self._shapes = {each.name: each.shape for each in layers if len(each.shape) == 3}
        self._peaks = {
            name: np.zeros((count, shape[-1]), np.float32) for name, shape in self._shapes.items()
        }
        # A unit's number in its map, row by row: 28 x 28 fit well into 16 bits.
        self._places = {name: peaks.astype(np.uint16) for name, peaks in self._peaks.items()}
        self._lock = threading.Lock()

    @property
    def share_read(self) -> float:
        """How much of the digits has been read, 0 to 1."""
        return self._read / len(self.digits.labels)

    def advance(self) -> float:
        """Read the next chunk, if any is left; returns the share that is read."""
        with self._lock:
            images = self.digits.images[self._read : self._read + CHUNK]
            if len(images):
                self._keep(slice(self._read, self._read + len(images)), images)
                self._read += len(images)  # last: who asks meanwhile sees only what is complete
        return self.share_read

    def _keep(self, chunk: slice, images: np.ndarray) -> None:
        outputs = self.recognizer.all_activations(images)
        self._features[chunk] = outputs[-2].reshape(len(images), -1)
        self._answers[chunk] = outputs[-1]
        for layer, values in zip(self.recognizer.layers, outputs, strict=True):
            if layer.name in self._shapes:
                units = values.reshape(len(images), -1, values.shape[-1])
                self._peaks[layer.name][chunk] = units.max(axis=1)
                self._places[layer.name][chunk] = units.argmax(axis=1)

    def read_all(self) -> None:
        """Read all that is left, with pauses in which others are answered."""
        while self.advance() < 1:
            time.sleep(PAUSE_S)

    def features(self) -> np.ndarray:
        """(n, units) float32: the last hidden layer's output for the n digits read so far."""
        return self._features[: self._read]

    def answers(self) -> np.ndarray:
        """(n, 10) float32: the probabilities for the n digits read so far."""
        return self._answers[: self._read]

    def exciting(self, layer_name: str, map_number: int, count: int) -> list[Excited]:
        """The `count` digits read so far in which a map reaches most, the strongest first.

        Fewer where it is above 0 for fewer. Raises KeyError where the layer has no maps.
        """
        peaks = self._peaks[layer_name][: self._read, map_number]
        places, width = self._places[layer_name][:, map_number], self._shapes[layer_name][1]
        images, labels = self.digits
        return [
            Excited(
                int(number),
                images[number],
                int(labels[number]),
                float(peaks[number]),
                divmod(int(places[number]), width),
            )
            for number in np.argsort(-peaks, kind="stable")[:count]
            if peaks[number] > 0
        ]

    def dead(self, layer_name: str) -> np.ndarray:
        """(maps,) bool: which maps of a layer were above 0 nowhere, for no digit read so far.

        Raises KeyError where the layer has no maps.
        """
        return ~(self._peaks[layer_name][: self._read] > 0).any(axis=0)
