"""The layers that a network is made of, with Keras's names of classes and arguments.

A network is a tuple of these, from the first layer to `Dense(10, activation="softmax")`. Kernels,
windows and strides are square: one number. Layers have no names; `layer_names` derives them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar

from cnn.networks.errors import NetworkError


@dataclass(frozen=True)
class Number:
    """Range and label of an argument that is a number."""

    low: int | float
    high: int | float
    label: str

    @property
    def kind(self) -> type:
        """Type of the argument: int or float."""
        return type(self.low)


@dataclass(frozen=True)
class Choice:
    """Choices and label of an argument."""

    values: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Flag:
    """Label of an argument that is True or False."""

    label: str


ARGUMENTS: dict[str, Number | Choice | Flag] = {
    "filters": Number(1, 512, "Filters"),
    "kernel_size": Number(1, 28, "Kernel size"),
    "pool_size": Number(1, 28, "Window"),
    "strides": Number(1, 28, "Stride"),
    "padding": Choice(("valid", "same"), "Padding"),
    "rate": Number(0.0, 0.9, "Rate"),
    "units": Number(1, 2048, "Units"),
    "activation": Choice(
        ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "linear", "softmax"),
        "Activation",
    ),
    "use_bias": Flag("Bias"),
}


@dataclass(frozen=True)
class Layer:
    """A layer. Raises NetworkError if an argument has the wrong type or is out of its range."""

    prefix: ClassVar[str]  # of its name

    def __post_init__(self) -> None:
        for each in fields(self):
            value = _checked(self.kind, each.name, getattr(self, each.name))
            object.__setattr__(self, each.name, value)

    @property
    def kind(self) -> str:
        """Keras's class name, e.g. Conv2D."""
        return type(self).__name__

    @classmethod
    def argument_names(cls) -> tuple[str, ...]:
        """Return the names of its arguments, in Keras's order, required ones first."""
        return tuple(each.name for each in fields(cls))

    def arguments(self) -> dict[str, Any]:
        """Return all arguments by name, in Keras's order."""
        return asdict(self)


@dataclass(frozen=True)
class Conv2D(Layer):
    """Convolution: (h, w, c) -> (h', w', filters)."""

    filters: int
    kernel_size: int = 3
    strides: int = 1
    padding: str = "valid"
    activation: str = "linear"
    use_bias: bool = True
    prefix = "conv"


@dataclass(frozen=True)
class Pooling(Layer):
    """A pooling layer, (h, w, c) -> (h', w', c); the stride is by default the window's side."""

    pool_size: int = 2
    strides: int | None = None  # an int once the layer is made
    padding: str = "valid"
    prefix = "pool"

    def __post_init__(self) -> None:
        if self.strides is None:
            object.__setattr__(self, "strides", self.pool_size)
        super().__post_init__()


@dataclass(frozen=True)
class MaxPooling2D(Pooling):
    """Keeps the largest value of each window."""


@dataclass(frozen=True)
class AveragePooling2D(Pooling):
    """Averages each window."""


@dataclass(frozen=True)
class SumPooling2D(Pooling):
    """Sums each window: `cnn.models.layers.SumPooling2D`, which Keras lacks."""


@dataclass(frozen=True)
class Dropout(Layer):
    """Sets a share `rate` of the values to 0 during training; changes no shape."""

    rate: float
    prefix = "dropout"


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalizes each channel over the batch; changes no shape."""

    prefix = "norm"


@dataclass(frozen=True)
class Activation(Layer):
    """Applies an activation to each value; changes no shape."""

    activation: str
    prefix = "act"


@dataclass(frozen=True)
class Flatten(Layer):
    """(h, w, c) -> (h · w · c,)."""

    prefix = "flatten"


@dataclass(frozen=True)
class GlobalAveragePooling2D(Layer):
    """Averages each map: (h, w, c) -> (c,)."""

    prefix = "global_pool"


@dataclass(frozen=True)
class Dense(Layer):
    """(inputs,) -> (units,)."""

    units: int
    activation: str = "linear"
    use_bias: bool = True
    prefix = "dense"


Layers = tuple[Layer, ...]
POOLINGS: dict[str, type[Pooling]] = {
    "max": MaxPooling2D,
    "average": AveragePooling2D,
    "sum": SumPooling2D,
}
KINDS: dict[str, type[Layer]] = {
    each.__name__: each
    for each in (
        Conv2D,
        *POOLINGS.values(),
        Dropout,
        BatchNormalization,
        Activation,
        Flatten,
        GlobalAveragePooling2D,
        Dense,
    )
}


def layer_names(layers: Iterable[Layer]) -> list[str]:
    """Return the layers' names: conv_1, pool_1, flatten, dense_1, ... as in the notebook."""
    counts: dict[str, int] = {}
    names = []
    for layer in layers:
        prefix = layer.prefix
        count = counts[prefix] = counts.get(prefix, 0) + 1
        alone = prefix in (Flatten.prefix, GlobalAveragePooling2D.prefix) and count == 1
        names.append(prefix if alone else f"{prefix}_{count}")
    return names


def first_pooling(layers: Iterable[Layer]) -> str:
    """Return the kind of the first pooling: "max", "average" or "sum"; "max" if there is none."""
    kinds = {layer_type: kind for kind, layer_type in POOLINGS.items()}
    return next((kinds[type(each)] for each in layers if type(each) in kinds), "max")


def pooling_kinds(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Return the kinds of the network's pooling layers, each once: "max", "average", "sum"."""
    types = {type(each) for each in layers}
    return tuple(kind for kind, layer_type in POOLINGS.items() if layer_type in types)


def with_pooling(layers: Iterable[Layer], kind: str) -> Layers:
    """Return the network with every pooling replaced by `kind`: "max", "average" or "sum"."""
    return tuple(
        POOLINGS[kind](**each.arguments()) if isinstance(each, Pooling) else each for each in layers
    )


def with_classes(layers: Layers, classes: int) -> Layers:
    """Return the network with so many units in its last layer, if that is a Dense."""
    if not layers or not isinstance(layers[-1], Dense):
        return layers
    return (*layers[:-1], replace(layers[-1], units=classes))


def with_last_activation(layers: Layers) -> Layers:
    """Return the network with an Activation at its end moved into the Dense before that.

    The last layer here is a Dense whose outputs are the probabilities. A network that ends in
    another way is returned unchanged.
    """
    match layers:
        case (*before, Dense() as dense, Activation("linear")):
            return (*before, dense)
        case (*before, Dense(activation="linear") as dense, Activation(activation)):
            return (*before, replace(dense, activation=activation))
    return layers


def _checked(kind: str, name: str, value: Any) -> int | float | str | bool:
    """Return `value` in the type of the argument `name`. Raises NetworkError if it is invalid."""
    argument = ARGUMENTS[name]
    if isinstance(argument, Flag):
        if isinstance(value, bool):
            return value
        expected = "True or False"
    elif isinstance(argument, Choice):
        if isinstance(value, str) and value in argument.values:
            return value
        expected = f"one of {', '.join(argument.values)}"
    else:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and argument.low <= value <= argument.high and argument.kind(value) == value:
            return argument.kind(value)
        whole = "whole " if argument.kind is int else ""
        expected = f"a {whole}number from {argument.low:g} to {argument.high:g}"
    raise NetworkError(f"{kind}: {name} is {shown(value)}; it must be {expected}.")


def shown(value: Any) -> str:
    """Return `value` for a sentence, in at most 30 characters."""
    if isinstance(value, int) and abs(value) >= 10**12:
        return "a huge number"  # to write one of millions of digits would take minutes
    text = repr(value) if not isinstance(value, (list, tuple, dict, set)) else type(value).__name__
    return text if len(text) <= 30 else f"{text[:29]}…"
