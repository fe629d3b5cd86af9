"""Explore: one picture on its way through the network, layer by layer."""

import streamlit as st

from ui.explore.custom_kernel import show_custom_kernel
from ui.explore.dataset_view import show_plane
from ui.explore.opened_layer import show_network
from ui.explore.picture_picker import show_picture_picker
from ui.explore.pooling_comparison import compare_poolings, pick_map
from ui.explore.pooling_replacement import show_swaps
from ui.explore.pooling_robustness import show_robustness
from ui.explore.side_by_side import show_side_by_side
from ui.loading.errors import show_errors_inline
from ui.loading.networks import recognizer_of
from ui.state.navigation import open_page
from ui.state.selection import pick_network, write_address
from ui.widgets.display import show_answer, show_image, show_probabilities
from ui.widgets.layer_panel import show_layer

VIEWS = ("Layers", "Pooling", "Your own kernel", "All test digits", "Side by side")


def show_overview(picture, probabilities, reject_threshold: float) -> None:
    """The picture and the network's answer to it."""
    row = st.container(horizontal=True, gap="medium")
    with row.container(key="model_input", width=168):
        show_image(picture.image, f"{picture.title}: 28 x 28 pixels, 0 to 255", 168)
    with row.container(width=130):
        st.caption("The network reads")
        with st.container(key="prediction"):
            show_answer(probabilities, reject_threshold)
    with row.container(key="probabilities", width=340):
        show_probabilities(probabilities)


@st.fragment
def part(show, *args) -> None:
    """A part of the page that is run again by itself, when something in it is chosen."""
    with show_errors_inline():
        show(*args)


def show_layers(network, picture, outputs) -> None:
    """The diagram and the layer that it opens; pooling; and every layer at a glance."""
    st.header("The network", anchor="network")
    part(show_network, network, picture, outputs)
    st.header("What pooling keeps", anchor="poolings")
    with st.container(key="pooling"):
        part(show_poolings, outputs)
    st.header("Every layer", anchor="layers")
    st.caption("Any picture can be saved as PNG: right-click it, or hold it on a phone.")
    with st.container(key="feature_maps"):
        for output in outputs:
            show_layer(output.layer, output.values)


def show_poolings(outputs) -> None:
    """Any map under the three poolings."""
    compare_poolings(pick_map(outputs))


def show_pooling_lab(network, picture, outputs) -> None:
    """Any map under the three poolings, and what each keeps of it when the picture is disturbed."""
    choice = pick_map(outputs)
    compare_poolings(choice)
    show_robustness(network, picture, choice)


with open_page("Explore"):
    network = pick_network()
    picture = show_picture_picker()
    write_address()
    outputs = recognizer_of(network).activations(picture.image)
    show_overview(picture, outputs[-1].values, network.run.reject_threshold)
    view = st.segmented_control(
        "View",
        VIEWS,
        default=VIEWS[0],
        required=True,
        key="explore_view",
        persist_state="session",
        label_visibility="collapsed",
    )
    if view == "Layers":
        show_layers(network, picture, outputs)
    elif view == "Pooling":
        st.header("What pooling keeps", anchor="poolings")
        with st.container(key="pooling"):
            part(show_pooling_lab, network, picture, outputs)
        part(show_swaps, network, picture)
    elif view == "All test digits":
        st.header("All test digits", anchor="plane")
        part(show_plane, network, picture)
    elif view == "Side by side":
        st.header("Side by side", anchor="side-by-side")
        part(show_side_by_side, network, picture)
    elif view == "Your own kernel":
        st.header("A kernel of your own", anchor="own-kernel")
        part(show_custom_kernel, picture)
