"""One layer of the network, with the arithmetic of its output values."""

import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.arithmetic.perturbation import Pooling
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.rendering.images import pixel_scale, scale_for
from cnn.runs.run import Network
from ui.explore.dataset_view import show_top_activations
from ui.explore.decision_lens import show_decision_lens
from ui.explore.diagram import show_diagram
from ui.explore.layer_context import OpenedLayer
from ui.explore.plain_layers import (
    show_activation,
    show_dropout,
    show_flatten,
    show_global_pooling,
    show_normalization,
)
from ui.loading.errors import show_error
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import LAYER
from ui.widgets.convolution_lens import show_convolution_lens
from ui.widgets.layer_panel import layer_words, pick_unit
from ui.widgets.pooling_lens import show_pooling_lens

POOLINGS = {f"{kind.capitalize()}Pooling2D": kind for kind in POOLING_FUNCTIONS}
POINT = "**Point at a cell** or use the arrow keys to see how its value is computed."


def opened_layer(names: list[str]) -> str:
    """Return the opened one of the layers `names`, by default the first; shows an error for others.

    Call it within a container that is always there.
    """
    name = LAYER.get() or names[0]
    if name in names:
        return name
    show_error(f"This network has no layer {name[:20]!r}. {names[0]} is shown instead.")
    choose(LAYER, None, by_widget=True)
    return names[0]


def show_network(network: Network, picture: ChosenPicture, outputs: list[LayerOutput]) -> None:
    """Show the diagram and the layer opened in it. Call it within a fragment."""
    names = [output.layer.name for output in outputs]
    with st.container():
        name = opened_layer(names)
    show_diagram(outputs, picture.image, name)
    opened = OpenedLayer(network, picture, outputs, names.index(name))
    with st.container(key="opened_layer"):
        st.header(f"Inside {name}", anchor="inside")
        st.caption(layer_words(opened.output.layer))
        show = _SHOW.get(opened.output.layer.kind)
        if show:
            show(opened)


def _show_convolution(opened: OpenedLayer) -> None:
    layer, values = opened.output.layer, opened.output.values
    inputs, first = opened.inputs, opened.index == 0
    number = pick_unit("Map", layer.name, values)
    kernel, *bias = recognizer_of(opened.network).weights(layer.name)
    st.markdown(POINT)
    show_convolution_lens(
        inputs,
        kernel[..., number],
        float(bias[0][number]) if layer.use_bias else None,
        values[..., number],
        (opened.source, f"{layer.name}, map {number}"),
        strides=layer.strides,
        padding=layer.padding,
        activation=layer.activation,
        input_scale=pixel_scale(white=1) if first else scale_for(inputs),
        picture=None if first else opened.picture.image,
        fields=None if first else opened.fields,
    )
    show_top_activations(opened.network, layer.name, number)


def _show_pooling(opened: OpenedLayer) -> None:
    layer = opened.output.layer
    number = pick_unit("Map", layer.name, opened.output.values)
    st.markdown(
        f"This layer is **{POOLINGS[layer.kind]}** pooling; the other two are shown for "
        f"comparison. {POINT}"
    )
    show_pooling_lens(
        f"{opened.source}, map {number}",
        opened.inputs[..., number],
        Pooling(layer.window[0], layer.strides[0], layer.padding),
        "layer_pooling_lens",
        opened.picture.image,
        opened.fields,
    )
    show_top_activations(opened.network, layer.name, number)


def _show_dense(opened: OpenedLayer) -> None:
    layer, values = opened.output.layer, opened.output.values
    weights, *rest = recognizer_of(opened.network).weights(layer.name)
    biases = rest[0] if layer.use_bias else None
    names, shape = list(opened.network.run.data.classes), None
    if layer.activation != "softmax":
        unit = pick_unit("Unit", layer.name, opened.output.values)
        weights, names = weights[:, [unit]], [f"unit {unit}"]
        biases = biases[[unit]] if layer.use_bias else None
        values, shape = values[[unit]], opened.flattened
    identity = f"{opened.network.run.id} {opened.network.epoch} {opened.picture.address}"
    show_decision_lens(
        opened.inputs, weights, biases, names, identity, layer.activation, values, shape
    )


_SHOW = {
    "Activation": show_activation,
    "BatchNormalization": show_normalization,
    "Dropout": show_dropout,
    "GlobalAveragePooling2D": show_global_pooling,
    "Conv2D": _show_convolution,
    "Dense": _show_dense,
    "Flatten": show_flatten,
    **dict.fromkeys(POOLINGS, _show_pooling),
}
