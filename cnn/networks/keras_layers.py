"""A layer in the JSON of a `.keras` file, as a layer here: `read_layer`. No code of it is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from cnn.networks.errors import NetworkError
from cnn.networks.layer_calls import INPUT_SHAPES, SQUARE
from cnn.networks.layers import (
    ARGUMENTS,
    KINDS,
    Activation,
    AveragePooling2D,
    Layer,
    Pooling,
    shown,
)

SUM_POOLING = "cnn>SumPooling2D"  # the name by which `cnn.models.layers` registers it in Keras
# Keras's own layers that change nothing once a network is trained.
INACTIVE = (
    *("ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
    *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "SpatialDropout2D"),
)
ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax")
PRECISIONS = ("float16", "float32", "float64", "mixed_bfloat16", "mixed_float16")
SLOPE = 0.2  # of leaky_relu
# What of the configuration must have one value, since layers here have no such argument.
FIXED: Mapping[str, tuple[Any, ...]] = {
    "data_format": (None, "channels_last"),
    "dilation_rate": (1,),
    "groups": (1,),
    "axis": (-1, 3),
    "epsilon": (0.001,),
    "center": (True,),
    "scale": (True,),
    "keepdims": (False,),
}
IGNORED = ("name", "seed", "noise_shape", "dtype", "activation", "renorm_momentum")
# What concerns only a further training, where it then has Keras's default.
TRAINING = {"momentum": 0.99, "trainable": True}
TRAINING_ENDINGS = ("_regularizer", "_constraint")


@dataclass(frozen=True)
class Scaling:
    """A Rescaling layer: x -> scale · x + offset."""

    scale: float
    offset: float


@dataclass(frozen=True)
class Padding:
    """A ZeroPadding2D layer: the zeros above and below, and to the left and right."""

    sides: tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class FileLayer:
    """What a layer of a file is here.

    meaning: a Layer; a Scaling; a Padding; or None if it changes nothing. notes: what is different
    here, a sentence each.
    """

    name: str  # in the file
    kind: str  # its class
    meaning: Layer | Scaling | Padding | None
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """How a sentence about it begins."""
        return place_of(self.name, self.kind)


def place_of(name: str, kind: str) -> str:
    """Return how a sentence about the layer `name` of the class `kind` begins."""
    return f"{name} ({kind}): "


def read_layer(entry: Any, number: int) -> FileLayer:
    """Return the layer described by `entry`, the one at `number`, from 1, of the file's JSON.

    Raises NetworkError, with a sentence that names the layer, if it cannot be used here.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict):
        raise NetworkError(f"Layer {number} has no configuration: the file is damaged.")
    config, kind = entry["config"], _text(entry.get("class_name"))
    name = _text(config.get("name")) or f"layer {number}"
    place = place_of(name, kind)
    if kind == "Lambda":
        raise NetworkError(f"{place}a Lambda layer runs code of its own, which is not accepted.")
    _check_origin(entry, kind, place)
    notes = []
    if kind in ACTIVATIONS:
        return FileLayer(name, kind, Activation(_activation_layer(kind, config, place)))
    if kind in INACTIVE:
        note = f"{place}left out, as it only acts in a training."
        return FileLayer(name, kind, None, (note,))
    if kind == "InputLayer":
        _check_shape(_without_batch(config.get("batch_shape")), place)
        return FileLayer(name, kind, None)
    if kind == "Reshape":
        _check_shape(config.get("target_shape"), place)
        return FileLayer(name, kind, None)
    if kind == "Rescaling":
        return FileLayer(name, kind, _scaling(config, place))
    if kind == "ZeroPadding2D":
        return FileLayer(name, kind, _padding(config, place))
    if kind not in KINDS:
        raise NetworkError(f"{place}this layer is not known here; known are {', '.join(KINDS)}.")
    _check_precision(config.get("dtype"), place)
    known = KINDS[kind].argument_names()
    arguments = {each: _single(each, config[each], place) for each in known if each in config}
    if "activation" in known:
        arguments["activation"] = read_activation(config.get("activation"), place)
    for key, value in config.items():
        if key not in known and (note := _other(key, value, place)):
            notes.append(note)
    try:
        return FileLayer(name, kind, KINDS[kind](**arguments), tuple(notes))
    except TypeError:  # a required argument is missing
        raise NetworkError(f"{place}{known[0]} is missing.") from None
    except NetworkError as error:
        raise NetworkError(place + str(error).removeprefix(f"{kind}: ")) from None


def _text(value: Any) -> str:
    """Return a name of the file for a sentence."""
    return value.strip()[:40] if isinstance(value, str) else ""


def _check_origin(entry: Mapping[str, Any], kind: str, place: str) -> None:
    """Raise NetworkError unless it is a layer of Keras, or the sum pooling of this app."""
    module, registered = _text(entry.get("module")), entry.get("registered_name")
    if kind == "SumPooling2D" and registered == SUM_POOLING:
        # Notebooks have a copy, which is the same but for padding.
        if module != "cnn.models.layers" and entry["config"].get("padding") != "valid":
            raise NetworkError(
                f"{place}padding is {shown(entry['config'].get('padding'))}; of a SumPooling2D "
                "that is not this app's own, it must be 'valid'."
            )
    elif registered is not None or module.split(".")[0] != "keras":
        raise NetworkError(
            f"{place}this is a layer of your own, {_text(registered) or kind}. Its code is not in "
            f"the file and would not be run; known are {', '.join(KINDS)}."
        )


def _without_batch(shape: Any) -> Any:
    return shape[1:] if isinstance(shape, list) else shape


def _check_shape(shape: Any, place: str) -> None:
    """Raise NetworkError unless `shape` is that of an image."""
    shape = tuple(shape) if isinstance(shape, list) else shape
    if shape not in INPUT_SHAPES:
        text = str(shape) if len(str(shape)) < 40 else "something else"
        raise NetworkError(
            f"{place}the input is {text}, but the images are (28, 28, 1): the network must begin "
            "with keras.Input((28, 28, 1))."
        )


def _scaling(config: Mapping[str, Any], place: str) -> Scaling:
    values = config.get("scale"), config.get("offset", 0.0)
    if not all(type(each) in (int, float) for each in values):
        raise NetworkError(f"{place}scale and offset must be numbers.")
    try:
        return Scaling(*map(float, values))
    except OverflowError:
        raise NetworkError(f"{place}scale and offset must be numbers.") from None


def _padding(config: Mapping[str, Any], place: str) -> Padding:
    match config.get("padding"):
        case [[int(top), int(bottom)], [int(left), int(right)]]:
            return Padding(((top, bottom), (left, right)))
    raise NetworkError(f"{place}its padding must be given as ((1, 1), (1, 1)).")


def _check_precision(policy: Any, place: str) -> None:
    """Raise NetworkError unless `policy` stores the weights as floats."""
    if isinstance(policy, dict):
        settings = policy.get("config")
        policy = settings.get("name") if isinstance(settings, dict) else None
    if policy not in (None, *PRECISIONS):
        raise NetworkError(
            f"{place}its dtype is {shown(policy)}; it must be one of {', '.join(PRECISIONS)}."
        )


def _single(name: str, value: Any, place: str) -> Any:
    """Return 3 for [3, 3]."""
    if name not in SQUARE or not isinstance(value, list):
        return value
    if len(value) in (1, 2) and value[0] == value[-1]:
        return value[0]
    text = ", ".join(shown(each) for each in value[:3])
    raise NetworkError(f"{place}{name} is ({text}); only squares can be used, such as (3, 3).")


def _other(key: str, value: Any, place: str) -> str:
    """Return a note on a part of the configuration that layers here do not have, if one is due."""
    if key in FIXED:
        single = value[0] if isinstance(value, list) and value[:1] * len(value) == value else value
        accepted = FIXED[key]
        if not any(single == each and type(single) is type(each) for each in accepted):
            expected = " or ".join(repr(each) for each in accepted if each is not None)
            raise NetworkError(f"{place}{key} is {shown(value)}; it must be {expected}.")
        return ""
    if key in TRAINING or key.endswith(TRAINING_ENDINGS):
        default = TRAINING.get(key)
        same = value == default and type(value) is type(default)
        return "" if same else f"{place}{key} is not used in a further training here."
    if key in IGNORED or key.endswith("_initializer") or value is None or value is False:
        return ""
    raise NetworkError(f"{place}{_text(key)} is {shown(value)}, which is not supported.")


def read_activation(value: Any, place: str) -> str:
    """Return the name of the activation `value` of a layer's JSON.

    Raises NetworkError, with a sentence that begins with `place`, if it is not known here.
    """
    if isinstance(value, dict):
        kind, config = _text(value.get("class_name")), value.get("config")
        if kind == "__lambda__" or "value" in value:
            raise NetworkError(f"{place}its activation is a lambda: code, which is not accepted.")
        if kind in ACTIVATIONS and value.get("registered_name") is None and type(config) is dict:
            return _activation_layer(kind, config, place)
        value = config if isinstance(config, str) else kind
        raise NetworkError(
            f"{place}its activation {shown(value)} is a function of your own, whose code is not "
            "in the file and would not be run."
        )
    if value is None:
        return "linear"
    value = {"swish": "silu"}.get(value, value) if isinstance(value, str) else value
    choices = ARGUMENTS["activation"].values
    if not isinstance(value, str) or value not in choices:
        raise NetworkError(
            f"{place}activation is {shown(value)}; it must be one of {', '.join(choices)}."
        )
    return value


def _activation_layer(kind: str, config: Mapping[str, Any], place: str) -> str:
    """Return the activation that the layer `kind` applies."""

    def is_near(key: str, expected: float) -> bool:
        value = config.get(key)
        return type(value) in (int, float) and isclose(value, expected, abs_tol=1e-6)

    if kind == "Activation":
        return read_activation(config.get("activation"), place)
    if kind == "ELU" and is_near("alpha", 1):
        return "elu"
    if kind == "Softmax" and config.get("axis") == -1:
        return "softmax"
    plain = config.get("max_value") is None and config.get("threshold") in (None, 0)
    slope = next((each for each in ("negative_slope", "alpha") if each in config), "")
    if kind in ("ReLU", "LeakyReLU") and plain:
        if kind == "ReLU" and (not slope or is_near(slope, 0)):
            return "relu"
        if is_near(slope, SLOPE):
            return "leaky_relu"
    raise NetworkError(
        f"{place}{kind} has settings that are not known here. Known are ReLU without any, "
        f"LeakyReLU with the negative slope {SLOPE}, ELU with alpha 1 and Softmax over the last "
        "axis."
    )


def is_sum(average: Layer | Padding, scaling: Scaling) -> bool:
    """Whether average pooling followed by `scaling` is sum pooling, as this app exports it."""
    return (
        isinstance(average, AveragePooling2D)
        and average.padding == "valid"  # the average leaves out what is outside of the input
        and scaling == Scaling(average.pool_size**2, 0)
    )


def is_same(padding: Padding, shape: Sequence[int], pooling: Pooling) -> bool:
    """Whether `padding` before `pooling`, which has none, is "same" on maps of `shape`, (h, w, c).

    As TensorFlow pads: as many zeros as the last of n / s windows, rounded up, needs.
    """

    def zeros(side: int) -> tuple[int, int]:
        windows = -(-side // pooling.strides)
        missing = max((windows - 1) * pooling.strides + pooling.pool_size - side, 0)
        return missing // 2, missing - missing // 2

    return padding.sides == (zeros(shape[0]), zeros(shape[1]))
