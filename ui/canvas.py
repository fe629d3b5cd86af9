"""The drawing canvas: as MNIST's digits are, light on dark, and kept when the page changes."""

from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from cnn.addresses import AddressError, ChosenPicture, picture_at
from cnn.drawing import CANVAS_SIDE, fit_ink, read_strokes, render_strokes
from ui.selection import choose
from ui.sentences import show_error

EMPTY: dict[str, Any] = {"objects": []}


def draw_on_canvas(brush: int) -> ChosenPicture | None:
    """Show the canvas; returns what the network is to read: the drawing, an upload, or nothing.

    Each stroke makes the drawing the chosen picture. Until then it is what was chosen before: an
    upload, or a drawing that came with a link; a test digit is nothing to read here.
    """
    if "canvas_drawing" not in st.session_state:  # the page was just opened
        _put(st.session_state.get("kept_drawing", EMPTY))
    drawing = st_canvas(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=CANVAS_SIDE,
        height=CANVAS_SIDE,
        initial_drawing=st.session_state.get("put_drawing", EMPTY),
        key="canvas_drawing",
        on_change=_note_stroke,
    ).json_data
    if st.session_state.pop("stroke_made", False):
        st.session_state["kept_drawing"] = {"objects": drawing.get("objects", [])}
        fitted = fit_ink(render_strokes(read_strokes(drawing)))
        choose("picture", ChosenPicture("drawing", fitted.image).address if fitted else None)
    return _readable_picture()


def undo_stroke() -> None:
    """Take the last stroke away."""
    strokes = st.session_state.get("kept_drawing", EMPTY)["objects"]
    if strokes:
        _put({"objects": strokes[:-1]})


def clear_canvas() -> None:
    """Take all strokes away, and an upload too."""
    choose("picture", None)
    st.session_state["upload_words"] = None
    _put(EMPTY)


def _note_stroke() -> None:
    st.session_state["stroke_made"] = True
    st.session_state["upload_words"] = None


def _put(drawing: dict[str, Any]) -> None:
    """Have the canvas show `drawing`; the browser sends it back as if it had been drawn."""
    st.session_state["kept_drawing"] = drawing
    # The canvas looks only when it is given something else than the time before.
    times = st.session_state.get("put_drawing", {}).get("put", 0)
    st.session_state["put_drawing"] = {**drawing, "put": times + 1}


def _readable_picture() -> ChosenPicture | None:
    address = st.session_state.get("picture")
    if not address:
        return None
    try:
        picture = picture_at(address)
    except AddressError as error:
        show_error(str(error))
        choose("picture", None)
        return None
    return None if picture.source == "test" else picture
