"""The input of the Draw page: one digit, from the canvas, an upload or a link."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import NormalizedDigit, normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE, Stroke, render_strokes
from cnn.rendering.images import paint, pixel_scale
from cnn.runs.run import Network
from ui.draw.uploaded_picture import is_part_shown, kept_digit, show_whole
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose, chosen_picture
from ui.state.session import BRUSH, DRAWINGS, OPENED, PICTURE, SHOWN, UPLOAD_MESSAGE
from ui.widgets.canvas import (
    clear_canvas,
    kept_drawing,
    put_drawing,
    set_drawing_aside,
    show_brush_width,
    show_canvas,
    show_undo_and_clear,
)
from ui.widgets.display import data_url

NAME = "drawing"
MAX_DRAWINGS = 30  # kept for *Back* and *Forward*


class DigitInput(NamedTuple):
    """A picture to classify, with the ink of the canvas or file it came from, (h, w) uint8.

    origin: where the ink is from, and the true size in pixels; before: of an upload, the steps
    before the ink, grey, even and perhaps picture as in `Separation`. `ink` and `normalized` are
    None if only the 28 x 28 pixels are known, as from a link.
    """

    picture: ChosenPicture
    ink: np.ndarray | None = None
    normalized: NormalizedDigit | None = None
    origin: str = ""
    before: tuple[np.ndarray | None, ...] = ()


def show_digit_board(network: Network) -> DigitInput | None:
    """Show the canvas for one digit, with its buttons. Returns the digit to classify, if any.

    Each stroke makes the drawing the chosen picture. An upload, or a drawing from a link, is shown
    behind the canvas, which is empty: a stroke replaces it. A test digit chosen on another page is
    ignored.
    """
    with st.container():  # always there, so that an error does not move the canvas
        picture = chosen_picture(network)
    if picture is not None and picture.source == "test":
        picture = None
    _put_chosen(picture.address if picture else None)
    with st.container(key="canvas", gap=None):
        strokes, changed = show_canvas(NAME, CANVAS_SIDE, CANVAS_SIDE, BRUSH.get())
        normalized = normalize_strokes(strokes) if strokes else None
        if changed:
            picture = _choose_drawing(normalized)
        digit = _digit_of(picture, strokes, normalized) if picture else None
        _show_behind(None if strokes else digit)
    with st.container(horizontal=True):
        show_undo_and_clear(NAME, _clear)
        if is_part_shown():
            label = "Back to the whole picture"
            st.button(label, on_click=show_whole, icon=":material/arrow_back:")
    show_brush_width()
    return digit


def _put_chosen(address: str | None) -> None:
    """Put the drawing at `address` on the canvas if it shows another one, as after *Back*."""
    if address == SHOWN.of(NAME).get():
        return
    SHOWN.of(NAME).set(address)
    if drawing := DRAWINGS.get().get(address):
        put_drawing(NAME, drawing)
    else:
        set_drawing_aside(NAME)


def _choose_drawing(normalized: NormalizedDigit | None) -> ChosenPicture | None:
    UPLOAD_MESSAGE.pop()
    OPENED.pop()
    picture = ChosenPicture("drawing", normalized.image) if normalized else None
    address = picture.address if picture else None
    choose(PICTURE, address, by_widget=True)
    SHOWN.of(NAME).set(address)
    kept = {**DRAWINGS.get(), address: kept_drawing(NAME)}
    DRAWINGS.set(dict(list(kept.items())[-MAX_DRAWINGS:]))
    return picture


def _digit_of(
    picture: ChosenPicture, strokes: list[Stroke], normalized: NormalizedDigit | None
) -> DigitInput:
    if picture.source == "upload":
        kept = kept_digit(picture.address)
        if kept is None:
            return DigitInput(picture)
        before = (kept.grey, kept.even, kept.picture)
        return DigitInput(picture, kept.ink, kept.normalized, kept.origin, before)
    ink, origin = render_strokes(strokes), f"Drawing, {CANVAS_SIDE} x {CANVAS_SIDE} pixels"
    if normalized is not None and np.array_equal(normalized.image, picture.image):
        return DigitInput(picture, ink, normalized, origin)
    return DigitInput(picture)


def _show_behind(digit: DigitInput | None) -> None:
    """Show a digit without strokes as the background of the canvas, with a note in its corner."""
    style = ""
    if digit is not None:
        ink = digit.picture.image if digit.ink is None else digit.ink
        source = "From a link" if digit.ink is None else "Uploaded"
        style = (
            f".st-key-canvas {{ background: #000 url({data_url(_png(ink))}) center / contain "
            "no-repeat; image-rendering: pixelated; }"
            f'.st-key-canvas::after {{ content: "{source}: draw to replace it"; }}'
        )
    # Always the same element, so that it is replaced at once.
    st.html(f"<style>{style}</style>")


def _png(ink: np.ndarray) -> bytes:
    return paint(ink, pixel_scale(), max(ink.shape))


def _clear(name: str) -> None:
    choose(PICTURE, None)
    UPLOAD_MESSAGE.pop()
    OPENED.pop()
    clear_canvas(name)
