"""What charts are made of, as Apache ECharts options; see `charts`."""

from typing import Any

import numpy as np

Spec = dict[str, Any]


def note(text: str) -> Spec:
    """A title that says, in the middle of an empty chart, what will be there."""
    style = {"fontSize": 13, "fontWeight": "normal", "color": "#808080"}
    return {"text": text, "left": "center", "top": "middle", "textStyle": style}


def points(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """(n,) and (n,) -> [x, y] of each, whole x, and y with five digits."""
    return [[int(a), float(f"{b:.5g}")] for a, b in zip(x, y, strict=True)]


def line(name: str, data: list[list[float]], colour: str, symbol: bool = True) -> Spec:
    """A line through [x, y] pairs, by default with a mark at each."""
    return {
        "name": name,
        "type": "line",
        "data": data,
        "showSymbol": symbol,
        "symbolSize": 7,
        "lineStyle": {"width": 2, "color": colour},
        "itemStyle": {"color": colour},
    }


def chart_of(x_name: str, y_name: str, x_max: int) -> Spec:
    """A chart without series; its x axis ends at `x_max` from the first point on."""
    return {
        "animation": False,
        "grid": {"left": 8, "right": 20, "top": 40, "bottom": 28, "containLabel": True},
        "legend": {"top": 0, "right": 8},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "value",
            "name": x_name,
            "nameLocation": "middle",
            "nameGap": 26,
            "max": x_max,
        },
        "yAxis": {"type": "value", "name": y_name, "nameTextStyle": {"align": "left"}},
    }


def set_epochs(chart: Spec, epochs: int) -> None:
    """Have the x axis go from epoch 1 to `epochs`; a single one stands in the middle."""
    chart["xAxis"].update(min=1, max=epochs, minInterval=1)
    if epochs == 1:
        chart["xAxis"].update(min=0.5, max=1.5)
