"""The arrays of a network's weights, in Keras's order: their names, and which are trained."""

from collections.abc import Iterable

from cnn.networks.layers import BatchNormalization, Conv2D, Dense, Layer, layer_names
from cnn.networks.shapes import describe

NOT_TRAINED = ("moving mean", "moving variance")


def arrays_of(layer: Layer) -> tuple[str, ...]:
    """Return the names of the arrays of `layer`, as "kernel" and "bias"; empty if it has none."""
    match layer:
        case Conv2D() | Dense():
            return ("kernel", "bias") if layer.use_bias else ("kernel",)
        case BatchNormalization():
            return ("gamma", "beta", *NOT_TRAINED)
    return ()


def array_names(layers: Iterable[Layer]) -> list[str]:
    """Return a name for each array of `get_weights`, as "conv_1 kernel" and "conv_1 bias"."""
    layers = tuple(layers)
    return [
        f"{name} {array}"
        for layer, name in zip(layers, layer_names(layers), strict=True)
        for array in arrays_of(layer)
    ]


def trained_arrays(layers: Iterable[Layer]) -> list[int]:
    """Return the positions in `get_weights` of the arrays in `trainable_variables`, in order."""
    names = array_names(layers)
    return [index for index, name in enumerate(names) if not name.endswith(NOT_TRAINED)]


def array_shapes(layers: Iterable[Layer]) -> list[tuple[int, ...]]:
    """Return the shape of each array of `get_weights`, for layers that fit together."""
    shapes: list[tuple[int, ...]] = []
    inputs = 1
    for row in describe(tuple(layers)).rows:
        units = row.shape[-1]
        kernel = (inputs, units)
        if isinstance(row.layer, Conv2D):
            kernel = (row.layer.kernel_size, row.layer.kernel_size, *kernel)
        # All but a kernel have a number for each map or unit of the output.
        shapes += [kernel if each == "kernel" else (units,) for each in arrays_of(row.layer)]
        inputs = units
    return shapes
