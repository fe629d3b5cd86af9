"""The training digits that a network finds most alike: nearest in its last hidden layer."""

import threading
import time
from typing import NamedTuple

import numpy as np

from cnn.mnist import Digits
from cnn.plane import directions
from cnn.recognizer import Recognizer

CHUNK = 500  # digits read at once: a stroke meanwhile waits for no more than these
PAUSE_S = 0.02


class Neighbour(NamedTuple):
    """A training digit: its place in the data set, picture, label, and likeness, at most 1."""

    number: int
    image: np.ndarray
    label: int
    likeness: float


class Neighbourhood:
    """Where all of `digits` lie in the last hidden layer of one network.

    Reading them takes seconds, so it is done a chunk at a time, by `read_all` in a thread or by
    whoever calls `advance`; what is read can be asked for at once.
    """

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        self.recognizer, self.digits = recognizer, digits
        self._chunks: list[np.ndarray] = []
        self._lock = threading.Lock()

    @property
    def share_read(self) -> float:
        """How much of the digits has been read, 0 to 1."""
        return min(1.0, len(self._chunks) * CHUNK / len(self.digits.images))

    def advance(self) -> float:
        """Read the next chunk, if any is left; returns the share that is read."""
        with self._lock:
            first = len(self._chunks) * CHUNK
            images = self.digits.images[first : first + CHUNK]
            if len(images):
                features = directions(self.recognizer.features(images))
                self._chunks.append(features.astype(np.float16))
        return self.share_read

    def read_all(self) -> None:
        """Read all that is left, with pauses in which others are answered."""
        while self.advance() < 1:
            time.sleep(PAUSE_S)

    def nearest(self, image: np.ndarray, count: int) -> list[Neighbour]:
        """The `count` digits most like (28, 28) uint8, the likest first, among those read so far.

        Likeness is the cosine of the angle between their outputs: 1 where they point the same way.
        """
        if not self._chunks:
            return []
        wanted = directions(self.recognizer.features(image[None]))[0]
        cosines = np.concatenate([chunk @ wanted for chunk in list(self._chunks)])
        likeness = np.minimum(cosines, 1)  # 16 bits may have rounded a direction up
        found = np.argsort(-likeness, kind="stable")[:count]
        images, labels = self.digits
        return [Neighbour(int(i), images[i], int(labels[i]), float(likeness[i])) for i in found]
