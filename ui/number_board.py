"""Several digits on one wide canvas: found, framed, and read from left to right."""

import numpy as np
import streamlit as st

from cnn.addresses import ChosenPicture
from cnn.numbers import FoundDigit, find_digits
from cnn.pictures import paint_boxes
from cnn.reading import judge
from cnn.strokes import render_strokes
from ui.canvas import show_canvas, show_undo_and_clear
from ui.selection import choose
from ui.session import NUMBER_BRUSH, PICTURE
from ui.show import percent, show_image, show_picture
from ui.visitor import window_width

NAME = "number"
HEIGHT = 220
WIDEST = 700
MARGIN = 32  # pixels of a narrow window that the page keeps free beside the canvas
TILE = 84
SHOWN_WIDTH = 420  # pixels of the picture with the frames


def show_number_board(read, least: float) -> None:
    """Show the wide canvas, and what stands on it: the number, and each digit by itself.

    `read`: (n, 28, 28) uint8 -> (n, 10) probabilities; `least` is the probability below which a
    digit is not sure.
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
        probabilities = read(np.stack([each.fitted.image for each in found]))
        _show_number(probabilities, least)
    ink = render_strokes(strokes, max(width, HEIGHT))[:HEIGHT, :width]
    show_picture(
        paint_boxes(ink, [each.box for each in found], min(width, SHOWN_WIDTH)),
        f"{len(found)} found: strokes that hang together, overlap or nearly touch are one digit; "
        "they are read from left to right, each by itself",
        min(width, SHOWN_WIDTH),
    )
    _show_digits(found, probabilities, least)


def _show_number(probabilities: np.ndarray, least: float) -> None:
    verdicts = [judge(each, least) for each in probabilities]
    text = "".join(str(each.best) if each.kind == "digit" else "?" for each in verdicts)
    sure = float(np.prod([each.sureness for each in verdicts]))
    doubts = "?" in text
    words = "not sure where a ? stands" if doubts else f"{percent(sure)} that all are right"
    st.html(f'<p class="answer" role="status"><b>{text}</b> <span>{words}</span></p>')


def _show_digits(found: list[FoundDigit], probabilities: np.ndarray, least: float) -> None:
    with st.container(horizontal=True, gap="medium"):
        for number, (digit, said) in enumerate(zip(found, probabilities, strict=True), 1):
            verdict = judge(said, least)
            with st.container(width=TILE + 30, gap=None):
                words = f"{number}: {verdict.best}, {percent(verdict.sureness)}"
                if verdict.kind != "digit":
                    words = f"{number}: {verdict.best} or {verdict.second}?"
                show_image(digit.fitted.image, words, TILE)
                if st.button("Look inside", key=f"look_{number}", type="tertiary"):
                    choose(PICTURE, ChosenPicture("drawing", digit.fitted.image).address)
                    st.switch_page("pages/explore.py")
