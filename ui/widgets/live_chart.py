"""Learning curves during a training: drawn by a component of the page's own, `learning_curve.js`.

Apache ECharts draws a chart anew for each message. This component plays what came in since the last
one, so that the chart moves many times a second while the server is asked once.
"""

import math
from typing import Any

import streamlit as st

from cnn.rendering.chart_parts import Spec
from ui.widgets.lens import FOLDER

_CURVE = st.components.v2.component(
    "cnn_learning_curve",
    html='<div class="curve"><canvas role="img"></canvas><div class="tip" hidden></div></div>',
    css=(FOLDER / "learning_curve.css").read_text("utf-8"),
    js=(FOLDER / "learning_curve.js").read_text("utf-8"),
)


def show_live_chart(spec: Spec, key: str, alt: str) -> None:
    """Show `batch_loss_chart` or `epoch_chart` of `cnn.rendering.charts` while it grows.

    Its place is that of `show_chart` with the same `key`, its size that of the charts of a run
    (`learning_curve.css`).
    """
    with st.container(key=key):
        _CURVE(key=f"live_{key}", data=message(spec, alt))


def message(spec: Spec, alt: str) -> dict[str, Any]:
    """What the browser needs of a chart and its text alternative."""
    x, y = spec["xAxis"], spec["yAxis"]
    return {
        "alt": alt,
        "placeholder": spec.get("title", {}).get("text", ""),
        "x": {
            "name": x["name"],
            "min": x.get("min", 0),
            "max": x["max"],
            "planned": math.floor(x["max"]),  # the axis of a single epoch ends at 1.5
            "minInterval": x.get("minInterval", 0),
            "ends": x.get("axisLabel", {}).get("showMaxLabel", True),
        },
        "y": {name: y[name] for name in ("name", "min", "max", "interval") if name in y},
        "series": [
            {
                "name": each["name"],
                "kind": each["type"],
                "colour": each["itemStyle"]["color"],
                "opacity": each["itemStyle"].get("opacity", 1),
                "size": each["symbolSize"] if each.get("showSymbol", True) else 0,
                "points": [_finite(point) for point in each["data"]],
            }
            for each in spec["series"]
        ],
    }


def _finite(point: list[float]) -> list[float | None]:
    """JSON has no number for the loss of a network that diverges."""
    return [value if math.isfinite(value) else None for value in point]
