"""A feature map with its kernel and input, and the arithmetic of each cell, in the browser."""

from collections.abc import Callable

import numpy as np

from cnn.arithmetic.pooling import padding_around
from cnn.rendering.images import Scale, scale_for, signed_scale
from ui.widgets.lens import lens_component, packed, packed_scale

REPORTED_CELLS = 5
_LENS = lens_component("convolution")


def show_convolution_lens(
    inputs: np.ndarray,
    kernel: np.ndarray,
    bias: float | None,
    output: np.ndarray,
    names: tuple[str, str],
    *,
    strides: tuple[int, int],
    padding: str,
    activation: str,
    input_scale: Scale,
    key: str = "convolution_lens",
    on_pointed: Callable[[], None] | None = None,
) -> None:
    """Show how each value of a feature map is computed.

    inputs: (h, w, channels) float32; kernel: (k, l, channels); bias: None if the layer has none;
    output: (h', w'), after `activation`, such as "relu", empty if there is none; names: of the
    input and the output. With `picture`, (28, 28) uint8, and `fields`, the receptive fields of the
    output's units, down and across, also the part of the picture that the value depends on.
    `on_pointed` is called once REPORTED_CELLS cells have been pointed at.
    """
    data = {
        "input": packed(inputs),
        "kernel": packed(kernel),
        "bias": bias,
        "output": packed(output),
        "activation": activation,
        "stride": list(strides),
        "before": [
            padding_around(length, window, stride, padding)[0]
            for length, window, stride in zip(inputs.shape, kernel.shape, strides)  # noqa: B905 - channels are left out
        ],
        "names": dict(zip(("input", "output"), names, strict=True)),
        "scales": {
            "input": packed_scale(input_scale),
            "kernel": packed_scale(signed_scale(kernel)),
            "output": packed_scale(scale_for(output)),
        },
    }
    if on_pointed:
        data["report_after"] = REPORTED_CELLS
    _LENS(key=key, data=data, on_pointed_change=on_pointed or (lambda: None))
