"""The networks, in Keras 3 alone: KERAS_BACKEND chooses what computes them."""

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

POOLING_LAYERS = {
    "max": layers.MaxPooling2D,
    "average": layers.AveragePooling2D,
    "sum": SumPooling2D,
}


OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": Muon}


def build_network(config: TrainingConfig, precision: str = "float32") -> keras.Sequential:
    """The compiled, untrained network: images (n, 28, 28, 1) in [0, 1] -> probabilities (n, 10).

    "notebook" is the course notebook's, 93,322 parameters; "deep" has a convolution and a dense
    layer's width more, 207,818. The first weights depend on Keras's random seed. With `precision`
    "bfloat16" all but the last layer compute in it; weights and probabilities stay float32.
    """
    hidden_layers = HIDDEN_LAYERS[config.recipe.network]
    with dtype_policy(precision):
        network = keras.Sequential(
            [
                keras.Input((*IMAGE_SHAPE, 1)),
                *hidden_layers(POOLING_LAYERS[config.pooling]),
                layers.Dense(CLASSES, activation="softmax", name="dense_2", dtype="float32"),
            ],
            name=f"{config.recipe.network}_{config.pooling}",
        )
    plain = not config.recipe.augment
    network.compile(
        optimizer=OPTIMIZERS[config.recipe.optimizer](learning_rate=_learning_rate(config)),
        loss="sparse_categorical_crossentropy" if plain else digit_loss,
        metrics=["accuracy" if plain else DigitAccuracy()],
    )
    return network


@contextmanager
def dtype_policy(precision: str) -> Iterator[None]:
    """Have the layers that are made meanwhile compute in `precision`, their weights in float32."""
    usual = keras.config.dtype_policy()
    if precision != "float32":
        keras.config.set_dtype_policy(f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(usual)


def notebook_layers(pooling: type) -> list[keras.layers.Layer]:
    """The course notebook's layers before the last; `pooling` is one of POOLING_LAYERS."""
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
    """Two convolutions in a row before the second pooling: patterns of patterns of edges."""
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
    rising = max(1, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 10,
        decay_steps=max(1, steps - rising),
        warmup_target=config.learning_rate,
        warmup_steps=rising,
    )


class _OffsetSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule from a later step on, for an optimizer that counts its steps from 0."""

    def __init__(
        self, schedule: keras.optimizers.schedules.LearningRateSchedule, steps_done: int
    ) -> None:
        self.schedule, self.steps_done = schedule, steps_done

    def __call__(self, step):
        return self.schedule(step + self.steps_done)


def offset_schedule(network: keras.Sequential, config: TrainingConfig, steps: int) -> None:
    """Have a learning rate that follows one cycle be the one after `steps` of the whole training.

    An optimizer that was begun anew since has counted fewer: Adam's correction of its first moments
    goes by its own count.
    """
    missed = steps - int(network.optimizer.iterations)
    if config.recipe.one_cycle and missed:
        network.optimizer.learning_rate = _OffsetSchedule(_learning_rate(config), missed)


def summarise_layers(network: keras.Model) -> list[LayerSummary]:
    """One LayerSummary for each layer of `network`, in order."""
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
            arithmetic=_arithmetic(layer),
        )
        for layer in network.layers
    ]


def _arithmetic(layer: keras.layers.Layer) -> str:
    """Each weight's size as the product of its sides, added up: kernel first, then bias."""
    return " + ".join(" · ".join(str(side) for side in weight.shape) for weight in layer.weights)
