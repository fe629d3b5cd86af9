"""Several digits on one wide canvas: found, split where they touch, and classified."""

from functools import partial

import streamlit as st

from cnn.detection.digits import DetectedDigit, classify_digits
from cnn.detection.touching import Classify
from cnn.preprocessing.segmentation import find_digits
from cnn.preprocessing.stroke_code import decode_strokes, encode_strokes
from cnn.preprocessing.strokes import Stroke, render_strokes
from cnn.runs.run import Network
from ui.draw.detections import detections_of
from ui.draw.number_view import show_digits, show_number, tiles_note
from ui.state.address import write_address
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import NUMBER, NUMBER_BRUSH, NUMBER_WIDTH, PICTURE, SHOWN
from ui.state.visitor import page_width
from ui.widgets.canvas import as_drawing, put_drawing, show_canvas, show_undo_and_clear
from ui.widgets.display import show_answer

NAME = "number"
HEIGHT = 220
MAX_WIDTH = 700


def show_number_board(network: Network) -> None:
    """Show the wide canvas, the predicted number, and each of its digits."""
    width = page_width(MAX_WIDTH)
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
        key = (width, *((stroke.width, stroke.points.tobytes()) for stroke in strokes))
        digits = detections_of(key, partial(_detect, strokes, width), network)
    with st.container(key="prediction"):
        if not digits:
            show_answer(None, task="Draw a number")
            return
        show_number(digits)
    ink = render_strokes(strokes, max(width, HEIGHT))[:HEIGHT, :width]
    inspected = show_digits(ink, digits, "Inspect the layers")
    if inspected is not None:
        image = digits[inspected].normalized.image
        choose(PICTURE, ChosenPicture("drawing", image).address)
        st.switch_page("pages/explore.py")
    st.caption(
        f"Digits found: {len(digits)}.{tiles_note(len(digits))} Strokes that overlap or nearly "
        "touch form one digit, unless the network is more confident of the parts along a cut than "
        "of the whole; each digit is classified separately. Select one to inspect its layers."
    )


def _detect(
    strokes: list[Stroke], width: int, classify: Classify, reject_threshold: float
) -> list[DetectedDigit]:
    return classify_digits(find_digits(strokes, width, HEIGHT), classify, reject_threshold)
