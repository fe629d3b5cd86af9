"""Several digits on one wide canvas: found, framed, and read from left to right."""

import numpy as np
import streamlit as st

from cnn.evaluation.decision import decide
from cnn.preprocessing.segmentation import FoundDigit, find_digits
from cnn.preprocessing.strokes import render_strokes
from cnn.rendering.images import paint_boxes
from cnn.rendering.text import percent
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import NUMBER_BRUSH, PICTURE
from ui.state.visitor import window_width
from ui.widgets.canvas import show_canvas, show_undo_and_clear
from ui.widgets.display import show_image, show_picture

NAME = "number"
HEIGHT = 220
WIDEST = 700
MARGIN = 32  # pixels of a narrow window that the page keeps free beside the canvas
TILE = 84
SHOWN_WIDTH = 420  # pixels of the picture with the frames


def show_number_board(read, reject_threshold: float) -> None:
    """Show the wide canvas, and what stands on it: the number, and each digit by itself.

    `read`: (n, 28, 28) uint8 -> (n, 10) probabilities; `reject_threshold` is the probability below
    which a digit is not sure.
    """
    width = min(WIDEST, window_width(otherwise=1280) - MARGIN)
    st.caption("Draw a number, its digits side by side:")
    with st.container(key="wide_canvas", width=width):
        strokes, _ = show_canvas(NAME, width, HEIGHT, NUMBER_BRUSH.get())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        show_undo_and_clear(NAME)
        st.slider(
            "Brush width in pixels",
            4,
            30,
            NUMBER_BRUSH.default,
            key=NUMBER_BRUSH.name,
            persist_state="session",
            width=260,
        )
    found = find_digits(strokes, width, HEIGHT)
    with st.container(key="prediction"):
        if not found:
            st.html('<p class="answer"><span>Nothing yet</span></p>')
            return
        probabilities = read(np.stack([each.normalized.image for each in found]))
        _show_number(probabilities, reject_threshold)
    ink = render_strokes(strokes, max(width, HEIGHT))[:HEIGHT, :width]
    show_picture(
        paint_boxes(ink, [each.box for each in found], min(width, SHOWN_WIDTH)),
        f"{len(found)} found: strokes that hang together, overlap or nearly touch are one digit; "
        "they are read from left to right, each by itself",
        min(width, SHOWN_WIDTH),
    )
    _show_digits(found, probabilities, reject_threshold)


def _show_number(probabilities: np.ndarray, reject_threshold: float) -> None:
    verdicts = [decide(each, reject_threshold) for each in probabilities]
    text = "".join(str(each.best) if each.kind == "digit" else "?" for each in verdicts)
    sure = float(np.prod([each.confidence for each in verdicts]))
    doubts = "?" in text
    words = "not sure where a ? stands" if doubts else f"{percent(sure)} that all are right"
    st.html(f'<p class="answer" role="status"><b>{text}</b> <span>{words}</span></p>')


def _show_digits(
    found: list[FoundDigit], probabilities: np.ndarray, reject_threshold: float
) -> None:
    with st.container(horizontal=True, gap="medium"):
        for number, (digit, said) in enumerate(zip(found, probabilities, strict=True), 1):
            verdict = decide(said, reject_threshold)
            with st.container(width=TILE + 30, gap=None):
                words = f"{number}: {verdict.best}, {percent(verdict.confidence)}"
                if verdict.kind != "digit":
                    words = f"{number}: {verdict.best} or {verdict.second}?"
                show_image(digit.normalized.image, words, TILE)
                if st.button("Look inside", key=f"look_{number}", type="tertiary"):
                    choose(PICTURE, ChosenPicture("drawing", digit.normalized.image).address)
                    st.switch_page("pages/explore.py")
