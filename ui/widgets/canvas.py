"""Drawing canvases, light on dark as MNIST's digits, which persist across pages.

There are two, by name: "drawing", for one digit, and "number", for several.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from cnn.preprocessing.strokes import Stroke, read_strokes
from ui.state.session import CANVAS, CHANGED, CLEARED, DRAWN, PUT


def show_canvas(name: str, width: int, height: int, brush: int) -> tuple[list[Stroke], bool]:
    """Show the canvas `name`; return its strokes, and whether they have just changed."""
    canvas = CANVAS.of(name)
    if not canvas.is_set():  # the page was just opened
        put_drawing(name, kept_drawing(name))
    drawing = st_canvas(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=width,
        height=height,
        initial_drawing=PUT.of(name).get(),
        key=canvas.name,
        on_change=partial(CHANGED.of(name).set, True),
    ).json_data
    changed = CHANGED.of(name).pop()
    if changed:
        DRAWN.of(name).set({"objects": drawing.get("objects", [])})
    return read_strokes(kept_drawing(name)), changed


def kept_drawing(name: str) -> dict[str, Any]:
    """The last drawing on the canvas `name`, in the JSON format of Fabric.js."""
    return DRAWN.of(name).get()


def undo_stroke(name: str) -> None:
    """Remove the last stroke, or restore a cleared drawing."""
    strokes = kept_drawing(name)["objects"]
    if strokes:
        put_drawing(name, {"objects": strokes[:-1]})
    elif cleared := CLEARED.of(name).pop():
        put_drawing(name, cleared)


def clear_canvas(name: str) -> None:
    """Remove all strokes; *Undo* restores them."""
    if kept_drawing(name)["objects"]:
        CLEARED.of(name).set(kept_drawing(name))
    put_drawing(name, DRAWN.default)


def show_undo_and_clear(name: str, clear: Callable[[str], None] = clear_canvas) -> None:
    """Show the two buttons of the canvas `name`; *Clear* calls `clear(name)`."""
    st.button("Undo", on_click=undo_stroke, args=(name,), icon=":material/undo:", shortcut="ctrl+z")
    st.button("Clear", on_click=clear, args=(name,), icon=":material/delete:")


def put_drawing(name: str, drawing: dict[str, Any]) -> None:
    """Replace the drawing; the browser sends it back as if it had been drawn."""
    DRAWN.of(name).set(drawing)
    # The canvas ignores a drawing that equals the one before: a counter makes it different.
    put = PUT.of(name)
    put.set({**drawing, "put": put.get().get("put", 0) + 1})
