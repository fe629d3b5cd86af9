"""The networks, built from a TrainingConfig. Only Keras 3, so any KERAS_BACKEND computes them."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import layers

from cnn.arithmetic.layer_info import LayerSummary
from cnn.config import TrainingConfig
from cnn.constants import IMAGE_SHAPE
from cnn.models.layers import SumPooling2D
from cnn.models.losses import DigitAccuracy, digit_loss
from cnn.models.optimizers import build_optimizer
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
    initial weights. With `precision` "bfloat16" all layers but the last compute in it; weights
    and probabilities stay float32.
    """
    with dtype_policy(precision):
        network = keras.Sequential(
            [keras.Input((*IMAGE_SHAPE, 1)), *keras_layers(config.layers)],
            name=f"{'own' if config.network else config.recipe.network}_{config.pooling}",
        )
    network.compile(
        optimizer=optimizer_of(config, _learning_rate(config)),
        loss=digit_loss if config.has_non_digits else "sparse_categorical_crossentropy",
        metrics=[DigitAccuracy(name="accuracy") if config.has_non_digits else "accuracy"],
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


def optimizer_of(
    config: TrainingConfig, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Return a new optimizer as `config` has it, with another learning rate or a schedule."""
    last = layer_names(config.layers)[-1]
    return build_optimizer(config.optimizer, learning_rate, config.weight_decay, last)


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


def _learning_rate(config: TrainingConfig) -> float | keras.optimizers.schedules.CosineDecay:
    """Return the learning rate or its schedule: "one_cycle" warms up for a tenth of the steps."""
    if config.schedule == "constant":
        return config.learning_rate
    steps = config.epochs * config.steps_per_epoch
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(config.learning_rate, decay_steps=steps)
    warmup_steps = max(1, steps // 10)
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 10,
        decay_steps=max(1, steps - warmup_steps),
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
    )


def offset_schedule(network: keras.Sequential, config: TrainingConfig, steps: int) -> None:
    """Continue the schedule of the learning rate after `steps` steps of the whole training.

    A new optimizer has counted fewer steps. Its count is not changed, because Adam's bias
    correction depends on it.
    """
    optimizer, schedule = network.optimizer, _learning_rate(config)
    offset = steps - int(optimizer.iterations)
    if config.schedule != "constant" and offset:
        optimizer.learning_rate = lambda: schedule(optimizer.iterations + offset)


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
        )
        for layer in network.layers
    ]
