"""Draw: a digit by hand, read after every stroke."""

import streamlit as st

from cnn.drawing import CANVAS_SIDE
from cnn.pictures import paint, pixel_scale
from ui.canvas import clear_canvas, draw_on_canvas, undo_stroke
from ui.navigation import open_page
from ui.networks import recognizer_of
from ui.selection import Network, pick_network, write_address
from ui.sentences import in_sentences
from ui.show import show_answer, show_empty_picture, show_picture, show_probabilities
from ui.uploading import pick_upload


@st.fragment
def show_board(network: Network) -> None:
    """The canvas and what the network says to it: all that a stroke runs again."""
    with in_sentences():
        _show_board(network)


def _show_board(network: Network) -> None:
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=CANVAS_SIDE):
        st.caption("Draw a digit, with mouse, pen or finger:")
        with st.container(key="canvas"):
            picture = draw_on_canvas(st.session_state.get("brush", 20))
        with st.container(horizontal=True):
            st.button("Undo", on_click=undo_stroke, icon=":material/undo:", shortcut="ctrl+z")
            st.button("Clear", on_click=clear_canvas, icon=":material/delete:")
        st.slider("Brush width in pixels", 4, 40, 20, key="brush", persist_state="session")
    write_address()
    with row.container(width=224):
        st.caption("The network reads it as")
        answer, seen = st.container(key="prediction"), st.container(key="model_input")
    with row.container(width="stretch"):
        st.caption("Probability of each digit")
        bars = st.container(key="probabilities")
    pick_upload()
    if picture is None:
        with answer:
            show_answer(None)
        with seen:
            show_empty_picture(224, "After every stroke: the 28 x 28 pixels that the network sees")
        with bars:
            show_probabilities(None)
        return
    with seen:
        png = paint(picture.image, pixel_scale(), side=224)
        show_picture(png, f"{picture.title} as the network sees it: 28 x 28 pixels, 0 to 255", 224)
    with answer:
        probabilities = recognizer_of(network).probabilities(picture.image[None])[0]
        show_answer(probabilities)
    with bars:
        show_probabilities(probabilities)
        st.page_link("pages/explore.py", label="See how it got there", icon=":material/layers:")


with open_page("Draw"):
    show_board(pick_network())
