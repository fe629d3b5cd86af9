"""Lenses: components that respond to the pointer in the browser, without a rerun.

A lens receives arrays once, then draws and computes in JavaScript (`lenses/*.js`).
"""

import base64
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from cnn.rendering.images import Scale

FOLDER = Path(__file__).parent / "lenses"
ENTRIES = {"convolution": "showConvolution", "pooling": "showPooling"}
# Of the views of Explore, and of the answer while one draws: its code comes with the network.
EXPLORED_PARTS = (
    *("scales", "convolution", "pooling", "decision", "diagram", "plain"),
    *("units", "explored", "follow", "layers", "sheets", "prediction"),
)
DRAWN_PARTS = ("network", "strokes", "pen", "cover", "strips", "poolings", "connections")
LIVE_PARTS = (*DRAWN_PARTS, *EXPLORED_PARTS)


def lens_component(name: str, *parts: str) -> Any:
    """The component with the code and style of maps.js and maps.css, of `parts`, then of `name`.

    A lens that is also a part of others is a function in its file, one of ENTRIES.
    """
    js, css = (lens_source(kind, *parts, name) for kind in ("js", "css"))
    if entry := ENTRIES.get(name):
        root = 'args.parentElement.querySelector(".lens")'
        js += f"\nexport default (args) => {entry}({{ ...args, root: {root} }});\n"
    return st.components.v2.component(
        f"cnn_{name}_lens", html='<div class="lens"></div>', css=css, js=js
    )


def lens_source(kind: Literal["js", "css"], *names: str) -> str:
    """The text of maps.js or maps.css, then of those of the files `names` that exist."""
    paths = [FOLDER / f"{name}.{kind}" for name in ("maps", *names)]
    return "\n".join(path.read_text("utf-8") for path in paths if path.exists())


def packed(values: np.ndarray) -> dict[str, Any]:
    """An array for a lens: its shape, and its values as float32 in base64."""
    data = np.ascontiguousarray(values, "<f4").tobytes()
    return {"shape": list(values.shape), "base64": base64.b64encode(data).decode()}


def packed_scale(scale: Scale) -> dict[str, Any]:
    """A colour scale for a lens."""
    return {"low": scale.low, "high": scale.high, "colours": colours_of(scale.palette)}


def colours_of(palette: np.ndarray) -> list[str]:
    """(253, 3) uint8 -> every third colour, which includes the middle one: white on a signed scale.

    As #rrggbb.
    """
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in palette[::3].tolist()]
