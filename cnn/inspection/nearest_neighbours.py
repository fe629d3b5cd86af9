"""The training digits most similar to a drawing: nearest in the last hidden layer of a network."""

from typing import NamedTuple

import numpy as np

from cnn.arithmetic.pca import normalize_rows
from cnn.data.mnist import Digits
from cnn.inspection.dataset_pass import DatasetPass
from cnn.inspection.recognizer import Recognizer


class Neighbour(NamedTuple):
    """A digit: index in the data set, image, label, and cosine similarity to the query, <= 1."""

    index: int
    image: np.ndarray
    label: int
    cosine_similarity: float


class NearestNeighbours(DatasetPass):
    """The directions of `digits` in the last hidden layer of one network."""

    chunk = 500

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        super().__init__(recognizer, digits)
        self._chunks: list[np.ndarray] = []

    def _process(self, chunk: slice, images: np.ndarray) -> None:
        self._chunks.append(normalize_rows(self.recognizer.features(images)).astype(np.float16))

    def nearest(self, image: np.ndarray, count: int) -> list[Neighbour]:
        """Return the `count` processed digits most similar to `image`, (28, 28) uint8, best first.

        Similarity is the cosine of the angle between the outputs of the last hidden layer.
        """
        if not self._chunks:
            return []
        query = normalize_rows(self.recognizer.features(image[None]))[0]
        cosines = np.concatenate([chunk @ query for chunk in list(self._chunks)])
        cosines = np.minimum(cosines, 1)  # rounding to 16 bits may have lengthened a vector
        images, labels = self.digits
        return [
            Neighbour(i, images[i], int(labels[i]), float(cosines[i]))
            for i in np.argsort(-cosines, kind="stable")[:count].tolist()
        ]
