"""A network's pass over a whole data set, a chunk at a time, so that others are answered meanwhile.

Knows no Keras: a subclass calls the network.
"""

import threading
import time

import numpy as np

from cnn.data.mnist import Digits

PAUSE_S = 0.02


class DatasetPass:
    """What is computed for each of `digits`; a subclass says what, and keeps it.

    The pass takes seconds, so it is done a chunk at a time, by `process_all` in a thread or by
    whoever calls `advance`; what is read can be asked for at once.
    """

    chunk = 250  # digits read at once: a stroke meanwhile waits for no more than these

    def __init__(self, digits: Digits) -> None:
        self.digits = digits
        self._read = 0
        self._lock = threading.Lock()

    @property
    def progress(self) -> float:
        """How much of the digits has been read, 0 to 1."""
        return self._read / len(self.digits.labels)

    def advance(self) -> float:
        """Read the next chunk, if any is left; returns the share that is read."""
        with self._lock:
            images = self.digits.images[self._read : self._read + self.chunk]
            if len(images):
                self._keep(slice(self._read, self._read + len(images)), images)
                self._read += len(images)  # last, so that concurrent readers see no partial rows
        return self.progress

    def process_all(self) -> None:
        """Read all that is left, with pauses in which others are answered."""
        while self.advance() < 1:
            time.sleep(PAUSE_S)

    def _keep(self, chunk: slice, images: np.ndarray) -> None:
        """Compute and keep what is wanted of `images`, (n, 28, 28) uint8, which are at `chunk`."""
        raise NotImplementedError
