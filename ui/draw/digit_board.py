"""One digit: the canvas or an upload, and the steps from there to what the network reads."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE, render_strokes
from ui.loading.errors import show_error
from ui.state.picture_url import AddressError, ChosenPicture, picture_at
from ui.state.selection import choose
from ui.state.session import BRUSH, KEPT_UPLOAD, PICTURE, UPLOAD_WORDS
from ui.widgets.canvas import clear_canvas, show_canvas, show_undo_and_clear

NAME = "drawing"


class Drawn(NamedTuple):
    """What is to be read, and where it came from: the canvas's or the file's ink, (h, w) uint8.

    `ink` and `fitted` are None where only the network's 28 x 28 are known, as from a link.
    """

    picture: ChosenPicture
    ink: np.ndarray | None = None
    fitted: NormalizedDigit | None = None


def show_digit_board() -> Drawn | None:
    """Show the canvas for one digit, with its buttons; returns what the network is to read.

    Each stroke makes the drawing the chosen picture. Until then it is what was chosen before: an
    upload, or a drawing that came with a link; a test digit is nothing to read here.
    """
    with st.container(key="canvas"):
        strokes, changed = show_canvas(NAME, CANVAS_SIDE, CANVAS_SIDE, BRUSH.get())
    with st.container(horizontal=True):
        show_undo_and_clear(NAME, _clear)
    st.slider(
        "Brush width in pixels", 4, 40, BRUSH.default, key=BRUSH.name, persist_state="session"
    )
    fitted = normalize_strokes(strokes) if strokes else None
    if changed:
        UPLOAD_WORDS.pop()
        choose(PICTURE, ChosenPicture("drawing", fitted.image).address if fitted else None)
    picture = _readable_picture()
    if picture is None:
        return None
    if picture.source == "upload":
        return Drawn(picture, *_kept_upload(picture))
    if fitted and np.array_equal(fitted.image, picture.image):
        return Drawn(picture, render_strokes(strokes), fitted)
    return Drawn(picture)


def keep_upload(ink: np.ndarray, fitted: NormalizedDigit) -> None:
    """An upload becomes the chosen picture; its steps are kept to be shown."""
    choose(PICTURE, ChosenPicture("upload", fitted.image).address)
    KEPT_UPLOAD.set((ink, fitted))


def _kept_upload(picture: ChosenPicture) -> tuple[np.ndarray | None, NormalizedDigit | None]:
    ink, fitted = KEPT_UPLOAD.get()
    is_it = fitted is not None and np.array_equal(fitted.image, picture.image)
    return (ink, fitted) if is_it else (None, None)


def _clear(name: str) -> None:
    choose(PICTURE, None)
    UPLOAD_WORDS.pop()
    clear_canvas(name)


def _readable_picture() -> ChosenPicture | None:
    address = PICTURE.get()
    if not address:
        return None
    try:
        picture = picture_at(address)
    except AddressError as error:
        show_error(str(error))
        choose(PICTURE, None)
        return None
    return None if picture.source == "test" else picture
