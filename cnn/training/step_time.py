"""How long one step of a training takes on this machine."""

import time

import keras
import numpy as np

from cnn.config import TrainingConfig
from cnn.constants import IMAGE_SHAPE
from cnn.models.network import build_network

REPEATS = 5


def measure_step(config: TrainingConfig, precision: str = "float32") -> float:
    """Return the seconds that one step of the network of `config` takes in `precision`.

    It is the fastest of REPEATS steps on random images, after a first one that compiles it: other
    load on the machine matters less. Batches are not loaded or augmented.
    """
    network = build_network(config, precision)
    rng = np.random.default_rng(0)
    images = keras.ops.convert_to_tensor(
        rng.random((config.batch_size, *IMAGE_SHAPE, 1), np.float32)
    )
    labels = keras.ops.convert_to_tensor(
        rng.integers(0, len(config.classes), config.batch_size).astype(np.int32)
    )
    seconds = []
    for _ in range(REPEATS + 1):
        began_s = time.perf_counter()
        network.train_on_batch(images, labels)
        seconds.append(time.perf_counter() - began_s)
    return min(seconds[1:])
