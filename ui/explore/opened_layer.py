"""One layer, opened: where one number of it comes from."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.arithmetic.receptive_field import receptive_fields
from cnn.constants import CLASSES
from cnn.rendering.images import pixel_scale, scale_for
from cnn.runs.run import Network
from ui.explore.convolution_lens import Convolution, show_convolution_lens
from ui.explore.dataset_view import show_top_activations
from ui.explore.decision_lens import show_decision_lens
from ui.explore.diagram import show_diagram
from ui.explore.pooling_lens import show_pooling_lens
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.session import LAYER
from ui.widgets.layer_panel import layer_words, pick_unit, shape_text

POOLINGS = {f"{kind.capitalize()}Pooling2D": kind for kind in POOLING_FUNCTIONS}


def show_network(network: Network, picture: ChosenPicture, outputs: list[LayerOutput]) -> None:
    """The diagram, and the layer that was opened in it; to be wrapped in a fragment."""
    names = [output.layer.name for output in outputs]
    opened = LAYER.get()
    opened = opened if opened in names else names[0]
    show_diagram(outputs, picture.image, opened)
    place = names.index(opened)
    output = outputs[place]
    with st.container(key="opened_layer"):
        st.subheader(f"Inside {opened}", anchor="inside")
        st.caption(layer_words(output.layer))
        inputs = outputs[place - 1].values if place else picture.image[..., None] / np.float32(255)
        source = outputs[place - 1].layer.name if place else "the picture, 0 to 1"
        if output.layer.kind == "Conv2D":
            _show_convolution(network, picture, outputs, place, inputs, source)
        elif output.layer.kind in POOLINGS:
            _show_pooling(network, picture, outputs, place, inputs, source)
        elif output.layer.kind == "Dense":
            _show_dense(network, picture, outputs, place, inputs)
        elif output.values.ndim == 1 and inputs.ndim == 3:
            _show_flatten(inputs, output)


def _show_convolution(network, picture, outputs, place, inputs, source) -> None:
    layer, values = outputs[place].layer, outputs[place].values
    recognizer = recognizer_of(network)
    number = pick_unit("Map", layer.name, values)
    kernel, bias = recognizer.weights(layer.name)
    fields = receptive_fields(recognizer.layers, picture.image.shape)[place]
    made = Convolution(
        inputs,
        kernel[..., number],
        float(bias[number]),
        values[..., number],
        layer.strides,
        layer.padding,
        layer.activation == "relu",
        (source, f"{layer.name}, map {number}"),
        scale_for(inputs) if place else pixel_scale(white=1),
    )
    st.markdown("**Point at a cell**, or move with the arrow keys: where its number comes from")
    show_convolution_lens(
        made, "convolution_lens", picture.image if place else None, fields if place else None
    )
    show_top_activations(network, layer.name, number)


def _show_pooling(network, picture, outputs, place, inputs, source) -> None:
    layer = outputs[place].layer
    number = pick_unit("Map", layer.name, outputs[place].values)
    fields = receptive_fields(recognizer_of(network).layers, picture.image.shape)[place]
    st.markdown(
        f"This network pools by **{POOLINGS[layer.kind]}**; beside it, what the others would give. "
        "**Point at a cell**, or move with the arrow keys"
    )
    show_pooling_lens(
        f"{source}, map {number}",
        inputs[..., number],
        layer.window[0],
        layer.strides[0],
        layer.padding,
        "layer_pooling_lens",
        picture.image,
        fields,
    )
    show_top_activations(network, layer.name, number)


def _show_dense(network, picture, outputs, place, inputs) -> None:
    layer = outputs[place].layer
    weights, biases = recognizer_of(network).weights(layer.name)
    before = outputs[place - 1].layer
    looked_at = f"{network.run.id} {network.epoch} {picture.address}"
    if layer.activation == "softmax":
        show_decision_lens(
            inputs, weights, biases, list(map(str, range(CLASSES))), looked_at, softmax=True
        )
        return
    unit = pick_unit("Unit", layer.name, outputs[place].values)
    shape = outputs[place - 2].values.shape if before.kind == "Flatten" and place > 1 else None
    show_decision_lens(
        inputs,
        weights[:, [unit]],
        biases[[unit]],
        [f"unit {unit}"],
        looked_at,
        input_shape=shape,
        activation=layer.activation,
    )


def _show_flatten(inputs: np.ndarray, output: LayerOutput) -> None:
    height, width, count = inputs.shape
    st.markdown(
        f"Row by row, cell by cell, the {count} values that all maps have there: the value at row "
        f"y, column x of map c comes to place **(y · {width} + x) · {count} + c**. The last of "
        f"{shape_text(inputs.shape)} is ({height - 1} · {width} + {width - 1}) · {count} + "
        f"{count - 1} = {len(output.values) - 1:,}. Nothing is computed, and nothing is lost but "
        "the places: that two values were neighbours, the next layer has to learn."
    )
