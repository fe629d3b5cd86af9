"""What the lenses share: components that answer the pointer in the browser, with no rerun.

A lens is given arrays once and then draws, frames and calculates by itself (`ui/lenses/*.js`).
"""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from cnn.arithmetic.receptive_field import ReceptiveField
from cnn.rendering.images import Scale

_HERE = Path(__file__).parent / "lenses"


def lens_component(name: str) -> Any:
    """The component whose code is `lenses/<name>.js`; what all share, maps.js, goes before it."""
    js = "\n".join(_read(f"{each}.js") for each in ("maps", name))
    css = _read("maps.css")
    if (_HERE / f"{name}.css").exists():
        css += _read(f"{name}.css")
    return st.components.v2.component(
        f"cnn_{name}_lens", html='<div class="lens"></div>', css=css, js=js
    )


def _read(file: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8")


def packed(values: np.ndarray) -> dict[str, Any]:
    """An array as a lens takes it: its shape, and its float32 in base64, exact to the last bit."""
    numbers = np.ascontiguousarray(values, "<f4")
    return {"shape": list(values.shape), "base64": base64.b64encode(numbers.tobytes()).decode()}


def packed_field(
    picture: np.ndarray | None, fields: tuple[ReceptiveField, ReceptiveField] | None
) -> dict[str, Any]:
    """What a lens needs to show what a unit can see of `picture`, (28, 28) uint8; maybe nothing."""
    if picture is None or fields is None:
        return {}
    return {"picture": packed(picture), "fields": [vars(field) for field in fields]}


def packed_scale(scale: Scale) -> dict[str, Any]:
    """A colour scale as a lens takes it."""
    # Every third of 253: the middle one, white on the signed scale, stays the middle.
    colours = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in scale.palette[::3].tolist()]
    return {"low": scale.low, "high": scale.high, "colours": colours}
