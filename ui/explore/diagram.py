"""A diagram of the network; a click on a layer opens it."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.rendering.images import pixel_scale, scale_for
from ui.state.selection import choose
from ui.state.session import LAYER, widget_value
from ui.widgets.lens import lens_component, packed, packed_scale

_DIAGRAM = lens_component("diagram")
MAX_VALUES = 256  # of a layer without maps; more would be too fine to see


def show_diagram(outputs: list[LayerOutput], image: np.ndarray, opened: str) -> None:
    """Show all layers with their `outputs` for `image`, (28, 28) uint8.

    A click on a layer stores its name as LAYER.
    """
    with st.container(key="diagram"):
        _DIAGRAM(
            key="diagram_lens",
            on_layer_change=_open_layer,
            data={
                "layers": [_layer_data(output) for output in outputs],
                "inputShape": [*image.shape, 1],
                "picture": packed(image),
                "pictureScale": packed_scale(pixel_scale()),
                "open": opened,
            },
        )


def _open_layer() -> None:
    name = widget_value("diagram_lens").layer
    if name:
        choose(LAYER, name, by_widget=True)


def _layer_data(output: LayerOutput) -> dict:
    layer, values = output.layer, output.values
    overview = values.mean(axis=-1) if values.ndim == 3 else values[:MAX_VALUES]
    return {
        "name": layer.name,
        "kind": layer.kind,
        "shape": list(layer.shape),
        "parameters": layer.parameters,
        "map": packed(overview),
        "scale": packed_scale(scale_for(overview)),
    }
