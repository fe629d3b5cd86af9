"""The training digits that a network finds most alike: nearest in its last hidden layer."""

from typing import NamedTuple

import numpy as np

from cnn.dataset_pass import DatasetPass
from cnn.mnist import Digits
from cnn.plane import directions
from cnn.recognizer import Recognizer


class Neighbour(NamedTuple):
    """A training digit: its place in the data set, picture, label, and likeness, at most 1."""

    number: int
    image: np.ndarray
    label: int
    likeness: float


class Neighbourhood(DatasetPass):
    """Where all of `digits` lie in the last hidden layer of one network."""

    chunk = 500

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        super().__init__(digits)
        self.recognizer = recognizer
        self._chunks: list[np.ndarray] = []

    def _keep(self, chunk: slice, images: np.ndarray) -> None:
        self._chunks.append(directions(self.recognizer.features(images)).astype(np.float16))

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
