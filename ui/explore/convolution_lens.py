"""One feature map, its kernel and what it is made of, to point at: answered in the browser."""

from typing import NamedTuple

import numpy as np

from cnn.arithmetic.pooling import padding_around
from cnn.arithmetic.receptive_field import ReceptiveField
from cnn.rendering.images import Scale, pixel_scale, scale_for, signed_scale
from ui.widgets.lens import lens_component, packed, packed_field, packed_scale

_LENS = lens_component("convolution")


class Convolution(NamedTuple):
    """What makes one feature map.

    inputs: (h, w, channels) float32; kernel: (k, l, channels); output: (h', w'), after ReLU where
    `relu`; names: what input and output are called; input_scale: the colours of the input.
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
    made: Convolution,
    key: str,
    picture: np.ndarray | None = None,
    fields: tuple[ReceptiveField, ReceptiveField] | None = None,
) -> None:
    """Show how each output value comes about; with `picture` (28, 28) uint8, what of it is seen.

    `fields` is the receptive field of the output's units, down and across.
    """
    inputs, kernel = made.inputs, made.kernel
    data = {
        "input": packed(inputs),
        "kernel": packed(kernel),
        "bias": float(made.bias),
        "output": packed(made.output),
        "relu": made.relu,
        "stride": list(made.strides),
        "before": [
            padding_around(length, window, stride, made.padding)[0]
            for length, window, stride in zip(inputs.shape, kernel.shape, made.strides)  # noqa: B905 - channels are left out
        ],
        "names": dict(zip(("input", "output"), made.names, strict=True)),
        "scales": {
            "input": packed_scale(made.input_scale),
            "kernel": packed_scale(signed_scale(kernel)),
            "output": packed_scale(scale_for(made.output)),
            "picture": packed_scale(pixel_scale()),
        },
    }
    _LENS(key=key, data=data | packed_field(picture, fields))
