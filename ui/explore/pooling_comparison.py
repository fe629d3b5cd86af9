"""Max, average and sum pooling of one feature map, side by side."""

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.arithmetic.perturbation import Pooling
from cnn.arithmetic.pooling import PADDINGS
from ui.explore.layers_view import opened_layer
from ui.state.selection import choice_widget, choose
from ui.state.session import LAYER, POOLING_PADDING, POOLING_SIZE, POOLING_STRIDE
from ui.widgets.glossary import explain
from ui.widgets.layer_panel import pick_unit, show_pooled
from ui.widgets.pooling_lens import show_pooling_lens

SIZES = (2, 3, 4)  # of the window
# What usually comes before a pooling: a convolution, or what normalizes and activates its sums.
POOLED_KINDS = ("Conv2D", "BatchNormalization", "Activation")


class PoolingChoice(NamedTuple):
    """Map `number`, from 0, of `layer`: its values (h, w), and how to pool them."""

    layer: str
    number: int
    feature_map: np.ndarray
    pooling: Pooling

    @property
    def title(self) -> str:
        """The layer's name and the number of the map."""
        return f"{self.layer}, map {self.number}"


def compare_poolings(outputs: list[LayerOutput]) -> PoolingChoice | None:
    """Show a map of a layer under the three poolings. Return what was chosen.

    Returns None, and says why, if the network has no maps that can be pooled.
    """
    if not _poolable(outputs):
        st.info(
            "This network has no convolution with maps of 2 x 2 or more, so there is nothing to "
            "pool. Choose another network in the sidebar."
        )
        return None
    choice = _pick_map(outputs)
    feature_map, pooling = choice.feature_map, choice.pooling
    st.markdown("**Point at a cell** or use the arrow keys to see its window and the arithmetic.")
    st.caption("One colour scale for all three, to compare values.")
    show_pooling_lens(choice.title, feature_map, pooling, key="pooling_lens")
    st.caption("One colour scale for each, to compare patterns.")
    show_pooled(feature_map, *pooling)
    size = pooling.size
    st.caption(
        "With a colour scale for each, average and sum look alike: the sum of a window inside the "
        f"map is {size} · {size} = {size**2} times its average. Max keeps only the largest value "
        "of a window; the other two depend on all of them. The difference between max and average "
        "is 0 if all values of a window are equal, and large at edges and thin lines."
    )
    return choice


def _poolable(outputs: list[LayerOutput]) -> dict[str, np.ndarray]:
    """The maps (h, w, maps), by layer, of convolutions and what follows them, if a window fits."""
    return {
        each.layer.name: each.values
        for each in outputs
        if each.layer.kind in POOLED_KINDS
        and each.values.ndim == 3
        and min(each.values.shape[:2]) >= SIZES[0]
    }


def _layer_before(outputs: list[LayerOutput]) -> str:
    """The opened layer if its maps can be pooled, or the last such before it, or the first."""
    names = [each.layer.name for each in outputs]
    with st.container():  # always there, so that what follows keeps its place
        index = names.index(opened_layer(names))
    poolable = list(_poolable(outputs))
    before = [name for name in poolable if name in names[: index + 1]] or poolable[:1]
    if outputs[index].values.ndim < 3 or before[-1] not in names[: index + 1]:
        # MAP is a unit's number, or that of a map of another layer
        choose(LAYER, before[-1], by_widget=True)
    return before[-1]


def _pick_map(outputs: list[LayerOutput]) -> PoolingChoice:
    layer = _layer_before(outputs)
    maps = _poolable(outputs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Layer",
            list(maps),
            index=list(maps).index(layer),
            width=160,
            **choice_widget(LAYER),
        )
        number = pick_unit("Map", layer, maps[layer])
        sizes = [size for size in SIZES if size <= min(maps[layer].shape[:2])]
        for key in (POOLING_SIZE, POOLING_STRIDE, POOLING_PADDING):
            key.start()
        if POOLING_SIZE.get() not in sizes:  # chosen for larger maps
            POOLING_SIZE.set(POOLING_SIZE.default)
        control = partial(st.segmented_control, required=True, persist_state="session")
        size = control(
            "Window",
            sizes,
            format_func=lambda size: f"{size} x {size}",
            key=POOLING_SIZE.name,
        )
        stride = control(
            "Stride",
            (0, 1, 2, 3, 4),
            format_func=lambda stride: str(stride or "window size"),
            key=POOLING_STRIDE.name,
            help=f"{explain('stride')} Keras's default is the window size; with a smaller stride, "
            "windows overlap.",
        )
        padding = control(
            "Padding",
            PADDINGS,
            key=POOLING_PADDING.name,
            help=f"{explain('padding')} Pooling ignores the padded cells.",
        )
    pooling = Pooling(size, stride or size, padding)
    return PoolingChoice(layer, number, maps[layer][:, :, number], pooling)
