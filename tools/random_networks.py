"""Random networks that fit together, for property tests and benchmarks."""

import random

from cnn.networks.layers import (
    POOLINGS,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    Layers,
)
from cnn.networks.shapes import describe

ACTIVATIONS = ("relu", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "linear")


def random_network(seed: int) -> Layers:
    """Return the legal network of `seed`: small, with any layers, strides and paddings."""
    rng = random.Random(seed)
    while True:
        layers = _draw(rng)
        if not describe(layers).problems:
            return layers


def _draw(rng: random.Random) -> Layers:
    """Return a network that may not fit together."""
    maps = [_random_layer(rng) for _ in range(rng.randint(0, 6))]
    end = rng.choice([Flatten(), Flatten(), GlobalAveragePooling2D()])
    vectors: list[Layer] = []
    for _ in range(rng.randint(0, 2)):
        vectors.append(Dense(rng.choice([8, 16, 33]), rng.choice(ACTIVATIONS)))
        vectors += rng.choice([[], [Dropout(0.5)], [BatchNormalization()], [Flatten()]])
    return (*maps, end, *vectors, Dense(10, "softmax"))


def _random_layer(rng: random.Random) -> Layer:
    size, padding = rng.randint(1, 7), rng.choice(["valid", "same"])
    match rng.randint(0, 9):
        case 0:
            return Dropout(rng.choice([0.1, 0.25, 0.9]))
        case 1:
            return BatchNormalization()
        case 2 | 3 | 4:
            pooling = POOLINGS[rng.choice(list(POOLINGS))]
            return pooling(min(size, 4), rng.choice([None, 1, 2, 3]), padding)
        case _:
            stride = rng.choice([1, 1, 1, 2, 3])
            return Conv2D(rng.choice([4, 8, 12]), size, stride, padding, rng.choice(ACTIVATIONS))
