"""The network that the codes have, and the batches of a race. NumPy only."""

import numpy as np

KERNELS = ((3, 3, 1, 32), (3, 3, 32, 64), (3, 3, 64, 64), (576, 64), (64, 10))
SHAPES = tuple(shape for kernel in KERNELS for shape in (kernel, kernel[-1:]))
RATE = 0.02  # learning rate
STEPS = 200
BATCH = 32


def has_network(weights: list[np.ndarray]) -> bool:
    """Whether `weights` are those of the notebook's network for ten classes."""
    return tuple(array.shape for array in weights) == SHAPES


def first_weights(seed: int = 0) -> list[np.ndarray]:
    """Return untrained weights, float32: uniform in ±sqrt(6 / (inputs + outputs)), biases 0.

    Glorot's initialization, see `cnn.models.first_weights`.
    """
    rng, arrays = np.random.default_rng(seed), []
    for shape in KERNELS:
        field = int(np.prod(shape[:-2]))
        limit = np.sqrt(6 / (field * (shape[-2] + shape[-1])))
        arrays.append(rng.uniform(-limit, limit, shape).astype(np.float32))
        arrays.append(np.zeros(shape[-1:], np.float32))
    return arrays


def race_order(count: int, seed: int = 0) -> np.ndarray:
    """Return the indices of the digits of a race, (STEPS, BATCH), of `count` in all."""
    order = np.random.default_rng(seed).permutation(count)
    return np.resize(order, STEPS * BATCH).reshape(STEPS, BATCH)
