"""What each layer of a network puts out and costs, and what does not fit: `describe`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from cnn.constants import CLASSES, IMAGE_SHAPE
from cnn.networks.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    Pooling,
    layer_names,
)

MOST_LAYERS = 24  # three blocks of two convolutions, each normalized, fit
MOST_PARAMETERS = 2_000_000
MOST_MEMORY = 2_000_000  # bytes an image: Explore keeps the outputs of 250
FLOAT_BYTES = 4
Shape = tuple[int | None, ...]  # None: unknown, as a layer before does not fit


@dataclass(frozen=True)
class LayerRow:
    """A layer of a network. What is None is unknown, because of a problem of a layer before."""

    name: str  # e.g. conv_1
    layer: Layer
    shape: Shape  # of its output: (h, w, channels) or (units,)
    parameters: int | None
    arithmetic: str  # e.g. "3 · 3 · 32 · 64 + 64"; empty if it has no parameters or is unknown
    multiplications: int | None  # for one image; a division counts as one
    problem: str = ""  # a sentence: what does not fit, and what would mend it

    @property
    def memory(self) -> int | None:
        """Bytes of its output for one image, in float32."""
        return None if None in self.shape else FLOAT_BYTES * prod(self.shape)


@dataclass(frozen=True)
class NetworkDescription:
    """The rows of a network, and their sums, which leave out what is unknown."""

    rows: tuple[LayerRow, ...]
    problem: str = ""  # of the network as a whole: it has no layers

    @property
    def problems(self) -> list[str]:
        """All problems, each with the name of its layer; empty if the network can be trained."""
        found = [f"{each.name}: {each.problem}" for each in self.rows if each.problem]
        return [self.problem, *found] if self.problem else found

    @property
    def parameters(self) -> int:
        """Number of parameters, with those that are not trained."""
        return sum(each.parameters or 0 for each in self.rows)

    @property
    def multiplications(self) -> int:
        """Number of multiplications for one image."""
        return sum(each.multiplications or 0 for each in self.rows)

    @property
    def memory(self) -> int:
        """Bytes of all outputs for one image, in float32."""
        return sum(each.memory or 0 for each in self.rows)


def describe(
    layers: Sequence[Layer], input_shape: Sequence[int] = (*IMAGE_SHAPE, 1), classes: int = CLASSES
) -> NetworkDescription:
    """Describe the network of `layers` for images of `input_shape`, (h, w, channels)."""
    if not layers:
        return NetworkDescription((), f"The network has no layers: add {_last(classes)}.")
    rows: list[LayerRow] = []
    shape: Shape = tuple(input_shape)
    for name, layer in zip(layer_names(layers), layers, strict=True):
        rows.append(_describe(name, layer, shape))
        shape = rows[-1].shape
    rows = [_with_problem(row, _misplaced(row.layer)) for row in rows[:-1]] + [
        _with_problem(rows[-1], _not_last(rows[-1].layer, classes))
    ]
    rows[MOST_LAYERS:] = [
        _with_problem(row, f"A network has at most {MOST_LAYERS} layers here: remove some.")
        for row in rows[MOST_LAYERS:]
    ]
    return _within_bounds(NetworkDescription(tuple(rows)))


def _with_problem(row: LayerRow, problem: str) -> LayerRow:
    """Return `row` with the problem, if it has none yet."""
    return replace(row, problem=problem) if problem and not row.problem else row


def _misplaced(layer: Layer) -> str:
    """Return what is wrong with `layer` as one that is not the last."""
    if getattr(layer, "activation", "") == "softmax":
        return "softmax is for the last layer only: choose another activation, such as relu."
    return ""


def _last(classes: int) -> str:
    return f'Dense({classes}, activation="softmax")'


def _not_last(layer: Layer, classes: int) -> str:
    """Return what is wrong with `layer` as the last one."""
    if isinstance(layer, Activation):
        return (
            f"The last layer must be {_last(classes)}: remove this one, and choose the activation "
            "of the Dense before it."
        )
    if not isinstance(layer, Dense):
        return f"The last layer must be {_last(classes)}: add it after this one."
    if layer.units != classes:
        return (
            f"The last layer has a unit for each of the {classes} classes: set units to {classes}."
        )
    if layer.activation != "softmax":
        return "The outputs of the last layer are probabilities: set its activation to softmax."
    return ""


def _within_bounds(network: NetworkDescription) -> NetworkDescription:
    """Return `network` with a problem at its largest layer if it has too many parameters, ..."""
    rows = list(network.rows)
    if network.parameters > MOST_PARAMETERS:
        at = max(range(len(rows)), key=lambda i: rows[i].parameters or 0)
        fewer = (
            "fewer units, or pooling or GlobalAveragePooling2D before it"
            if isinstance(rows[at].layer, Dense)
            else "fewer filters or a smaller kernel"
        )
        rows[at] = _with_problem(
            rows[at],
            f"The network has {network.parameters:,} parameters, more than the "
            f"{MOST_PARAMETERS:,} allowed here, most of them in this layer: choose {fewer}.",
        )
    if network.memory > MOST_MEMORY:
        at = max(range(len(rows)), key=lambda i: rows[i].memory or 0)
        rows[at] = _with_problem(
            rows[at],
            f"The outputs of all layers take {network.memory / 1e6:.1f} MB an image, more than the "
            f"{MOST_MEMORY / 1e6:.0f} MB allowed here, most of it in this layer: choose fewer "
            "filters, a larger stride, or pooling before it.",
        )
    return NetworkDescription(tuple(rows))


def _describe(name: str, layer: Layer, shape: Shape) -> LayerRow:
    """Describe `layer` for an input of `shape`, whatever its place in the network."""
    has_maps = len(shape) == 3
    match layer:
        case Conv2D():
            sides, problem = _sides(layer, layer.kernel_size, "kernel", shape)
            channels = shape[2] if has_maps else None
            kernel = (layer.kernel_size, layer.kernel_size, channels, layer.filters)
            output = (*sides, layer.filters) if has_maps else (None,)
            return _weighted(name, layer, output, kernel, problem)
        case Pooling():
            sides, problem = _sides(layer, layer.pool_size, "window", shape)
            output = (*sides, shape[2]) if has_maps else shape
            divides = isinstance(layer, AveragePooling2D)
            return _row(name, layer, output, (), problem, _product(output) if divides else 0)
        case GlobalAveragePooling2D():
            output = (shape[2],) if has_maps else shape
            problem = "" if has_maps else _without_maps(layer)
            return _row(name, layer, output, (), problem, _product(output))
        case BatchNormalization():  # scale, offset; mean and variance, which are not trained
            return _row(name, layer, shape, ((shape[-1],),) * 4, "", _product(shape))
        case Flatten():
            return _row(name, layer, (_product(shape),))
        case Dense():
            inputs = None if has_maps else shape[0]
            problem = (
                ""
                if not has_maps
                else (
                    "Dense needs a vector, but its input has height and width: add Flatten or "
                    "GlobalAveragePooling2D before it."
                )
            )
            return _weighted(name, layer, (layer.units,), (inputs, layer.units), problem)
        case _:  # Dropout, Activation
            return _row(name, layer, shape)


def _weighted(
    name: str, layer: Conv2D | Dense, output: Shape, kernel: Shape, problem: str
) -> LayerRow:
    """Return the row of a layer with a kernel and, unless it has none, a bias for each unit.

    Each cell of the output takes a multiplication for each weight of its unit.
    """
    arrays = (kernel, kernel[-1:]) if layer.use_bias else (kernel,)
    multiplications = _product((*output[:-1], *kernel))
    return _row(name, layer, output, arrays, problem, multiplications)


def _row(
    name: str,
    layer: Layer,
    output: Shape,
    arrays: tuple[Shape, ...] = (),
    problem: str = "",
    multiplications: int | None = 0,
) -> LayerRow:
    """Return the row of a layer with weights of the shapes `arrays`."""
    sizes = [_product(each) for each in arrays]
    known = None not in sizes
    arithmetic = " + ".join(" · ".join(map(str, each)) for each in arrays) if known else ""
    parameters = sum(sizes) if known else None
    return LayerRow(name, layer, output, parameters, arithmetic, multiplications, problem)


def _product(shape: Shape) -> int | None:
    return None if None in shape else prod(shape)


def _sides(layer: Conv2D | Pooling, size: int, what: str, shape: Shape) -> tuple[Shape, str]:
    """Return height and width of the output, None each if unknown, and the problem, if any.

    (n - k) // s + 1 places for a window of k with stride s on n cells, n / s rounded up with
    padding "same".
    """
    if len(shape) != 3:
        return (None, None), _without_maps(layer)
    height, width, _ = shape
    if None in (height, width):
        return (None, None), ""
    if layer.padding == "same":
        return (-(-height // layer.strides), -(-width // layer.strides)), ""
    if size > min(height, width):
        return (None, None), (
            f"A {size} x {size} {what} does not fit on a {height} x {width} map: choose a smaller "
            f'{what} or padding "same", or remove a pooling or a stride before it.'
        )
    return ((height - size) // layer.strides + 1, (width - size) // layer.strides + 1), ""


def _without_maps(layer: Layer) -> str:
    return (
        f"{layer.kind} needs feature maps, but its input is a vector: move it before Flatten, "
        "GlobalAveragePooling2D and Dense."
    )
