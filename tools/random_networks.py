"""Random networks that fit together, for property tests and benchmarks."""

import random

from cnn.networks.layers import (
    POOLINGS,
    Activation,
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
    maps = [layer for _ in range(rng.randint(0, 6)) for layer in _random_layers(rng)]
    end = rng.choice([Flatten(), Flatten(), GlobalAveragePooling2D()])
    vectors: list[Layer] = []
    for _ in range(rng.randint(0, 2)):
        units, activation = rng.choice([8, 16, 33]), rng.choice(ACTIVATIONS)
        vectors += rng.choice(
            [
                [Dense(units, activation)],
                [Dense(units, activation), Dropout(0.5)],
                [Dense(units, activation), BatchNormalization()],
                [Dense(units, activation), Flatten()],
                [Dense(units, use_bias=False), BatchNormalization(), Activation(activation)],
            ]
        )
    return (*maps, end, *vectors, Dense(10, "softmax", use_bias=rng.random() < 0.9))


def _random_layers(rng: random.Random) -> list[Layer]:
    """Return a layer for maps, or a convolution with its normalization and activation."""
    size, padding = rng.randint(1, 7), rng.choice(["valid", "same"])
    filters, stride = rng.choice([4, 8, 12]), rng.choice([1, 1, 1, 2, 3])
    activation = rng.choice(ACTIVATIONS)
    match rng.randint(0, 12):
        case 0:
            return [Dropout(rng.choice([0.1, 0.25, 0.9]))]
        case 1:
            return [BatchNormalization()]
        case 2:
            return [Activation(activation)]
        case 3 | 4 | 5:
            pooling = POOLINGS[rng.choice(list(POOLINGS))]
            return [pooling(min(size, 4), rng.choice([None, 1, 2, 3]), padding)]
        case 6 | 7:
            convolution = Conv2D(filters, size, stride, padding, use_bias=False)
            return [convolution, BatchNormalization(), Activation(activation)]
        case _:
            return [Conv2D(filters, size, stride, padding, activation)]
