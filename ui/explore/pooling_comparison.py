"""Max, average and sum pooling of one feature map, side by side."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.arithmetic.pooling import PADDINGS, POOLING_FUNCTIONS
from cnn.rendering.images import scale_for
from ui.explore.pooling_lens import show_pooling_lens
from ui.widgets.layer_panel import pick_unit
from ui.widgets.pooled_maps import show_pooled

SIDE = 208  # pixels


class Choice(NamedTuple):
    """A feature map (h, w) with its title, and how it is to be pooled.

    `layer` is the convolution's name, `number` which of its maps it is, from 0.
    """

    title: str
    feature_map: np.ndarray
    size: int
    stride: int
    padding: str
    layer: str
    number: int


def pick_map(outputs) -> Choice:
    """Choose a convolution's map, a window, a stride and a padding."""
    maps = {each.layer.name: each.values for each in outputs if each.layer.kind == "Conv2D"}
    with st.container(horizontal=True):
        name = st.selectbox(
            "Layer", list(maps), key="pooling_layer", persist_state="session", width=160
        )
        number = pick_unit("Map", name, maps[name], key="pooling_map")
        sizes = [size for size in (2, 3, 4) if size <= min(maps[name].shape[:2])]
        size = st.segmented_control(
            "Window",
            sizes,
            default=2,
            required=True,
            format_func=lambda size: f"{size} x {size}",
            key=f"pooling_size_{len(sizes)}",
            persist_state="session",
        )
        stride = st.segmented_control(
            "Stride",
            (0, 1, 2, 3, 4),
            default=0,
            required=True,
            format_func=lambda stride: str(stride or "as the window"),
            key="pooling_stride",
            persist_state="session",
            help="How many cells the window moves from one place to the next: as many as it is "
            "wide, where networks have nothing else said; fewer, and windows overlap.",
        )
        padding = st.segmented_control(
            "Padding",
            PADDINGS,
            default="valid",
            required=True,
            key="pooling_padding",
            persist_state="session",
            help="valid: windows lie wholly on the map; same: one window for every stride cells, "
            "and what of it lies beyond the map does not count.",
        )
    title, feature_map = f"{name}, map {number}", maps[name][:, :, number]
    return Choice(title, feature_map, size, stride or size, padding, name, number)


def compare_poolings(choice: Choice) -> None:
    """One map, its three poolings and their differences to point at; each on its own scale."""
    feature_map, size = choice.feature_map, choice.size
    st.markdown("**Point at a cell**, or move with the arrow keys: its window, and the arithmetic")
    st.caption("The three on one scale, so that their values can be compared.")
    show_pooling_lens(
        choice.title, feature_map, size, choice.stride, choice.padding, key="pooling_lens"
    )
    pooled = {
        kind: pool(feature_map, size, choice.stride, choice.padding)
        for kind, pool in POOLING_FUNCTIONS.items()
    }
    st.markdown("**Each on its own scale**, so that patterns can be compared")
    show_pooled(pooled, {kind: scale_for(values) for kind, values in pooled.items()}, legends=True)
    st.caption(
        "On scales of their own, average and sum look alike: the sum of a window that lies wholly "
        f"on the map is {size} · {size} = {size**2} times its average. Max keeps the strongest "
        "value of a window, however few are strong; the other two tell how much there is in all. "
        "Their difference is 0 where a window holds one value everywhere and large where a single "
        "value stands out: at edges and thin lines."
    )
