"""The arrays of a network's weights, in Keras's order: their names, and which are trained."""

from collections.abc import Iterable

from cnn.networks.layers import BatchNormalization, Conv2D, Dense, Layer, layer_names
from cnn.networks.shapes import describe

KERNEL_AND_BIAS = ("kernel", "bias")
ARRAYS: dict[type[Layer], tuple[str, ...]] = {
    Conv2D: KERNEL_AND_BIAS,
    Dense: KERNEL_AND_BIAS,
    BatchNormalization: ("gamma", "beta", "moving mean", "moving variance"),
}
NOT_TRAINED = ("moving mean", "moving variance")


def array_names(layers: Iterable[Layer]) -> list[str]:
    """Return a name for each array of `get_weights`, as "conv_1 kernel" and "conv_1 bias"."""
    layers = tuple(layers)
    return [
        f"{name} {array}"
        for layer, name in zip(layers, layer_names(layers), strict=True)
        for array in ARRAYS.get(type(layer), ())
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
        match row.layer:
            case Conv2D(filters=units, kernel_size=size):
                shapes += [(size, size, inputs, units), (units,)]
            case Dense(units=units):
                shapes += [(inputs, units), (units,)]
            case BatchNormalization():
                shapes += [(inputs,)] * len(ARRAYS[BatchNormalization])
        inputs = row.shape[-1]
    return shapes
