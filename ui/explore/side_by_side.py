"""Two networks, or one at two epochs, on the same picture."""

import numpy as np
import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.rendering.images import Scale, paint_tiles, paint_units, scale_for
from cnn.runs.differences import distinct_titles
from cnn.runs.run import Network
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import usable_runs
from ui.widgets.display import show_answer, show_picture, show_probabilities, show_scale
from ui.widgets.layer_panel import COLUMNS, shape_text

TILE_SIDE = 52  # pixels, about; two sheets stand beside each other


def show_side_by_side(network: Network, picture: ChosenPicture) -> None:
    """What the chosen network and another one make of `picture`: the answer, and any layer."""
    other = _pick_other(network)
    both = (network, other)
    outputs = [recognizer_of(each).activations(picture.image) for each in both]
    for column, each, layers in zip(st.columns(2, gap="medium"), both, outputs, strict=True):
        with column:
            st.markdown(f"**{as_text(each.run.title)}**, after epoch {each.epoch}")
            show_answer(layers[-1].values, each.run.reject_threshold)
            show_probabilities(layers[-1].values)
    name = st.selectbox(
        "Layer",
        [output.layer.name for output in outputs[0][:-1]],
        key="side_layer",
        persist_state="session",
        width=180,
    )
    _show_layer([{each.layer.name: each for each in layers}.get(name) for layers in outputs], name)


def _pick_other(network: Network) -> Network:
    runs, _ = usable_runs()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ids = list(runs)
        # The same network before its training differs most, and is always there.
        run = runs[
            st.selectbox(
                "Beside it",
                ids,
                index=ids.index(network.run.id) if network.run.id in ids else 0,
                format_func=distinct_titles(list(runs.values())).__getitem__,
                key=f"other_run_{network.run.id}",
                persist_state="session",
                width=280,
            )
        ]
        epochs = run.saved_epochs()
        epoch = epochs[0]
        if len(epochs) > 1:
            epoch = st.select_slider(
                "After epoch",
                epochs,
                value=epochs[0] if run.id == network.run.id else epochs[-1],
                key=f"other_epoch_{run.id}",
                persist_state="session",
                width=280,
            )
    return Network(run, epoch)


def _show_layer(pair: list[LayerOutput | None], name: str) -> None:
    """One layer of both, on one scale where both have it."""
    scale = scale_for(*[each.values for each in pair if each])
    for column, output in zip(st.columns(2, gap="medium"), pair, strict=True):
        with column:
            if output is None:
                st.caption(f"This network has no layer called {name}.")
            else:
                show_picture(_painted(output.values, scale), _words(output), "stretch")
    show_scale(scale)


def _painted(values: np.ndarray, scale: Scale) -> bytes:
    if values.ndim == 3:
        return paint_tiles(values, scale, COLUMNS, TILE_SIDE)
    return paint_units(values, scale, 32, side=12)


def _words(output: LayerOutput) -> str:
    zeros = float((output.values == 0).mean())
    return (
        f"{output.layer.name}: {shape_text(output.values.shape)}, {output.values.min():.3g} to "
        f"{output.values.max():.3g}; {100 * zeros:.0f} % are 0"
    )
