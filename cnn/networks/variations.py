"""The same network with more filters, larger kernels or other depth, for experiments."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from cnn.networks.errors import NetworkError
from cnn.networks.layers import ARGUMENTS, Activation, BatchNormalization, Conv2D, Layers
from cnn.networks.shapes import describe


@dataclass(frozen=True)
class Variation:
    """A number that varies a network.

    change: returns the network with another value, which may not fit together; current: returns
    the value of a network. Both are for networks with at least one Conv2D.
    """

    label: str
    low: int
    high: int
    values: tuple[int, ...]  # to start with
    change: Callable[[Layers, int], Layers]
    current: Callable[[Layers], int]


def varied(layers: Layers, name: str, value: int) -> Layers:
    """Return the network with `value` of VARIATIONS[name].

    Raises NetworkError if the value is out of its range, or the network cannot be trained with it.
    """
    variation = VARIATIONS[name]
    if not _convolutions(layers):
        raise NetworkError(f"{variation.label} cannot be varied: the network has no Conv2D.")
    if not (isinstance(value, int) and variation.low <= value <= variation.high):
        raise NetworkError(
            f"{variation.label} is {value}; it must be a whole number from {variation.low} to "
            f"{variation.high}."
        )
    changed = variation.change(layers, value)
    if problems := describe(changed, classes=layers[-1].units).problems:
        raise NetworkError(f"{variation.label} {value} does not fit: {problems[0]}")
    return changed


def _convolutions(layers: Layers) -> list[int]:
    """Return the positions of the convolutions."""
    return [at for at, layer in enumerate(layers) if isinstance(layer, Conv2D)]


def _with_filters(layers: Layers, first: int) -> Layers:
    """Scale the filters of all convolutions, so that the first has `first`."""
    before = layers[_convolutions(layers)[0]].filters
    high = ARGUMENTS["filters"].high
    return tuple(
        replace(each, filters=min(max(1, round(each.filters * first / before)), high))
        if isinstance(each, Conv2D)
        else each
        for each in layers
    )


def _with_kernel_size(layers: Layers, size: int) -> Layers:
    """Give all convolutions kernels of `size`, with padding where they would not fit otherwise."""
    changed = [
        replace(each, kernel_size=size) if isinstance(each, Conv2D) else each for each in layers
    ]
    for at in _convolutions(layers):
        if describe(changed[: at + 1]).rows[at].shape[0] is None:
            changed[at] = replace(changed[at], padding="same")
    return tuple(changed)


def _with_depth(layers: Layers, count: int) -> Layers:
    """Leave out the last convolutions, or repeat the last one, with padding, after itself.

    The normalization and the activation of a convolution go with it.
    """
    places = _convolutions(layers)
    if count <= len(places):
        left_out = {at for place in places[count:] for at in range(place, _end(layers, place))}
        return tuple(each for at, each in enumerate(layers) if at not in left_out)
    last, end = places[-1], _end(layers, places[-1])
    block = (replace(layers[last], strides=1, padding="same"), *layers[last + 1 : end])
    return (*layers[:end], *block * (count - len(places)), *layers[end:])


def _end(layers: Layers, place: int) -> int:
    """Return the position after the convolution at `place`, its normalization and activation."""
    end = place + 1
    while end < len(layers) and isinstance(layers[end], (BatchNormalization, Activation)):
        end += 1
    return end


VARIATIONS: dict[str, Variation] = {
    "filters": Variation(
        *("Filters", 1, 512, (8, 16, 32), _with_filters),
        lambda layers: layers[_convolutions(layers)[0]].filters,
    ),
    "kernel_size": Variation(
        *("Kernel size", 1, 28, (3, 5, 7), _with_kernel_size),
        lambda layers: layers[_convolutions(layers)[0]].kernel_size,
    ),
    "depth": Variation(
        *("Convolutions", 1, 10, (1, 2, 3), _with_depth), lambda layers: len(_convolutions(layers))
    ),
}
