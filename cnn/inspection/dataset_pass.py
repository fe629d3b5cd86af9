"""A network's pass over a whole data set, in chunks, so that other requests can run in between."""

import threading
import time

import numpy as np

from cnn.data.mnist import Digits
from cnn.inspection.recognizer import Recognizer

PAUSE_S = 0.02


class DatasetPass:
    """Computes something of a network for each of `digits`; a subclass implements `_process`.

    It takes seconds, so it proceeds by chunks: in a thread with `process_all`, or by calls of
    `advance`. Results for the processed digits are available at any time.
    """

    chunk = 250  # digits per call of the network: the longest that another request waits

    def __init__(self, recognizer: Recognizer, digits: Digits) -> None:
        self.recognizer, self.digits = recognizer, digits
        self._done = 0
        self._lock = threading.Lock()

    @property
    def progress(self) -> float:
        """The share of the digits that is processed, 0 to 1."""
        return self._done / len(self.digits.labels)

    def advance(self) -> float:
        """Process the next chunk, if any is left; return the progress."""
        with self._lock:
            images = self.digits.images[self._done : self._done + self.chunk]
            if len(images):
                self._process(slice(self._done, self._done + len(images)), images)
                self._done += len(images)  # last, so that concurrent readers see no partial rows
        return self.progress

    def process_all(self) -> None:
        """Process the remaining chunks, with pauses for other threads."""
        while self.advance() < 1:
            time.sleep(PAUSE_S)

    def _process(self, chunk: slice, images: np.ndarray) -> None:
        """Store the results for `images`, (n, 28, 28) uint8, the digits at `chunk`."""
        raise NotImplementedError
