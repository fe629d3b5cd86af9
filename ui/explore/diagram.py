"""The network drawn as its layers: the overview, and the way into each of them."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.rendering.images import pixel_scale, scale_for
from ui.state.session import LAYER, widget_value
from ui.widgets.lens import lens_component, packed, packed_scale

_DIAGRAM = lens_component("diagram")
MOST_VALUES = 256  # of a layer without maps; more could not be told apart


def show_diagram(outputs: list[LayerOutput], image: np.ndarray, opened: str) -> None:
    """Show all layers of `outputs` with what they made of `image`, (28, 28) uint8.

    A click on one keeps its name as LAYER.
    """
    with st.container(key="diagram"):
        _DIAGRAM(
            key="diagram_lens",
            on_layer_change=_open,
            data={
                "layers": [_described(output) for output in outputs],
                "inputShape": [*image.shape, 1],
                "picture": packed(image),
                "pictureScale": packed_scale(pixel_scale()),
                "open": opened,
            },
        )


def _open() -> None:
    name = widget_value("diagram_lens").layer
    if name:
        LAYER.set(name)


def _described(output: LayerOutput) -> dict:
    values = output.values
    overview = values.mean(axis=-1) if values.ndim == 3 else values[:MOST_VALUES]
    return {
        "name": output.layer.name,
        "kind": output.layer.kind,
        "shape": list(output.layer.shape),
        "parameters": output.layer.parameters,
        "map": packed(overview),
        "scale": packed_scale(scale_for(overview)),
    }
