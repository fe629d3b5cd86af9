"""Draw: a digit or a number by hand, read after every stroke, and why."""

import time

import streamlit as st

from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.runs.run import Network
from ui.draw.corrections import ask_right_digit, show_list
from ui.draw.digit_board import Drawn, show_digit_board
from ui.draw.explanations import show_explanations
from ui.draw.fine_tuning import show_fine_tuning
from ui.draw.number_board import show_number_board
from ui.draw.preprocessing_steps import show_steps
from ui.draw.upload import pick_upload
from ui.loading.errors import show_errors_inline
from ui.loading.networks import recognizer_of
from ui.state.navigation import open_page
from ui.state.selection import pick_network, write_address
from ui.state.visitor import keep_visitor
from ui.widgets.display import show_answer, show_empty_picture, show_image, show_probabilities

# Before the reasons: computing them while the browser still draws the answer would delay it, by
# 40 ms of 360 on two cores (benchmarks.stroke_latency).
PAUSE_S = 0.12
ONE, SEVERAL = "One digit", "A number"


@st.fragment
def show_digit(network: Network, reject_threshold: float) -> None:
    """The canvas, what the network says to it, and why: all that a stroke runs again."""
    with show_errors_inline():
        _show_digit(network, reject_threshold)


def _show_digit(network: Network, reject_threshold: float) -> None:
    row = st.container(horizontal=True, gap="medium")
    with row.container(width=CANVAS_SIDE):
        st.caption("Draw a digit:")
        drawn = show_digit_board()
    write_address()
    with row.container(width=224):
        st.caption("The network reads it as")
        with st.container(key="prediction"):
            waiting, answer = st.container(), st.container()  # the wait must not move the answer
        seen = st.container(key="model_input")
    with row.container(width="stretch"):
        st.caption("Probability of each digit")
        bars, right_digit = st.container(key="probabilities"), st.container(key="right_digit")
    pick_upload()
    if drawn is None:
        with answer:
            show_answer(None)
        with seen:
            show_empty_picture(224, "After every stroke: the 28 x 28 pixels that the network sees")
        with bars:
            show_probabilities(None)
        show_steps(None, None)
        show_explanations(None, network, None)
        return
    _show_reading(drawn, network, reject_threshold, (seen, waiting, answer, bars, right_digit))


def _show_reading(drawn: Drawn, network: Network, reject_threshold: float, places) -> None:
    seen, waiting, answer, bars, right_digit = places
    picture = drawn.picture
    with seen:
        words = f"{picture.title} as the network sees it: 28 x 28 pixels, 0 to 255"
        show_image(picture.image, words, 224)
    with waiting:
        recognizer = recognizer_of(network)
    with answer:
        probabilities = recognizer.probabilities(picture.image[None])[0]
        show_answer(probabilities, reject_threshold)
    with bars:
        show_probabilities(probabilities)
        st.page_link("pages/explore.py", label="See how it got there", icon=":material/layers:")
    with right_digit:
        ask_right_digit(drawn, network, probabilities)
    time.sleep(PAUSE_S)
    show_steps(drawn, recognizer.probabilities)
    show_explanations(drawn, network, int(probabilities.argmax()))


@st.fragment
def show_number(network: Network, reject_threshold: float) -> None:
    """The wide canvas and the number on it."""
    with show_errors_inline():
        write_address()
        show_number_board(recognizer_of(network).probabilities, reject_threshold)


with open_page("Draw"):
    network = pick_network()
    mode = st.segmented_control(
        "What to draw",
        (ONE, SEVERAL),
        default=ONE,
        required=True,
        key="draw_mode",
        persist_state="session",
        label_visibility="collapsed",
    )
    board = st.container()
    # Before the board, though below it: they need not wait for Keras.
    with st.expander("Your corrections", icon=":material/school:"):
        show_fine_tuning(network, show_list())
    keep_visitor()
    with board:
        (show_digit if mode == ONE else show_number)(network, network.run.reject_threshold)
