"""Drawing canvases, light on dark as MNIST's digits, which persist across pages.

There are four, by name: "drawing", for one digit, "number", for several, "symbol", for the classes
of a data set, and "compared", for symbols to add and recognise.
"""

import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
import streamlit_drawable_canvas

from cnn.preprocessing.strokes import Stroke, read_strokes
from ui.state.session import BRUSH, CANVAS, CHANGED, CLEARED, DRAWN, PUT
from ui.widgets.drawing_message import readable_strokes, sent_drawing

# The package has no option that hides its toolbar, whose pencil ends drawing. Without a shadow
# root, style.css hides it.
_CANVAS = st.components.v2.component(
    "streamlit-drawable-canvas.streamlit_drawable_canvas",
    js="index-*.js",
    css="index-*.css",
    html='<div class="canvas-root"></div>',
    isolate_styles=False,
)
streamlit_drawable_canvas.out = lambda **options: {
    "drawing": {"raw": sent_drawing(_CANVAS(**options))}
}
# *Undo* clicks the toolbar's, where that can undo a stroke: the server would receive two clicks
# while it is busy as one, or before the stroke. A drawing put by the server is left to the server.
# A stroke also takes the focus from a field.
_UNDO_HERE = st.components.v2.component(
    "cnn_undo_here",
    js="""export default function () {
      const undo = (event) => {
        const button = document.querySelector('.dc-toolbar [title="Undo"]');
        if (!button || button.disabled) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        button.click();
      };
      const click = (event) => event.target.closest(".st-key-undo button") && undo(event);
      const press = (event) =>
        (event.ctrlKey || event.metaKey) && event.key === "z" &&
        !event.target.closest("input, textarea") && undo(event);
      // Fabric.js keeps the focus where it is: a key for a button would be typed into a field.
      const leave = (event) =>
        event.target.closest?.("canvas") && document.activeElement?.matches("input, textarea") &&
        document.activeElement.blur();
      window.addEventListener("pointerdown", leave, true);
      window.addEventListener("click", click, true);
      window.addEventListener("keydown", press, true);
      return () => {
        window.removeEventListener("pointerdown", leave, true);
        window.removeEventListener("click", click, true);
        window.removeEventListener("keydown", press, true);
      };
    }""",
)
INK = "#ffffff"
MARK = "overlay"  # Fabric's name of the colour above the drawing: a transparent one


def show_canvas(name: str, width: int, height: int, brush: int) -> tuple[list[Stroke], bool]:
    """Show the canvas `name`, transparent; return its strokes, and whether they have changed."""
    canvas, put = CANVAS.of(name), PUT.of(name)
    # If the page was just opened. A drawing that the canvas shows already is not put again: a
    # stroke drawn in the meantime would be lost.
    if not canvas.is_set() and put.get()["objects"] != kept_drawing(name)["objects"]:
        put_drawing(name, kept_drawing(name))
    changed = CHANGED.of(name).pop()
    sent = streamlit_drawable_canvas.st_canvas(
        stroke_width=brush,
        stroke_color=INK,
        width=width,
        height=height,
        initial_drawing=put.get(),
        key=canvas.name,
    ).json_data
    _UNDO_HERE(key="undo_here")
    before = kept_drawing(name)
    # Otherwise the browser sent it before it received the last drawing that was put.
    if sent.get(MARK) == put.get().get(MARK):
        objects, is_whole = readable_strokes(sent.get("objects"))
        DRAWN.of(name).set({"objects": objects})
        if not is_whole:
            st.caption("The drawing is too long: its last strokes are left out. Clear it.")
    strokes = drawn_strokes(name)
    return strokes, changed or not _are_equal(strokes, before, kept_drawing(name))


def _are_equal(strokes: list[Stroke], before: dict[str, Any], drawing: dict[str, Any]) -> bool:
    """Whether `drawing`, of `strokes`, is the one `before`, but for Fabric's rounding."""
    if drawing == before or len(strokes) != len(before["objects"]):
        return drawing == before
    return all(
        a.width == b.width and a.points.shape == b.points.shape and np.allclose(a.points, b.points)
        for a, b in zip(strokes, read_strokes(before), strict=False)
    )


def as_drawing(strokes: list[Stroke], width: int) -> dict[str, Any]:
    """Return a drawing of `strokes`, scaled down to a canvas `width` pixels wide if need be."""
    right = max((each.points[:, 0].max() + each.width / 2 for each in strokes), default=0)
    factor = min(1, width / max(right, 1))
    return {"objects": [_as_path(each.points * factor, each.width * factor) for each in strokes]}


def _as_path(points: np.ndarray, width: float) -> dict[str, Any]:
    """A line of points (n, 2) as a Fabric.js object; a dot is a line of length 0."""
    left, top = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    return {
        "type": "Path",
        "path": [["M", *points[0].tolist()], *(["L", *each] for each in points.tolist())],
        "left": left,
        "top": top,
        "stroke": INK,
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "fill": None,
        "originX": "center",
        "originY": "center",
    }


def kept_drawing(name: str) -> dict[str, Any]:
    """The last drawing on the canvas `name`, in the JSON format of Fabric.js."""
    return DRAWN.of(name).get()


def drawn_strokes(name: str) -> list[Stroke]:
    """The strokes of the last drawing on the canvas `name`."""
    return read_strokes(kept_drawing(name))


def drawing_mark(name: str) -> str:
    """Which drawing was put on the canvas `name` last: another text for each; "" if none was."""
    return PUT.of(name).get().get(MARK, "")


def latest_drawing(name: str) -> dict[str, Any]:
    """The drawing that the browser sent with this request, for a callback, which runs before it
    is taken by `show_canvas`.
    """
    raw = sent_drawing(CANVAS.of(name).get())
    if raw.get(MARK) == PUT.of(name).get().get(MARK):
        return {"objects": readable_strokes(raw.get("objects"))[0]}
    return kept_drawing(name)


def show_brush_width() -> None:
    """Show the slider of the brush of the canvases for one drawing."""
    with st.container(key="brush_width"):
        st.slider(
            "Brush width",
            4,
            40,
            BRUSH.default,
            format="%d px",
            key=BRUSH.name,
            persist_state="session",
        )


def undo_stroke(name: str) -> None:
    """Remove the last stroke, or restore a cleared drawing."""
    strokes = kept_drawing(name)["objects"]
    if strokes:
        put_drawing(name, {"objects": strokes[:-1]})
    elif cleared := CLEARED.of(name).pop():
        put_drawing(name, cleared)
    CHANGED.of(name).set(True)


def set_drawing_aside(name: str) -> None:
    """Remove all strokes, for another picture; *Undo* restores them."""
    if kept_drawing(name)["objects"]:
        CLEARED.of(name).set(kept_drawing(name))
    put_drawing(name, DRAWN.default)


def clear_canvas(name: str) -> None:
    """Remove all strokes; *Undo* restores them."""
    set_drawing_aside(name)
    CHANGED.of(name).set(True)


def show_undo_and_clear(name: str, clear: Callable[[str], None] = clear_canvas) -> None:
    """Show the two buttons of the canvas `name`; *Clear* calls `clear(name)`."""
    st.button(
        "Undo",
        key="undo",
        on_click=undo_stroke,
        args=(name,),
        icon=":material/undo:",
        shortcut="ctrl+z",
    )
    st.button("Clear", on_click=clear, args=(name,), icon=":material/delete:")


def put_drawing(name: str, drawing: dict[str, Any]) -> None:
    """Replace the drawing."""
    DRAWN.of(name).set(drawing)
    # A new mark for each: the canvas ignores a drawing that equals the one put before, and sends
    # the mark back with the strokes that were added to this drawing.
    PUT.of(name).set({"objects": drawing["objects"], MARK: f"#{secrets.token_hex(3)}00"})
