"""Layers whose arithmetic takes no lens: Flatten, normalization, activation, Dropout, ..."""

import streamlit as st

from cnn.rendering.images import paint, scale_for
from cnn.rendering.text import percent
from ui.explore.dataset_view import show_top_activations
from ui.explore.layer_context import OpenedLayer
from ui.loading.networks import recognizer_of
from ui.widgets.display import show_picture, show_scale
from ui.widgets.glossary import explain
from ui.widgets.layer_panel import pick_unit, shape_text

MAP_SIDE = 208  # pixels
FORMULAS = {  # of the activations, as Keras computes them
    "relu": r"y = \max(0, x)",
    "leaky_relu": r"y = \max(0.2\,x, x)",
    "elu": r"y = x \text{ if } x > 0, \text{ otherwise } e^x - 1",
    "gelu": r"y = x \cdot \Phi(x), \quad \Phi: \text{the normal distribution}",
    "silu": r"y = \frac{x}{1 + e^{-x}}",
    "tanh": r"y = \tanh(x)",
    "sigmoid": r"y = \frac{1}{1 + e^{-x}}",
    "linear": "y = x",
}


def show_flatten(opened: OpenedLayer) -> None:
    """Show the order in which a Flatten layer lists the values of its maps."""
    if opened.inputs.ndim == 1:
        st.markdown("Its input is a vector already, which it leaves unchanged.")
        return
    height, width, count = opened.inputs.shape
    st.markdown(
        "The values are ordered by row, column and map: the value at row y, column x of map c "
        f"becomes element **(y · {width} + x) · {count} + c** of the vector. The last element of "
        f"{shape_text(opened.inputs.shape)} is ({height - 1} · {width} + {width - 1}) · {count} + "
        f"{count - 1} = {len(opened.output.values) - 1:,}. The values are unchanged; which of them "
        "were adjacent is no longer explicit."
    )


def show_normalization(opened: OpenedLayer) -> None:
    """Show the four numbers of a map or unit, and what they make of its largest value."""
    layer, values, inputs = opened.output.layer, opened.output.values, opened.inputs
    number = pick_unit("Map" if values.ndim == 3 else "Unit", layer.name, values)
    recognizer = recognizer_of(opened.network)
    gamma, beta, mean, variance = (float(each[number]) for each in recognizer.weights(layer.name))
    epsilon = recognizer.network.get_layer(layer.name).epsilon
    value = float(inputs[..., number].max())
    output = (value - mean) / (variance + epsilon) ** 0.5 * gamma + beta
    st.latex(
        r"y = \frac{x - \text{mean}}{\sqrt{\text{variance} + " + f"{epsilon:g}" + r"}}"
        r" \cdot \text{gamma} + \text{beta}"
    )
    st.markdown(
        f"Mean **{mean:.4g}** and variance **{variance:.4g}** are moving averages over the batches "
        f"of the training; gamma **{gamma:.4g}** and beta **{beta:.4g}** were trained. The largest "
        f"input, {value:.4g}, becomes {output:.4g}.",
        help=explain("batch normalization"),
    )
    _show_maps_between(opened, number)


def show_activation(opened: OpenedLayer) -> None:
    """Show what an Activation layer does to the values of a map or to a unit."""
    layer, values, inputs = opened.output.layer, opened.output.values, opened.inputs
    what = "Map" if values.ndim == 3 else "Unit"
    number = pick_unit(what, layer.name, values)
    before, after = inputs[..., number], values[..., number]
    if formula := FORMULAS.get(layer.activation):
        st.latex(formula)
    if values.ndim < 3:
        st.markdown(f"Unit {number}: the input {before:.4g} becomes **{after:.4g}**.")
        return
    negative = int((before < 0).sum())
    st.markdown(
        f"It is applied to each value by itself. Of the {before.size} values of map {number}, "
        f"**{negative}** are negative. The smallest, {before.min():.4g}, becomes "
        f"{after.flat[before.argmin()]:.4g}, and the largest, {before.max():.4g}, becomes "
        f"{after.flat[before.argmax()]:.4g}."
    )
    _show_maps_between(opened, number)


def show_dropout(opened: OpenedLayer) -> None:
    """Show what a Dropout layer does during training."""
    name = opened.output.layer.name
    rate = recognizer_of(opened.network).network.get_layer(name).rate
    st.markdown(
        f"In each training step, **{percent(rate)}** of the values, chosen at random, were set to "
        f"0 and the others divided by 1 − {rate:g} = {1 - rate:g}, so that their expected sum "
        "stays the same. In a prediction, as here, all values pass unchanged.",
        help=explain("dropout"),
    )


def show_global_pooling(opened: OpenedLayer) -> None:
    """Show the map that a unit is the average of."""
    layer, inputs = opened.output.layer, opened.inputs
    number = pick_unit("Unit", layer.name, opened.output.values)
    height, width = inputs.shape[:2]
    st.markdown(
        f"Unit {number} is the average of the {height} · {width} = {height * width} values of map "
        f"{number}: **{float(inputs[..., number].mean()):.4g}**.",
        help=explain("global average pooling"),
    )
    scale = scale_for(inputs[..., number])
    with st.container(width=MAP_SIDE):
        show_picture(
            paint(inputs[..., number], scale, MAP_SIDE), f"{opened.source}, map {number}", MAP_SIDE
        )
        show_scale(scale)


def _show_maps_between(opened: OpenedLayer, number: int) -> None:
    """Show map `number` before and after the layer, each on its own scale, if it has maps."""
    layer = opened.output.layer
    if opened.output.values.ndim < 3:
        return
    with st.container(horizontal=True):
        for name, maps in ((opened.source, opened.inputs), (layer.name, opened.output.values)):
            values = maps[..., number]
            with st.container(width=MAP_SIDE):
                show_picture(
                    paint(values, scale_for(values), MAP_SIDE), f"{name}, map {number}", MAP_SIDE
                )
                show_scale(scale_for(values))
    show_top_activations(opened.network, layer.name, number)
