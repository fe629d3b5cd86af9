"""A call such as `layers.Conv2D(32, (3, 3), activation="relu")` in pasted code, as a layer."""

import ast
from collections.abc import Mapping
from typing import Any

from cnn.networks.errors import NetworkError
from cnn.networks.layers import ARGUMENTS, KINDS, Activation, Layer, Pooling, shown
from cnn.networks.literals import Constants, NotLiteral, dotted

SAME_AS = {  # other names of Keras
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "Convolution2D": "Conv2D",
}
ACTIVATION_LAYERS = {  # each is an Activation; LeakyReLU has another slope
    "ReLU": "relu",
    "ELU": "elu",
    "Softmax": "softmax",
}
INPUTS = ("Input", "InputLayer")
PREPARATIONS = ("Rescaling", "Reshape")  # of the images, which the app has done by then
KNOWN = {*KINDS, *SAME_AS, *ACTIVATION_LAYERS, *INPUTS, *PREPARATIONS}
INPUT_SHAPES = ((28, 28, 1), (28, 28))
SHAPES = ("shape", "input_shape", "target_shape", "batch_shape", "batch_input_shape")
POOL_ORDER = ("pool_size", "strides", "padding", "data_format", "name")
ORDER: Mapping[str, tuple[str, ...]] = {  # of Keras's positional arguments
    "Conv2D": (
        *("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
        *("groups", "activation", "use_bias", "kernel_initializer", "bias_initializer"),
    ),
    "Dense": ("units", "activation", "use_bias", "kernel_initializer", "bias_initializer"),
    "Activation": ("activation",),
    "Dropout": ("rate", "noise_shape", "seed"),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "Flatten": ("data_format",),
    "GlobalAveragePooling2D": ("data_format", "keepdims"),
    "Input": ("shape", "batch_size"),
    "InputLayer": ("shape", "batch_size"),
    "Reshape": ("target_shape",),
    **{name: POOL_ORDER for name, kind in KINDS.items() if issubclass(kind, Pooling)},
}
SQUARE = ("kernel_size", "pool_size", "strides", "dilation_rate")
# What else Keras accepts, where it says no more than its default; of the names, any text.
DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "data_format": (None, "channels_last"),
    "dilation_rate": (1,),
    "groups": (1,),
    "kernel_initializer": ("glorot_uniform", "GlorotUniform"),
    "bias_initializer": ("zeros", "Zeros"),
    "noise_shape": (None,),
    "axis": (-1, 3),
    "momentum": (0.99,),
    "epsilon": (0.001,),
    "center": (True,),
    "scale": (True,),
    "keepdims": (False,),
    "trainable": (True,),
    "dtype": (None, "float32"),
    "kernel_regularizer": (None,),
    "bias_regularizer": (None,),
    "activity_regularizer": (None,),
    "kernel_constraint": (None,),
    "bias_constraint": (None,),
}
IGNORED = ("name", "seed")


def layer_kind(call: ast.Call, aliases: Mapping[str, str] | None = None) -> str:
    """Return the last part of the name that is called, in Keras's newest spelling.

    `aliases` are names by which a program has imported others.
    """
    path = dotted(call.func) or [""]
    name = (aliases or {}).get(path[0], path[0]) if len(path) == 1 else path[-1]
    return SAME_AS.get(name, name)


def read_layer(call: ast.Call, kind: str, constants: Constants) -> Layer | None:
    """Return the layer, or None for the input of the network.

    Raises NetworkError, with a sentence that begins "Line 4, Conv2D:", if it cannot be used here.
    """
    place = f"Line {call.lineno}, {shown_name(kind)}: "
    if kind == "Lambda":
        raise NetworkError(f"{place}a Lambda layer runs code of its own, which is not accepted.")
    if kind not in KNOWN:
        raise NetworkError(f"{place}this layer is not known here; known are {', '.join(KINDS)}.")
    if kind == "Rescaling":
        return None
    try:
        arguments = _arguments(call, kind, constants, place)
    except NotLiteral as reason:
        raise NetworkError(f"{place}{reason}.") from None
    if kind in (*INPUTS, *PREPARATIONS):
        return None
    if kind in ACTIVATION_LAYERS:
        return Activation(ACTIVATION_LAYERS[kind])
    missing = [name for name in _required(kind) if name not in arguments]
    if missing:
        raise NetworkError(f"{place}{missing[0]} is missing.")
    try:
        return KINDS[kind](**arguments)
    except NetworkError as error:
        raise NetworkError(place + str(error).removeprefix(f"{kind}: ")) from None


def shown_name(name: str) -> str:
    """Return a name from pasted code for a sentence."""
    return (name or "this call")[:40]


def _required(kind: str) -> tuple[str, ...]:
    required = {
        "Conv2D": ("filters", "kernel_size"),
        "Dense": ("units",),
        "Dropout": ("rate",),
        "Activation": ("activation",),
    }
    return required.get(kind, ())


def _arguments(call: ast.Call, kind: str, constants: Constants, place: str) -> dict[str, Any]:
    """Return the arguments that a layer here has; the others must be Keras's defaults."""
    order = ORDER.get(kind, ())
    if len(call.args) > len(order):
        raise NetworkError(f"{place}it has more than the {len(order)} arguments known here.")
    given = list(zip(order, call.args, strict=False))
    given += [(each.arg or "**", each.value) for each in call.keywords]
    known = KINDS[kind].argument_names() if kind in KINDS else ()
    arguments: dict[str, Any] = {}
    for name, node in given:
        if isinstance(node, ast.Starred) or name == "**":
            raise NetworkError(f"{place}write out the arguments instead of * and **.")
        if name in arguments:
            raise NetworkError(f"{place}{name} is given twice.")
        if name == "activation":
            arguments[name] = _activation(_activation_value(node, constants, place), place)
        elif name in SHAPES:
            _check_input(_value(node, name, constants), name, place)
        elif name in known:
            arguments[name] = _single(name, _value(node, name, constants), place)
        elif name not in IGNORED and kind not in INPUTS:
            _check_default(name, node, constants, place)
    if "strides" in arguments and arguments["strides"] is None:
        del arguments["strides"]
    return arguments


def _value(node: ast.expr, name: str, constants: Constants) -> Any:
    try:
        return constants.value(node)
    except NotLiteral as reason:
        raise NotLiteral(f"{name} cannot be read: {reason}") from None


def _check_input(shape: Any, name: str, place: str) -> None:
    if name.startswith("batch") and isinstance(shape, tuple):
        shape = shape[1:]
    if shape not in INPUT_SHAPES:
        text = str(shape) if len(str(shape)) < 40 else "something else"
        raise NetworkError(f"{place}the input is {text}, but the images are (28, 28, 1).")


def _single(name: str, value: Any, place: str) -> Any:
    """Return 3 for (3, 3)."""
    if name not in SQUARE or not isinstance(value, tuple):
        return value
    if len(value) == 1 or (len(value) == 2 and value[0] == value[1]):
        return value[0]
    text = ", ".join(shown(each) for each in value[:3])
    raise NetworkError(f"{place}{name} is ({text}); only squares can be used: one number.")


def _check_default(name: str, node: ast.expr, constants: Constants, place: str) -> None:
    accepted = DEFAULTS.get(name, ())
    try:
        value = _single(name, constants.value(node), place)
    except NotLiteral:  # e.g. keras.initializers.GlorotUniform()
        value = (dotted(node.func if isinstance(node, ast.Call) else node) or [""])[-1]
    if not any(type(value) is type(each) and value == each for each in accepted):
        default = f" Only its default, {accepted[0]!r}, can be used." if accepted else ""
        raise NetworkError(f"{place}{shown_name(name)} is not supported; leave it out.{default}")


def _activation_value(node: ast.expr, constants: Constants, place: str) -> Any:
    """Return the activation's name: of "relu", keras.activations.relu, tf.nn.relu or ReLU()."""
    node = constants.resolved(node)
    if isinstance(node, ast.Call) and layer_kind(node) in ACTIVATION_LAYERS:
        return ACTIVATION_LAYERS[layer_kind(node)]
    if isinstance(node, ast.Attribute) and dotted(node):
        return dotted(node)[-1]
    return _value(node, "activation", constants)


def _activation(name: Any, place: str) -> str:
    name = {None: "linear", "swish": "silu"}.get(name, name) if not isinstance(name, tuple) else ()
    choices = ARGUMENTS["activation"].values
    if name not in choices:
        raise NetworkError(
            f"{place}activation is {shown(name)}; it must be one of {', '.join(choices)}."
        )
    return name
