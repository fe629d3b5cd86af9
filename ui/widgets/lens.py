"""Lenses: components that respond to the pointer in the browser, without a rerun.

A lens receives arrays once, then draws and computes in JavaScript (`lenses/*.js`).
"""

import base64
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from cnn.arithmetic.receptive_field import ReceptiveField
from cnn.rendering.images import Scale

FOLDER = Path(__file__).parent / "lenses"
# Of the answer while one draws.
LIVE_PARTS = ("network", "strokes", "pen", "cover", "strips", "poolings", "connections")


def lens_component(name: str, *parts: str) -> Any:
    """The component with the code and style of maps.js and maps.css, of `parts`, then of `name`."""
    js, css = (lens_source(kind, *parts, name) for kind in ("js", "css"))
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


def packed_field(
    picture: np.ndarray | None, fields: tuple[ReceptiveField, ReceptiveField] | None
) -> dict[str, Any]:
    """The data for the receptive field of a unit in `picture`, (28, 28) uint8; empty if None."""
    if picture is None or fields is None:
        return {}
    return {"picture": packed(picture), "fields": [vars(field) for field in fields]}


def packed_scale(scale: Scale) -> dict[str, Any]:
    """A colour scale for a lens."""
    # Every third of 253 colours includes the middle one, white on the signed scale.
    colours = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in scale.palette[::3].tolist()]
    return {"low": scale.low, "high": scale.high, "colours": colours}
