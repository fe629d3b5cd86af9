"""A feature map with its kernel and input, and the arithmetic of each cell, in the browser."""

from typing import NamedTuple

import numpy as np

from cnn.arithmetic.pooling import padding_before
from cnn.arithmetic.receptive_field import ReceptiveField
from cnn.rendering.images import Scale, pixel_scale, scale_for, signed_scale
from ui.widgets.lens import lens_component, packed, packed_field, packed_scale

_LENS = lens_component("convolution")


class Convolution(NamedTuple):
    """One feature map and what it is computed from.

    inputs: (h, w, channels) float32; kernel: (k, l, channels); output: (h', w'), after ReLU if
    `relu`; names: of the input and the output; input_scale: the colours of the input.
    """

    inputs: np.ndarray
    kernel: np.ndarray
    bias: float
    output: np.ndarray
    strides: tuple[int, int]
    padding: str
    relu: bool
    names: tuple[str, str]
    input_scale: Scale


def show_convolution_lens(
    convolution: Convolution,
    key: str,
    picture: np.ndarray | None = None,
    fields: tuple[ReceptiveField, ReceptiveField] | None = None,
) -> None:
    """Show how each output value is computed.

    With `picture`, (28, 28) uint8, and `fields`, the receptive fields of the output's units, down
    and across, also the part of the picture that the value depends on.
    """
    inputs, kernel, bias, output, strides, padding, relu, names, input_scale = convolution
    data = {
        "input": packed(inputs),
        "kernel": packed(kernel),
        "bias": bias,
        "output": packed(output),
        "relu": relu,
        "stride": list(strides),
        "before": [
            padding_before(length, window, stride, padding)
            for length, window, stride in zip(inputs.shape, kernel.shape, strides)  # noqa: B905 - channels are left out
        ],
        "names": dict(zip(("input", "output"), names, strict=True)),
        "scales": {
            "input": packed_scale(input_scale),
            "kernel": packed_scale(signed_scale(kernel)),
            "output": packed_scale(scale_for(output)),
            "picture": packed_scale(pixel_scale()),
        },
    }
    _LENS(key=key, data=data | packed_field(picture, fields))
