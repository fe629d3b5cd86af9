"""The training digits that a network finds most alike: nearest in its last hidden layer."""

from typing import NamedTuple

import numpy as np

from cnn.arithmetic.pca import normalize_rows
from cnn.data.mnist import Digits
from cnn.inspection.dataset_pass import DatasetPass
from cnn.inspection.recognizer import Recognizer


class Neighbour(NamedTuple):
    """A training digit: its place in the data set, picture, label, and cosine_similarity, at most
    1."""

    index: int
    image: np.ndarray
    label: int
    cosine_similarity: float


class NearestNeighbours(DatasetPass):
    """Where all of `digits` lie in the last hidden layer of one network."""

    chunk = 500

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        super().__init__(digits)
        self.recognizer = recognizer
        self._chunks: list[np.ndarray] = []

    def _keep(self, chunk: slice, images: np.ndarray) -> None:
        self._chunks.append(normalize_rows(self.recognizer.features(images)).astype(np.float16))

    def nearest(self, image: np.ndarray, count: int) -> list[Neighbour]:
        """The `count` digits most like (28, 28) uint8, the likest first, among those read so far.

        Likeness is the cosine of the angle between their outputs: 1 where they point the same way.
        """
        if not self._chunks:
            return []
        wanted = normalize_rows(self.recognizer.features(image[None]))[0]
        cosines = np.concatenate([chunk @ wanted for chunk in list(self._chunks)])
        cosine_similarity = np.minimum(cosines, 1)  # 16 bits may have rounded a direction up
        found = np.argsort(-cosine_similarity, kind="stable")[:count]
        images, labels = self.digits
        return [
            Neighbour(int(i), images[i], int(labels[i]), float(cosine_similarity[i])) for i in found
        ]
