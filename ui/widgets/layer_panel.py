"""Every layer of a network, in order, with what it made of a picture."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerSummary
from cnn.rendering.images import paint_tiles, paint_units, scale_for
from ui.widgets.display import figure, show_probabilities

COLUMNS = 8
SIDES = ((20, 104), (1, 78))  # pixels a tile, for maps of at least so many cells a side
DOES = {
    "Conv2D": "Slides {window} kernels over all maps of the layer before and adds a bias",
    "MaxPooling2D": "Keeps the largest value of each {window} window; there is nothing to learn",
    "AveragePooling2D": "Averages each {window} window; there is nothing to learn",
    "SumPooling2D": "Adds up each {window} window; there is nothing to learn",
    "Flatten": "Writes all maps into one row: the same values, no places any more",
    "Dense": "Each unit weighs every value of the layer before and adds a bias",
}
THEN = {
    "relu": "; then ReLU keeps what is positive",
    "softmax": "; then softmax makes the ten sums probabilities",
}


def show_layer(layer: LayerSummary, values: np.ndarray) -> None:
    """One layer: what it does, its shape and parameters, and a picture of `values`, its output."""
    # One element a layer: a page of many is slow to draw.
    words = (
        f'<h3 id="{layer.name}">{layer.name}</h3><p>{layer.kind} · output '
        f"<b>{shape_text(layer.shape)}</b> · parameters {_parameters(layer)}</p>"
        f'<p class="does">{layer_words(layer)}</p>'
    )
    is_answer = layer.activation == "softmax"
    if not is_answer:
        words += _maps(layer.name, values) if values.ndim == 3 else _units(layer.name, values)
    st.html(f'<div class="layer">{words}</div>')
    if is_answer:
        show_probabilities(values)


def strongest_map(values: np.ndarray) -> int:
    """Which map of (h, w, maps), or unit of (units,), has the largest value."""
    return int(values.reshape(-1, values.shape[-1]).max(axis=0).argmax())


def pick_unit(what: str, name: str, values: np.ndarray, key: str = "unit") -> int:
    """Show the choice of a map or a unit of the layer `name`; returns its number from 0.

    `values` is the layer's output, (h, w, maps) or (units,): the first choice is what is strongest.
    The widget's key begins with `key`.
    """
    last = values.shape[-1] - 1
    return st.number_input(
        f"{what}, 0 to {last}",
        0,
        last,
        strongest_map(values),
        key=f"{key}_{name}_{last}",
        persist_state="session",
        width=170,
    )


def layer_words(layer: LayerSummary) -> str:
    """What a layer does, in a sentence; empty where it is of an unknown kind."""
    if layer.kind not in DOES:
        return ""
    words = DOES[layer.kind].format(window=shape_text(layer.window))
    return f"{words}{THEN.get(layer.activation, '')}."


def _maps(name: str, maps: np.ndarray) -> str:
    height, width, count = maps.shape
    side = next(side for least, side in SIDES if height >= least)
    scale = scale_for(maps)
    dark = int((maps == 0).all(axis=(0, 1)).sum())
    caption = f"{name}: all {count} maps, numbered from 0, {height} x {width} each, on one scale"
    if dark:
        caption += f"; {dark} of them 0 everywhere"
    return figure(paint_tiles(maps, scale, COLUMNS, side), caption, COLUMNS * (side + 3), scale)


def _units(name: str, values: np.ndarray) -> str:
    scale = scale_for(values)
    columns = 48 if len(values) > 64 else 32
    caption = f"{name}: {len(values)} values, row by row; {int((values != 0).sum())} are not 0"
    return figure(paint_units(values, scale, columns, side=16), caption, columns * 16, scale)


def _parameters(layer: LayerSummary) -> str:
    return f"{layer.arithmetic} = <b>{layer.parameters:,}</b>" if layer.parameters else "none"


def shape_text(shape: tuple[int, ...]) -> str:
    """(26, 26, 32) as people write it: 26 x 26 x 32."""
    return " x ".join(str(side) for side in shape)
