"""What a layer computes, in words; the choice of one of its maps; a map under the poolings."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerSummary
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.rendering.images import paint, scale_for
from ui.loading.errors import show_error
from ui.state.selection import choice_widget
from ui.state.session import MAP
from ui.widgets.display import figure_html

COLUMNS = 8
POOLED_SIDE = 208  # pixels
DESCRIPTIONS = {
    "Conv2D": "Slides {window} kernels over all maps of the previous layer{bias}",
    "MaxPooling2D": "Takes the maximum of each {window} window; no parameters",
    "AveragePooling2D": "Takes the average of each {window} window; no parameters",
    "SumPooling2D": "Takes the sum of each {window} window; no parameters",
    "Flatten": "Flattens the maps into a vector: the same values, without their positions",
    "GlobalAveragePooling2D": "Replaces each map by its average: one value per map; no parameters",
    "BatchNormalization": "Shifts and scales each map or unit by numbers from the training",
    "Dropout": "Passes all values on unchanged; only during training, some are set to 0",
    "Dense": "Each unit computes a weighted sum of all values of the previous layer{bias}",
}
BIASES = {  # by kind: with a bias, and without
    "Conv2D": (" and adds a bias", ", without a bias"),
    "Dense": (", plus a bias", ", without a bias"),
}
ACTIVATIONS = {
    "relu": "; ReLU then sets negative values to 0",
    **{
        name: f"; {name} is then applied to each value"
        for name in ("leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
    },
    "softmax": "; softmax then turns the {sums} sums into probabilities",
}


def strongest_map(values: np.ndarray) -> int:
    """The number of the map of (h, w, maps), or unit of (units,), with the largest value."""
    return int(values.reshape(-1, values.shape[-1]).max(axis=0).argmax())


def pick_unit(what: str, layer: str, values: np.ndarray) -> int:
    """Show the choice MAP, of a map or unit of `layer`; return its number from 0.

    `values` is the layer's output, (h, w, maps) or (units,): the default is the strongest. Shows an
    error if the chosen one does not exist.
    """
    last, strongest = values.shape[-1] - 1, strongest_map(values)
    with st.container():  # always there, so that what follows keeps its place
        chosen = _checked_map(what, layer, last)
    # Another image may have another default, which the browser would not take for an old key.
    return st.number_input(
        f"{what}, 0 to {last}",
        0,
        last,
        strongest if chosen is None else chosen,
        width=170,
        **choice_widget(MAP, name=f"map_{layer}_{strongest}"),
    )


def checked_unit(layer: LayerSummary) -> int | None:
    """Return the choice MAP, of a map or unit of `layer`, or None for that with the largest value.

    Shows an error if the chosen one does not exist: call it within a lasting container.
    """
    what = "Map" if len(layer.shape) == 3 else "Unit"
    return _checked_map(what, layer.name, layer.shape[-1] - 1)


def _checked_map(what: str, layer: str, last: int) -> int | None:
    chosen = MAP.get()
    if chosen is None or chosen <= last:
        return chosen
    show_error(
        f"{layer} has no {what.lower()} {chosen}, only 0 to {last}. The one with the largest value "
        "is shown instead."
    )
    MAP.pop()
    return MAP.default


def layer_words(layer: LayerSummary) -> str:
    """A sentence on what a layer computes; empty for an unknown kind."""
    if layer.kind == "Activation":
        return f"{_activation_words(layer.activation)}; no parameters."
    if layer.kind not in DESCRIPTIONS:
        return ""
    bias = BIASES.get(layer.kind, ("", ""))[0 if layer.use_bias else 1]
    text = DESCRIPTIONS[layer.kind].format(window=shape_text(layer.window), bias=bias)
    sums = "ten" if layer.shape == (10,) else str(layer.shape[-1])
    return f"{text}{ACTIVATIONS.get(layer.activation, '').format(sums=sums)}."


def _activation_words(activation: str) -> str:
    match activation:
        case "relu":
            return "ReLU: sets negative values to 0"
        case "linear":
            return "Passes all values on unchanged"
    return f"Applies {activation} to each value"


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as text: 26 x 26 x 32."""
    return " x ".join(str(side) for side in shape)


def show_pooled(feature_map: np.ndarray, *pooling: int | str) -> None:
    """Show the poolings of a map (h, w) in a row, on a phone too, each with its own scale.

    pooling: the arguments of `cnn.arithmetic.pooling.pool_max` after the map.
    """
    figures = ""
    for kind, pool in POOLING_FUNCTIONS.items():
        values = pool(feature_map, *pooling)
        text = f"{kind}: {shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}"
        scale = scale_for(values)
        figures += figure_html(paint(values, scale, POOLED_SIDE), text, 2 * POOLED_SIDE, scale)
    st.html(f'<div class="figures">{figures}</div>')
