"""Explore: one image on its way through the network, layer by layer."""

import streamlit as st

from cnn.preprocessing.strokes import CANVAS_SIDE
from ui.draw.digit_board import NAME, show_digit_board
from ui.explore.custom_kernel import show_custom_kernel
from ui.explore.dataset_view import show_pca
from ui.explore.layers_view import show_all_layers, show_layers, show_live_prediction
from ui.explore.picture_picker import send_test_set, show_picture_picker
from ui.explore.pooling_comparison import compare_poolings
from ui.explore.pooling_replacement import show_pooling_replacement
from ui.explore.pooling_robustness import show_robustness
from ui.explore.side_by_side import show_side_by_side
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.networks import recognizer_of
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network, pick_picture
from ui.state.session import EXPLORE_VIEW, EXPLORE_VIEWS, IN_ADDRESS, WHILE_DRAWING
from ui.widgets.display import draw_task, show_answer, show_image, show_probabilities
from ui.widgets.live_answer import send_network, show_live


def show_prediction(picture, probabilities, run, side: int = 168, bars: int = 340) -> None:
    """The image, `side` pixels wide, and the prediction of the network of `run` for it."""
    row = st.container(horizontal=True, gap="medium", key="explored_prediction")
    with row.container(key="model_input", width=side):
        text = f"{picture.title}: 28 x 28 pixels, 0 to 255"
        show_image(picture.image, as_text(text), side, alt=text)
    with row.container(width=130):
        st.caption("Prediction")
        with st.container(key="prediction"):
            show_answer(probabilities, run.reject_threshold, data=run.data)
    with row.container(key="probabilities", width=bars):
        show_probabilities(probabilities, run.data)


@st.fragment
def as_fragment(show, *args) -> None:
    """Call `show` as a part of the page that reruns alone if a widget in it changes."""
    with show_errors_inline():
        show(*args)
    write_address()


def show_pooling(network, picture, outputs) -> None:
    """Any map under the three poolings, and their robustness."""
    if choice := compare_poolings(outputs):
        show_robustness(network, picture, choice)


def link_to_view(view: str, label: str) -> None:
    """A button that opens another view."""
    st.button(label, on_click=EXPLORE_VIEW.set, args=(view,), icon=":material/arrow_forward:")


def show_while_drawing(network) -> None:
    """A canvas beside the prediction and all layers, which change while one draws."""
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=CANVAS_SIDE):
        st.caption(as_text(draw_task(network.run.data)))
        show_digit_board(network)
    picture = pick_picture(network)
    write_address()
    with row.container(width="stretch"):
        with st.container():  # always there, so that waiting for Keras does not move what follows
            probabilities = recognizer_of(network).probabilities(picture.image[None])[0]
        show_prediction(picture, probabilities, network.run, 112, 200)
        show_live(NAME, network, picture.image, probabilities, every_layer=True)


def pick_view() -> str:
    """The choice of the view."""
    return st.segmented_control(
        "View",
        EXPLORE_VIEWS,
        required=True,
        key=EXPLORE_VIEW.name,
        persist_state="session",
        label_visibility="collapsed",
    )


def show_explored(network) -> None:
    """A chosen picture, the prediction for it, and a view of it."""
    picture = show_picture_picker(network)
    write_address()
    with st.container():  # always there, so that waiting for Keras does not move what follows
        probabilities = recognizer_of(network).probabilities(picture.image[None])[0]
    show_prediction(picture, probabilities, network.run)
    show_live_prediction(network, picture)
    view = pick_view()
    if view != "Layers":
        st.header(view)
    if view == "Layers":
        as_fragment(show_layers, network, picture)
        link_to_view("Pooling", "Compare max, average and sum pooling")
        show_all_layers(network, picture)
    elif view == "Pooling":
        outputs = recognizer_of(network).activations(picture.image)
        with st.container(key="pooling"):
            as_fragment(show_pooling, network, picture, outputs)
        as_fragment(show_pooling_replacement, network, picture)
        link_to_view("Layers", "Layers of this network")
    elif view == "Custom kernel":
        as_fragment(show_custom_kernel, picture)
    elif view == "Test set":
        as_fragment(show_pca, network, picture)
    elif view == "Compare networks":
        as_fragment(show_side_by_side, network, picture)


with open_page("Explore", *IN_ADDRESS["explore"]):
    network = pick_network()
    EXPLORE_VIEW.start()
    if EXPLORE_VIEW.get() == WHILE_DRAWING:
        pick_view()
        as_fragment(show_while_drawing, network)
        send_network(network)
    else:
        show_explored(network)
        send_network(network)
        send_test_set(network.run.data)
