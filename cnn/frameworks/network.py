"""The network that the codes have, and the batches of a race. Imports no framework."""

import numpy as np

from cnn.arithmetic.initialization import glorot_limit
from cnn.networks.layers import POOLINGS, Dropout, Layers, with_pooling
from cnn.networks.starting_points import NOTEBOOK

KERNELS = ((3, 3, 1, 32), (3, 3, 32, 64), (3, 3, 64, 64), (576, 64), (64, 10))
RATE = 0.02  # learning rate
STEPS = 200
BATCH = 32


def has_network(layers: Layers) -> bool:
    """Whether `layers` are the notebook's for ten classes, with one kind of pooling.

    Dropout does not count: it changes no prediction.
    """
    kept = tuple(each for each in layers if not isinstance(each, Dropout))
    return kept in {with_pooling(NOTEBOOK, kind) for kind in POOLINGS}


def race_weights(seed: int = 0) -> list[np.ndarray]:
    """Return untrained weights, float32, uniform within `glorot_limit`, and biases of 0."""
    rng, arrays = np.random.default_rng(seed), []
    for shape in KERNELS:
        limit = glorot_limit(shape)
        arrays.append(rng.uniform(-limit, limit, shape).astype(np.float32))
        arrays.append(np.zeros(shape[-1:], np.float32))
    return arrays


def race_order(count: int, seed: int = 0) -> np.ndarray:
    """Return the indices of the digits of a race, (STEPS, BATCH), of `count` in all."""
    order = np.random.default_rng(seed).permutation(count)
    return np.resize(order, STEPS * BATCH).reshape(STEPS, BATCH)
