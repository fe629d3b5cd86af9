"""Why the network reads a drawing as it does: what is shown after the answer, never before it."""

import streamlit as st

from cnn.arithmetic.occlusion import WINDOW, occlusion
from cnn.rendering.charts import probability_history_chart
from cnn.rendering.images import paint_over, signed_scale
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.draw.digit_board import Drawn
from ui.loading.networks import nearest_neighbours_of, prediction_history_of, recognizer_of
from ui.widgets.display import show_empty_picture, show_image, show_picture, show_scale
from ui.widgets.live import PARTIAL_RESULT_S, live_fragment

SIDE = 168
NEIGHBOURS = 8
NEIGHBOUR_SIDE = 56


def show_explanations(drawn: Drawn | None, network: Network, best: int | None) -> None:
    """Which pixels mattered, the likest training digits, and the answer after each epoch."""
    st.subheader("Why", anchor="why")
    left, middle, right = st.columns([2, 3, 4], gap="medium")
    with left, st.container(key="saliency"):
        st.caption("Which pixels mattered")
        _show_saliency(drawn, network, best)
    with right, st.container(key="thoughts"):
        st.caption("What it thought after the epochs of its training")
        _show_thoughts(drawn, network, best)
    with middle, st.container(key="neighbours"):
        st.caption("The training digits that it finds most alike")
        _show_neighbours(drawn, network)


def _show_saliency(drawn: Drawn | None, network: Network, best: int | None) -> None:
    if drawn is None:
        show_empty_picture(SIDE, "Red: what spoke for the answer; blue: what spoke against it")
        return
    image = drawn.picture.image
    mattered = occlusion(image, best, recognizer_of(network).probabilities)
    scale = signed_scale(mattered)
    show_picture(
        paint_over(image, mattered, scale, SIDE),
        f"How far the log odds of {best} fall when the ink there is taken away, {WINDOW} x "
        f"{WINDOW} pixels at a time: red spoke for it, blue against it",
        SIDE,
    )
    show_scale(scale)


def _show_neighbours(drawn: Drawn | None, network: Network) -> None:
    if drawn is None:
        show_empty_picture(SIDE, "Those whose last hidden layer is most like the drawing's")
        return
    neighbourhood = nearest_neighbours_of(network)
    # Read in a thread, not here: a stroke would have to wait for the end of it.
    reading = neighbourhood.progress < 1
    live_fragment(_show_nearest, PARTIAL_RESULT_S, reading)(drawn, neighbourhood, reading)


def _show_nearest(drawn: Drawn, neighbourhood, reading: bool) -> None:
    share = neighbourhood.progress
    if reading and share == 1:
        st.rerun()  # no more need to look again
    bar = st.empty()
    if share < 1:
        bar.progress(
            share, f"Reading the {len(neighbourhood.digits.labels):,} training digits, once"
        )
    with st.container(horizontal=True, gap="small"):
        for each in neighbourhood.nearest(drawn.picture.image, NEIGHBOURS):
            with st.container(width=NEIGHBOUR_SIDE + 12, gap=None):
                words = f"{each.label} · {each.cosine_similarity:.3f}"
                show_image(each.image, words, NEIGHBOUR_SIDE)
    st.caption(
        f"Of the {len(neighbourhood.digits.labels):,} training digits; beside each its label and "
        "the cosine between its last hidden layer and the drawing's: 1 is the same direction."
    )


def _show_thoughts(drawn: Drawn | None, network: Network, best: int | None) -> None:
    if drawn is None:
        show_empty_picture(SIDE, "How its answer to this drawing came about, epoch by epoch")
        return
    history = prediction_history_of(network.run)
    epochs, said = history.epochs, history.probabilities(drawn.picture.image)
    st.echarts_chart(
        probability_history_chart(epochs, said, best),
        height=230,
        key="probability_history_chart",
        alt="Probability of each digit after each epoch",
    )
    first, last = (f"{each.argmax()} ({percent(float(each.max()), 0)})" for each in said[[0, -1]])
    st.caption(
        f"After epoch {epochs[0]} it said {first}, after epoch {epochs[-1]} {last}. *After epoch*, "
        f"in the sidebar, goes back to any of the {len(network.run.saved_epochs())} whose weights "
        "are kept, on every page."
    )
