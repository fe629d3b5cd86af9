"""The networks, built from a TrainingConfig. Only Keras 3, so any KERAS_BACKEND computes them."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import layers

from cnn.arithmetic.layer_info import LayerSummary
from cnn.config import TrainingConfig
from cnn.constants import IMAGE_SHAPE
from cnn.models.compiling import build_optimizer, learning_rate
from cnn.models.layers import SumPooling2D
from cnn.models.losses import DigitAccuracy, digit_loss
from cnn.networks.layers import KINDS, Layers, layer_names

# To add a pooling type, see the recipe in docs/architecture.md.
POOLING_LAYERS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "sum": SumPooling2D,
}
KERAS_LAYERS = {name: getattr(layers, name, SumPooling2D) for name in KINDS}


def build_network(config: TrainingConfig, precision: str = "float32") -> keras.Sequential:
    """Return the compiled, untrained network of `config`.

    It maps images (n, 28, 28, 1) in [0, 1] to probabilities (n, 10). The course notebook's network
    has 93,322 parameters, that of the preset `drawing` 207,818. Keras's random seed determines the
    initial weights (see also `first_weights`). With `precision` "bfloat16" all layers but the last
    compute in it; weights and probabilities stay float32.
    """
    with dtype_policy(precision):
        network = keras.Sequential(
            [keras.Input((*IMAGE_SHAPE, 1)), *keras_layers(config.layers)],
            name=f"{'own' if config.network else config.recipe.network}_{config.pooling}",
        )
    network.compile(
        optimizer=build_optimizer(config, learning_rate(config)),
        loss=digit_loss if config.has_non_digits else "sparse_categorical_crossentropy",
        metrics=[DigitAccuracy() if config.has_non_digits else "accuracy"],
    )
    return network


def keras_layers(network: Layers) -> list[layers.Layer]:
    """Return the layers of `network` as Keras's, named, in the current precision.

    The last computes in float32: its softmax sums exponentials.
    """
    types = [{}] * (len(network) - 1) + [{"dtype": "float32"}]
    return [
        KERAS_LAYERS[layer.kind](**layer.arguments(), name=name, **dtype)
        for layer, name, dtype in zip(network, layer_names(network), types, strict=True)
    ]


@contextmanager
def dtype_policy(precision: str) -> Iterator[None]:
    """Within the context, new layers compute in `precision`, with float32 weights."""
    previous = keras.config.dtype_policy()
    if precision != "float32":
        keras.config.set_dtype_policy(f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)


def random_states(network: keras.Sequential) -> list[keras.Variable]:
    """Return the states of the random generators of the Dropout layers, in order."""
    generators = (getattr(layer, "seed_generator", None) for layer in network.layers)
    return [each.state for each in generators if each is not None]


def summarise_layers(network: keras.Model) -> list[LayerSummary]:
    """Return one LayerSummary for each layer of `network`, in order."""
    return [
        LayerSummary(
            name=layer.name,
            kind=type(layer).__name__,
            activation=getattr(getattr(layer, "activation", None), "__name__", ""),
            window=tuple(getattr(layer, "kernel_size", getattr(layer, "pool_size", ()))),
            strides=tuple(getattr(layer, "strides", ())),
            padding=getattr(layer, "padding", ""),
            shape=tuple(layer.output.shape[1:]),
            parameters=layer.count_params(),
            # The shape of each weight as a product, kernel before bias.
            arithmetic=" + ".join(" · ".join(map(str, each.shape)) for each in layer.weights),
            use_bias=getattr(layer, "use_bias", False),
        )
        for layer in network.layers
    ]
