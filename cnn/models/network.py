"""The networks, built from a TrainingConfig. Only Keras 3, so any KERAS_BACKEND computes them."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import layers

from cnn.arithmetic.layer_info import LayerSummary
from cnn.config import TrainingConfig
from cnn.constants import CLASSES, IMAGE_SHAPE
from cnn.models.layers import SumPooling2D
from cnn.models.losses import DigitAccuracy, digit_loss
from cnn.models.optimizers import Muon

# To add a pooling type, see the recipe in docs/architecture.md.
POOLING_LAYERS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "sum": SumPooling2D,
}
OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": Muon}


def build_network(config: TrainingConfig, precision: str = "float32") -> keras.Sequential:
    """Return the compiled, untrained network of `config`.

    It maps images (n, 28, 28, 1) in [0, 1] to probabilities (n, 10). "notebook" is the course
    notebook's network, 93,322 parameters; "deep" has one more convolution and a wider dense layer,
    207,818 parameters. Keras's random seed determines the initial weights. With `precision`
    "bfloat16" all layers but the last compute in it; weights and probabilities stay float32.
    """
    hidden_layers = HIDDEN_LAYERS[config.recipe.network]
    augment = config.recipe.augment
    with dtype_policy(precision):
        network = keras.Sequential(
            [
                keras.Input((*IMAGE_SHAPE, 1)),
                *hidden_layers(POOLING_LAYERS[config.pooling]),
                layers.Dense(CLASSES, activation="softmax", name="dense_2", dtype="float32"),
            ],
            name=f"{config.recipe.network}_{config.pooling}",
        )
    network.compile(
        optimizer=OPTIMIZERS[config.recipe.optimizer](learning_rate=_learning_rate(config)),
        loss=digit_loss if augment else "sparse_categorical_crossentropy",
        metrics=[DigitAccuracy(name="accuracy") if augment else "accuracy"],
    )
    return network


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


def notebook_layers(pooling: type) -> list[keras.layers.Layer]:
    """Return the course notebook's layers but the last; `pooling` is one of POOLING_LAYERS."""
    return [
        layers.Conv2D(32, (3, 3), activation="relu", name="conv_1"),
        pooling((2, 2), name="pool_1"),
        layers.Conv2D(64, (3, 3), activation="relu", name="conv_2"),
        pooling((2, 2), name="pool_2"),
        layers.Conv2D(64, (3, 3), activation="relu", name="conv_3"),
        layers.Flatten(name="flatten"),
        layers.Dense(64, activation="relu", name="dense_1"),
    ]


def deep_layers(pooling: type) -> list[keras.layers.Layer]:
    """Return the deeper network's layers but the last: two convolutions between the poolings."""
    return [
        layers.Conv2D(32, (3, 3), activation="relu", name="conv_1"),
        pooling((2, 2), name="pool_1"),
        layers.Conv2D(64, (3, 3), activation="relu", name="conv_2"),
        layers.Conv2D(96, (3, 3), activation="relu", name="conv_3"),
        pooling((2, 2), name="pool_2"),
        layers.Conv2D(96, (3, 3), activation="relu", name="conv_4"),
        layers.Flatten(name="flatten"),
        layers.Dense(128, activation="relu", name="dense_1"),
    ]


HIDDEN_LAYERS = {"notebook": notebook_layers, "deep": deep_layers}


def _learning_rate(config: TrainingConfig) -> float | keras.optimizers.schedules.CosineDecay:
    if not config.recipe.one_cycle:
        return config.learning_rate
    steps = config.epochs * config.steps_per_epoch
    warmup_steps = max(1, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 10,
        decay_steps=max(1, steps - warmup_steps),
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
    )


def offset_schedule(network: keras.Sequential, config: TrainingConfig, steps: int) -> None:
    """Continue a one-cycle learning rate after `steps` steps of the whole training.

    A new optimizer has counted fewer steps. Its count is not changed, because Adam's bias
    correction depends on it.
    """
    optimizer, schedule = network.optimizer, _learning_rate(config)
    offset = steps - int(optimizer.iterations)
    if config.recipe.one_cycle and offset:
        optimizer.learning_rate = lambda: schedule(optimizer.iterations + offset)


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
        )
        for layer in network.layers
    ]
