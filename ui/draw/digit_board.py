"""The input of the Draw page: one digit, from the canvas, an upload or a link."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE, render_strokes
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, chosen_picture
from ui.state.session import BRUSH, KEPT_UPLOAD, PICTURE, UPLOAD_MESSAGE
from ui.widgets.canvas import clear_canvas, show_canvas, show_undo_and_clear

NAME = "drawing"


class DigitInput(NamedTuple):
    """A picture to classify, with the ink of the canvas or file it came from, (h, w) uint8.

    `ink` and `normalized` are None if only the 28 x 28 pixels are known, as from a link.
    """

    picture: ChosenPicture
    ink: np.ndarray | None = None
    normalized: NormalizedDigit | None = None


def show_digit_board() -> DigitInput | None:
    """Show the canvas for one digit, with its buttons. Returns the digit to classify, if any.

    Each stroke makes the drawing the chosen picture. Before the first stroke, the digit is an
    upload or a drawing from a link; a test digit chosen on another page is ignored.
    """
    with st.container(key="canvas", gap=None):
        strokes, changed = show_canvas(NAME, CANVAS_SIDE, CANVAS_SIDE, BRUSH.get())
    with st.container(horizontal=True):
        show_undo_and_clear(NAME, _clear)
    st.slider(
        "Brush width", 4, 40, BRUSH.default, format="%d px", key=BRUSH.name, persist_state="session"
    )
    normalized = normalize_strokes(strokes) if strokes else None
    if changed:
        UPLOAD_MESSAGE.pop()
        address = ChosenPicture("drawing", normalized.image).address if normalized else None
        choose(PICTURE, address, by_widget=True)
    picture = chosen_picture()
    if picture is None or picture.source == "test":
        return None
    if picture.source == "upload":
        ink, normalized = KEPT_UPLOAD.get()
    else:
        ink = render_strokes(strokes)
    is_it = normalized is not None and np.array_equal(normalized.image, picture.image)
    return DigitInput(picture, ink, normalized) if is_it else DigitInput(picture)


def _clear(name: str) -> None:
    choose(PICTURE, None)
    UPLOAD_MESSAGE.pop()
    clear_canvas(name)
