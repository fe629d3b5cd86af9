"""Several digits on one wide canvas: segmented, and classified from left to right."""

import numpy as np
import streamlit as st

from cnn.evaluation.decision import Decision, decide
from cnn.preprocessing.segmentation import FoundDigit, find_digits
from cnn.preprocessing.stroke_code import decode_strokes, encode_strokes
from cnn.preprocessing.strokes import render_strokes
from cnn.rendering.images import paint_boxes
from cnn.rendering.text import probability_text
from cnn.runs.run import Network
from ui.loading.networks import recognizer_of
from ui.state.address import write_address
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import NUMBER, NUMBER_BRUSH, NUMBER_WIDTH, PICTURE, SHOWN
from ui.state.visitor import window_width
from ui.widgets.canvas import as_drawing, put_drawing, show_canvas, show_undo_and_clear
from ui.widgets.display import show_answer, show_image, show_picture

NAME = "number"
HEIGHT = 220
MAX_WIDTH = 700
MARGIN = 32  # pixels of a narrow window that the page keeps free beside the canvas
TILE = 84
BOXES_WIDTH = 420  # pixels of the picture with the bounding boxes


def show_number_board(network: Network) -> None:
    """Show the wide canvas, the predicted number, and each of its digits."""
    width = min(MAX_WIDTH, window_width(default=1280) - MARGIN)
    st.caption("Draw a number, digits side by side")
    code = NUMBER.get()
    is_too_wide = NUMBER_WIDTH.get() not in (None, width)  # put before the width was known
    if code != SHOWN.of(NAME).get() or is_too_wide:  # from a link, or *Back*
        put_drawing(NAME, as_drawing(decode_strokes(code) if code else [], width))
        SHOWN.of(NAME).set(code)
        NUMBER_WIDTH.set(width)
    with st.container(key="wide_canvas", width=width, gap=None):
        strokes, changed = show_canvas(NAME, width, HEIGHT, NUMBER_BRUSH.get())
    if changed:
        code = encode_strokes(strokes)
        choose(NUMBER, code, by_widget=True)
        SHOWN.of(NAME).set(code)
        NUMBER_WIDTH.pop()
    write_address()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_undo_and_clear(NAME)
        st.slider(
            "Brush width",
            4,
            30,
            NUMBER_BRUSH.default,
            format="%d px",
            key=NUMBER_BRUSH.name,
            persist_state="session",
            width=260,
        )
    if strokes and not code:
        st.caption("This drawing is too long for a link: a reload loses it.")
    with st.container():  # the wait must not move what follows
        recognizer = recognizer_of(network)
    found = find_digits(strokes, width, HEIGHT)
    with st.container(key="prediction"):
        if not found:
            show_answer(None, task="Draw a number")
            return
        images = np.stack([each.normalized.image for each in found])
        threshold = network.run.reject_threshold
        decisions = [decide(each, threshold) for each in recognizer.probabilities(images)]
        _show_number(decisions)
    ink = render_strokes(strokes, max(width, HEIGHT))[:HEIGHT, :width]
    boxes_width = min(width, BOXES_WIDTH)
    show_picture(
        paint_boxes(ink, [each.box for each in found], boxes_width),
        f"Digits found: {len(found)}. Strokes that overlap or nearly touch form one digit; each "
        "digit is classified separately",
        boxes_width,
    )
    with st.container(horizontal=True, gap="medium"):
        for number, (digit, decision) in enumerate(zip(found, decisions, strict=True), 1):
            _show_digit(number, digit, decision)


def _show_number(decisions: list[Decision]) -> None:
    text = "".join(str(each.best) if each.kind == "digit" else "?" for each in decisions)
    confidence = probability_text(float(np.prod([each.confidence for each in decisions])))
    note = "? marks a rejected digit" if "?" in text else f"{confidence} that all are correct"
    st.html(f'<p class="answer" role="status"><b>{text}</b> <span>{note}</span></p>')


def _show_digit(number: int, digit: FoundDigit, decision: Decision) -> None:
    text = {
        "digit": f"{decision.best}, {probability_text(decision.confidence)}",
        "unsure": f"{decision.best} or {decision.second}?",
        "not_a_digit": "not a digit",
    }[decision.kind]
    with st.container(width=TILE + 30, gap=None):
        show_image(digit.normalized.image, f"{number}: {text}", TILE)
        if st.button("Inspect layers", key=f"inspect_{number}", type="tertiary"):
            choose(PICTURE, ChosenPicture("drawing", digit.normalized.image).address)
            st.switch_page("pages/explore.py")
