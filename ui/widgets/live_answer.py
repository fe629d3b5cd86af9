"""The answer while one draws: the network runs in the browser, at each movement of the pen.

What the server answers after the stroke replaces it (see `live.js`).
"""

import base64
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from cnn.networks.packing import pack_network
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.rendering.images import INFERNO
from cnn.runs.run import Network, RunError
from ui.loading.network_cache import weights_key
from ui.state.session import BRUSH
from ui.widgets.canvas import drawing_mark, drawn_strokes
from ui.widgets.display import rejected_text
from ui.widgets.lens import DRAWN_PARTS, FOLDER, LIVE_PARTS, colours_of, lens_component, lens_source

_NETWORK = lens_component("live", *LIVE_PARTS)
# Streamlit sends a component's code with each message: here, after each stroke, it is short.
VIEW_CODE = (FOLDER / "view.js").read_text("utf-8")
_ANSWER = st.components.v2.component(
    "cnn_answer",
    html='<div class="lens"></div>',
    css=lens_source("css", *DRAWN_PARTS),
    js=VIEW_CODE,
)
COLOURS = colours_of(INFERNO)


def send_network(network: Network) -> None:
    """Send the weights of `network` to the browser, once: a message by itself is kept there."""
    try:
        packed = _packed(*weights_key(network))
    except (RunError, ValueError):
        return  # damaged weights: the page shows the error in place of the prediction
    with st.container(key="live_network"):
        _NETWORK(key="live_weights", data=packed)


@lru_cache(maxsize=8)
def _packed(network: Network, written_s: float) -> bytes:
    weights = network.run.weights(network.epoch)
    return pack_network(network.run.config.layers, weights, _key(network, written_s))


def network_key(network: Network) -> str:
    """Return what `send_network` calls the weights of `network`.

    Raises RunError if they are damaged.
    """
    return _key(*weights_key(network))


def _key(network: Network, written_s: float) -> str:
    return f"{network.run.id}@{network.epoch} of {written_s}"


def show_live(
    name: str,
    network: Network,
    image: np.ndarray | None,
    probabilities: np.ndarray | None,
    every_layer: bool = False,
) -> None:
    """Answer while the pen moves on the canvas `name`, in the container "canvas"; show maps of it.

    image, probabilities: (28, 28) uint8 and (classes,), what the server answers now; None without
    a picture. The maps are those of the first convolution and pooling, or of every layer, with
    the three poolings of the first.
    """
    run = network.run
    data: dict[str, Any] = {
        "view": "answer",
        "network": network_key(network),
        "container": "canvas",
        "side": CANVAS_SIDE,
        "brush": BRUSH.get(),
        "mark": drawing_mark(name),
        "strokes": [
            {"points": each.points.tolist(), "width": each.width} for each in drawn_strokes(name)
        ],
        "classes": run.data.classes,
        "threshold": run.reject_threshold,
        "rejected": rejected_text(run.data),
        "colours": COLOURS,
        "all": every_layer,
    }
    # Huge weights may give infinite outputs, for which JSON has no number.
    if image is not None and probabilities is not None and np.isfinite(probabilities).all():
        data["image"] = base64.b64encode(image.tobytes()).decode()
        data["probabilities"] = probabilities.tolist()
    _ANSWER(key="live_answer", data=data)
