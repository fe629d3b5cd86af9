"""A network as Keras code; `cnn.networks.code_parsing` reads it back."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from cnn.networks.layers import Activation, Layer, Pooling, SumPooling2D, layer_names

POSITIONAL = ("filters", "kernel_size", "pool_size", "rate", "units")  # clear without their names
SUM_POOLING_IMPORT = "from cnn.models.layers import SumPooling2D  # Keras has none"


def network_line(layers: Iterable[Layer]) -> str:
    """Return the network as one line: the form in which settings and addresses hold it."""
    return f"Sequential([{', '.join(layer_code(each) for each in layers)}])"


def network_code(layers: Iterable[Layer]) -> str:
    """Return the network as a program of Keras, a line a layer, named as in the app."""
    layers = tuple(layers)
    imports = ["import keras", "from keras import layers"]
    if any(isinstance(each, SumPooling2D) for each in layers):
        imports.append(SUM_POOLING_IMPORT)
    lines = ["keras.Input((28, 28, 1)),", *named_layer_lines(layers)]
    body = "\n".join(f"        {line}" for line in lines)
    return "\n".join([*imports, "", f"network = keras.Sequential(\n    [\n{body}\n    ]\n)\n"])


def named_layer_lines(layers: Iterable[Layer]) -> list[str]:
    """Return a line for each layer, such as `layers.Conv2D(32, 3, name="conv_1"),`."""
    layers = tuple(layers)
    return [
        f"{'' if isinstance(layer, SumPooling2D) else 'layers.'}{layer_code(layer, name)},"
        for layer, name in zip(layers, layer_names(layers), strict=True)
    ]


def layer_code(layer: Layer, name: str = "") -> str:
    """Return the layer as a call without the arguments that have Keras's defaults."""
    parts = []
    for each in fields(layer):
        value = getattr(layer, each.name)
        if each.name in POSITIONAL or isinstance(layer, Activation):
            parts.append(_literal(value))
        elif value != _keras_default(layer, each.name):
            parts.append(f"{each.name}={_literal(value)}")
    if name:
        parts.append(f"name={_literal(name)}")
    return f"{layer.kind}({', '.join(parts)})"


def _keras_default(layer: Layer, name: str) -> Any:
    if name == "strides":
        return layer.pool_size if isinstance(layer, Pooling) else 1
    return {"padding": "valid", "activation": "linear", "use_bias": True}[name]


def _literal(value: int | float | str | bool) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
