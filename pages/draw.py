"""The Draw page: a drawn digit or number, its prediction after every stroke, and explanations."""

import time
from contextlib import nullcontext

import streamlit as st

from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.runs.run import Network
from ui.draw.corrections import ask_correct_digit, show_corrections
from ui.draw.digit_board import NAME, show_digit_board
from ui.draw.explanations import show_explanations
from ui.draw.fine_tuning import show_fine_tuning
from ui.draw.number_board import show_number_board
from ui.draw.preprocessing_steps import show_steps
from ui.draw.several_digits import show_several_digits
from ui.draw.upload import pick_upload
from ui.draw.uploaded_picture import detect_in_opened
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.networks import recognizer_of
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import choose, pick_network, picked_value, widget_key
from ui.state.session import IN_ADDRESS, MODE, MODES, NUMBER, SHOWN
from ui.widgets.display import (
    draw_task,
    show_answer,
    show_empty_picture,
    show_image,
    show_probabilities,
)
from ui.widgets.glossary import explain
from ui.widgets.links import show_page_link
from ui.widgets.live_answer import send_network, show_live
from ui.widgets.turns import in_turn

# Before the explanations: computing them while the browser still draws the prediction would delay
# it, by 40 ms of 360 on two cores (benchmarks.stroke_latency).
PAUSE_S = 0.12


@st.fragment
def show_board(network: Network, mode: str) -> None:
    """Show a canvas and everything that depends on it; a stroke reruns only this."""
    with show_errors_inline():
        (_show_digit if mode == "digit" else show_number_board)(network)


def _show_digit(network: Network) -> None:
    with st.container():  # the wait must not move what follows
        several = detect_in_opened(network)
    # One of two places is empty, so that what was in it is gone at once, not at the end of the run.
    if several:
        write_address()
        with st.container():
            show_several_digits(several)
        st.empty()
        pick_upload(network)
    else:
        st.empty()
        _show_one_digit(network)


def _show_one_digit(network: Network) -> None:
    data = network.run.data
    row = st.container(horizontal=True, gap="medium", key="digit_row")
    with row.container(width=CANVAS_SIDE):
        st.caption(as_text(draw_task(data)))
        digit = show_digit_board(network)
    write_address()
    with row.container(width=224, key="input_column"):
        with st.container(key="prediction_caption"):
            st.caption("Prediction and confidence", help=explain("confidence"))
        with st.container(key="prediction"):
            loading, answer = st.container(), st.container()  # the wait must not move the answer
        with st.container(key="model_input"):
            if digit is None:
                show_empty_picture(224, "Network input: 28 x 28 pixels")
            else:
                title = f"{digit.picture.title} as network input: 28 x 28 pixels, 0 to 255"
                show_image(digit.picture.image, title, 224)
    with row.container(width="stretch"):
        st.caption("Probability of each digit" if data.is_mnist else "Probability of each class")
        bars, correction = st.container(key="probabilities"), st.container(key="correct_digit")
    maps = st.container(key="live")
    pick_upload(network)
    probabilities = None
    if digit is not None:
        with loading:
            probabilities = recognizer_of(network).probabilities(digit.picture.image[None])[0]
    with answer:
        show_answer(probabilities, network.run.reject_threshold, data=data)
    with bars:
        show_probabilities(probabilities, data)
    if digit is not None:
        with bars:
            show_page_link("explore", "Inspect the layers")
        with correction:
            ask_correct_digit(digit, network, probabilities)
    with maps:
        image = None if digit is None else digit.picture.image
        show_live(NAME, network, image, probabilities)
    if digit is not None:
        time.sleep(PAUSE_S)
    with in_turn() if digit is not None else nullcontext():
        show_steps(digit, network)
        show_explanations(digit, network, probabilities)


def _pick_mode(network: Network) -> str:
    """Show the choice of the mode; return the chosen one.

    For other data sets than MNIST there is one only: what is several pieces may be one symbol.
    """
    if not network.run.data.is_mnist:
        return MODES[0]
    key = widget_key("mode")
    st.segmented_control(
        "Mode",
        MODES,
        format_func=str.capitalize,
        default=MODE.get(),
        required=True,
        key=key,
        on_change=_choose_mode,
        args=(key,),
        label_visibility="collapsed",
    )
    return MODE.get()


def _choose_mode(key: str) -> None:
    mode = picked_value("mode", key)
    if mode:
        choose(MODE, mode, by_widget=True)
        # Only in this mode does the address have the number that its canvas shows.
        NUMBER.set(SHOWN.of("number").get() if mode == "number" else None)


with open_page("Draw", *IN_ADDRESS["draw"]):
    network = pick_network()
    mode = _pick_mode(network)
    board = st.container()
    # Before the board, though below it: the corrections need not wait for Keras.
    with st.expander("Your corrections", icon=":material/school:"):
        show_fine_tuning(network, show_corrections(network.run.data))
    with board:
        show_board(network, mode)
    if mode == "digit":
        send_network(network)
