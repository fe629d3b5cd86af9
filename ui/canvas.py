"""Drawing canvases: as MNIST's digits are, light on dark, and kept when the page changes.

There are two, by name: "drawing", for one digit, and "number", a wide one for several.
"""

from functools import partial
from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from cnn.strokes import Stroke, read_strokes

EMPTY: dict[str, Any] = {"objects": []}


def show_canvas(name: str, width: int, height: int, brush: int) -> tuple[list[Stroke], bool]:
    """Show the canvas `name`; returns its strokes, and whether they have just changed."""
    key = f"canvas_{name}"
    if key not in st.session_state:  # the page was just opened
        put_drawing(name, kept_drawing(name))
    drawing = st_canvas(
        stroke_width=brush,
        stroke_color="#ffffff",
        background_color="#000000",
        width=width,
        height=height,
        initial_drawing=st.session_state.get(f"put_{name}", EMPTY),
        key=key,
        on_change=partial(_note_stroke, name),
    ).json_data
    changed = st.session_state.pop(f"changed_{name}", False)
    if changed:
        st.session_state[f"kept_{name}"] = {"objects": drawing.get("objects", [])}
    return read_strokes(kept_drawing(name)), changed


def kept_drawing(name: str) -> dict[str, Any]:
    """What was last drawn on the canvas `name`, as Fabric.js writes it."""
    return st.session_state.get(f"kept_{name}", EMPTY)


def undo_stroke(name: str) -> None:
    """Take the last stroke away, or bring back what was cleared."""
    strokes = kept_drawing(name)["objects"]
    if strokes:
        put_drawing(name, {"objects": strokes[:-1]})
    elif f"cleared_{name}" in st.session_state:
        put_drawing(name, st.session_state.pop(f"cleared_{name}"))


def clear_canvas(name: str) -> None:
    """Take all strokes away; *Undo* brings them back."""
    if kept_drawing(name)["objects"]:
        st.session_state[f"cleared_{name}"] = kept_drawing(name)
    put_drawing(name, EMPTY)


def put_drawing(name: str, drawing: dict[str, Any]) -> None:
    """Have the canvas show `drawing`; the browser sends it back as if it had been drawn."""
    st.session_state[f"kept_{name}"] = drawing
    # The canvas looks only when it is given something else than the time before.
    times = st.session_state.get(f"put_{name}", {}).get("put", 0)
    st.session_state[f"put_{name}"] = {**drawing, "put": times + 1}


def _note_stroke(name: str) -> None:
    st.session_state[f"changed_{name}"] = True
