"""Drawings as streamlit-drawable-canvas 0.13 sends them: objects of Fabric.js 7."""

from collections.abc import Sequence
from typing import Any

import numpy as np

VERSION = "7.4.0"
# What Fabric.js writes of each path, and the app does not read: messages have the browser's size.
_LOCKS = ("MovementX", "MovementY", "Rotation", "ScalingX", "ScalingY", "SkewingX", "SkewingY")
_PATH: dict[str, Any] = {f"lock{name}": False for name in (*_LOCKS, "ScalingFlip")} | {
    "type": "Path",
    "version": VERSION,
    "originX": "center",
    "originY": "center",
    "fill": None,
    "stroke": "#ffffff",
    "strokeDashArray": None,
    "strokeLineCap": "round",
    "strokeDashOffset": 0,
    "strokeLineJoin": "round",
    "strokeUniform": False,
    "strokeMiterLimit": 10,
    "scaleX": 1,
    "scaleY": 1,
    "angle": 0,
    "flipX": False,
    "flipY": False,
    "opacity": 1,
    "shadow": None,
    "visible": True,
    "backgroundColor": "",
    "fillRule": "nonzero",
    "paintFirst": "fill",
    "globalCompositeOperation": "source-over",
    "skewX": 0,
    "skewY": 0,
}


def pen_path(points: np.ndarray, width: float) -> dict[str, Any]:
    """Return the path of a pen that went through `points`, (n, 2), x and y in canvas pixels.

    As Fabric's pencil makes it: quadratic curves between the middles of successive points, whose
    control points are the points, and a line to the last.
    """
    middles = ((points[:-1] + points[1:]) / 2).tolist()
    path = [["M", *points[0].tolist()]]
    curves = zip(points[:-1].tolist(), middles, strict=True)
    path += [["Q", *point, *middle] for point, middle in curves]
    path.append(["L", *points[-1].tolist()])
    low, high = points.min(axis=0), points.max(axis=0)
    (left, top), (w, h) = ((low + high) / 2).tolist(), (high - low).tolist()
    box = {"left": left, "top": top, "width": w, "height": h}
    return {**_PATH, **box, "strokeWidth": width, "path": path}


def canvas_state(paths: Sequence[dict[str, Any]], overlay: str = "") -> dict[str, Any]:
    """Return the component's state for a drawing of `paths`.

    overlay: the colour above it that was put with the last drawing, which Fabric.js sends back.
    """
    raw: dict[str, Any] = {"version": VERSION, "objects": list(paths)}
    if overlay:
        raw["overlay"] = overlay
    return {"drawing": {"raw": raw, "data": None}}


def put_overlay(canvas_data: dict[str, Any]) -> str:
    """Return the overlay of the drawing that the page put on the canvas, "" if it put none."""
    return canvas_data["initialDrawing"].get("overlay", "")
