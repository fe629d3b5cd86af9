"""Two networks, or one at two epochs, compared on the same image."""

import streamlit as st

from cnn.arithmetic.layer_info import LayerOutput
from cnn.rendering.images import paint_tiles, paint_units, scale_for
from cnn.runs.differences import distinct_titles
from cnn.runs.run import Network
from ui.loading.errors import as_text, show_error
from ui.loading.networks import recognizer_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choice_widget, usable_runs
from ui.state.session import OTHER, OTHER_EPOCH
from ui.widgets.display import show_answer, show_picture, show_probabilities, show_scale
from ui.widgets.layer_panel import COLUMNS, shape_text

TILE_SIDE = 52  # pixels, about, so that two sheets fit side by side


def show_side_by_side(network: Network, picture: ChosenPicture) -> None:
    """Show the predictions of `network` and of another one for `picture`, and one layer of both."""
    networks = (network, _pick_other(network))
    outputs = [recognizer_of(each).activations(picture.image) for each in networks]
    for column, each, layers in zip(st.columns(2, gap="medium"), networks, outputs, strict=True):
        with column:
            st.markdown(f"**{as_text(each.run.title)}**, after epoch {each.epoch}")
            show_answer(layers[-1].values, each.run.reject_threshold, data=each.run.data)
            show_probabilities(layers[-1].values, each.run.data)
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
    ids, other = list(runs), OTHER.get()
    with st.container():  # always there, so that what follows keeps its place
        if other and other not in ids:
            show_error(f"There is no network {other[:40]!r} to compare with.")
            other = None
    chosen = other or network.run.id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # By default the same run before its training: that differs most, and always exists.
        run_id = st.selectbox(
            "Compare with",
            ids,
            index=ids.index(chosen) if chosen in ids else 0,
            format_func=distinct_titles(list(runs.values())).__getitem__,
            width=280,
            **choice_widget(OTHER, OTHER_EPOCH, name=f"other_{network.run.id}"),
        )
        epochs = runs[run_id].saved_epochs()
        epoch = epochs[0] if run_id == network.run.id else epochs[-1]
        if OTHER_EPOCH.get() in epochs:
            epoch = OTHER_EPOCH.get()
        if len(epochs) > 1:
            epoch = st.select_slider(
                "After epoch",
                epochs,
                value=epoch,
                width=280,
                **choice_widget(OTHER_EPOCH, name=f"other_epoch_{run_id}"),
            )
    return Network(runs[run_id], epoch)


def _show_layer(pair: list[LayerOutput | None], name: str) -> None:
    """Show one layer of both networks on one scale; None stands for a network without it."""
    scale = scale_for(*[each.values for each in pair if each])
    for column, output in zip(st.columns(2, gap="medium"), pair, strict=True):
        with column:
            if output is None:
                st.caption(f"This network has no layer {name}.")
                continue
            values = output.values
            png = (
                paint_tiles(values, scale, COLUMNS, TILE_SIDE)
                if values.ndim == 3
                else paint_units(values, scale, 32, side=12)
            )
            caption = (
                f"{name}: {shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}; "
                f"{100 * (values == 0).mean():.0f} % are 0"
            )
            show_picture(png, caption, "stretch")
    show_scale(scale)
