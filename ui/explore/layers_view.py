"""The view Layers: the diagram, one layer opened, and all layers, computed in the browser.

The network comes with `send_network`. What is chosen in the browser is shown there at once; it is
sent here to be kept, and for what only the server knows: the test digits that activate a map most.
"""

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cnn.arithmetic.layer_info import LayerSummary
from cnn.runs.run import Network
from ui.explore.browser_choice import open_chosen
from ui.explore.dataset_view import show_top_activations
from ui.explore.layer_facts import PALETTES, described
from ui.loading.errors import show_error
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import CHOICE_NUMBER, LAYER
from ui.widgets.display import rejected_text
from ui.widgets.layer_panel import checked_unit, strongest_map
from ui.widgets.lens import EXPLORED_PARTS, lens_source, packed
from ui.widgets.live_answer import VIEW_CODE, network_key

_VIEW = st.components.v2.component(
    "cnn_view",
    html='<div class="lens"></div>',
    css=lens_source("css", "strips", *EXPLORED_PARTS),
    js=VIEW_CODE,
)


def opened_layer(names: Sequence[str]) -> str:
    """Return the opened one of the layers `names`, by default the first; shows an error for others.

    Call it within a container that is always there.
    """
    name = LAYER.get() or names[0]
    if name in names:
        return name
    show_error(f"This network has no layer {name[:20]!r}. {names[0]} is shown instead.")
    choose(LAYER, None, by_widget=True)
    return names[0]


def show_live_prediction(network: Network, picture: ChosenPicture) -> None:
    """Let the browser show the prediction for a picture that is chosen there."""
    _VIEW(key="prediction_view", data={"view": "prediction"} | _shown(network, picture))


def show_layers(network: Network, picture: ChosenPicture) -> None:
    """Show the diagram and the layer opened in it, and what activates its map most."""
    recognizer = recognizer_of(network)
    with st.container():
        names = [each.name for each in recognizer.layers]
        layer = recognizer.layers[names.index(opened_layer(names))]
        chosen = checked_unit(layer)
    number = _strongest(network, picture, layer) if chosen is None else chosen
    opened = {"layer": layer.name, "map": chosen, "exact": _exact_weights(network, layer, number)}
    with st.container(key="layers_view"):
        _show_view("layers", network, picture, opened)
    if len(layer.shape) == 3:
        show_top_activations(network, layer.name, number)


def _strongest(network: Network, picture: ChosenPicture, layer: LayerSummary) -> int:
    outputs = recognizer_of(network).activations(picture.image)
    return next(strongest_map(each.values) for each in outputs if each.layer.name == layer.name)


def show_all_layers(network: Network, picture: ChosenPicture) -> None:
    """Show every layer with all its maps, in an expander; a click on a map opens it."""
    with st.container(key="feature_maps"):
        _show_view("sheets", network, picture, {})


def _show_view(view: str, network: Network, picture: ChosenPicture, opened: dict[str, Any]) -> None:
    layers = described(tuple(recognizer_of(network).layers))
    shown = {"view": view, "layers": layers, "palettes": PALETTES} | opened
    key = f"{view}_lens"
    _VIEW(
        key=key, data=shown | _shown(network, picture), on_choice_change=partial(open_chosen, key)
    )


def _shown(network: Network, picture: ChosenPicture) -> dict[str, Any]:
    """What each view needs to know: the network, the picture, and how an answer is decided."""
    run = network.run
    return {
        "network": network_key(network),
        "number": CHOICE_NUMBER.get(),
        "image": base64.b64encode(picture.image.tobytes()).decode(),
        "title": picture.title,
        "classes": run.data.classes,
        "threshold": run.reject_threshold,
        "rejected": rejected_text(run.data),
    }


def _exact_weights(network: Network, layer: LayerSummary, number: int) -> dict[str, Any] | None:
    """Return the kernel of one map or unit, or of all units of the last layer, in float32.

    Those that came with the network are rounded; biases are not. None without a kernel.
    """
    if layer.kind not in ("Conv2D", "Dense"):
        return None
    kernel = recognizer_of(network).weights(layer.name)[0]
    if layer.activation == "softmax":
        return {"layer": layer.name, "map": None, "kernel": packed(kernel)}
    return {"layer": layer.name, "map": number, "kernel": packed(kernel[..., number])}
