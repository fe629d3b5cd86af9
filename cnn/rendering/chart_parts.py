"""Building blocks of charts, as Apache ECharts options; see `charts`."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Spec = dict[str, Any]
NARROW = 280  # pixels
ACCURACY_STEPS = (0.2, 0.5, 1, 2, 3, 4, 5, 10, 20)  # percentage points
# Of a logarithmic axis. By default its lines are bright on a dark page, unlike the others.
MINOR_GRID = {
    "minorTick": {"show": True},
    "minorSplitLine": {"show": True, "lineStyle": {"color": "#8a94a0", "opacity": 0.2}},
}
# In two lines, so that it also fits into a narrow chart
AFTER_EPOCH_1 = "The first points appear\nafter epoch 1"


def accuracy_axis(values: Iterable[float]) -> Spec:
    """The y axis of accuracies in %: five equal steps, from below the lowest of `values` to 100.

    It always ends at 100, so that a difference is seen in proportion to the error that is left.
    From 0 on without values.
    """
    lowest = min((value for value in values if np.isfinite(value)), default=0)
    step = next((step for step in ACCURACY_STEPS if 100 - 5 * step <= lowest), ACCURACY_STEPS[-1])
    return {"name": "accuracy in %", "min": 100 - 5 * step, "max": 100, "interval": step}


def with_text_colour(chart: Spec, colour: str) -> Spec:
    """A copy of `chart` with its axes, legend and title in `colour`, where they have no other."""

    def coloured(part: Spec, *styles: str) -> Spec:
        return part | {style: {"color": colour} | part.get(style, {}) for style in styles}

    parts = {"xAxis": ("axisLabel", "nameTextStyle"), "yAxis": ("axisLabel", "nameTextStyle")}
    parts |= {"legend": ("textStyle",), "title": ("textStyle",), "visualMap": ("textStyle",)}
    return chart | {
        name: coloured(chart[name], *styles) for name, styles in parts.items() if name in chart
    }


def one_digit(value: float, rounded: Callable[[float], int]) -> float:
    """Round `value` to one significant digit by math.floor or math.ceil: 0.034 to 0.03 or 0.04."""
    unit = 10.0 ** math.floor(math.log10(value))
    return float(f"{rounded(round(value / unit, 6)) * unit:.1g}")


def placeholder(text: str) -> Spec:
    """A title in the middle of an empty chart."""
    style = {"fontSize": 13, "fontWeight": "normal", "lineHeight": 18}
    return {"text": text, "left": "center", "top": "middle", "textStyle": style}


def points(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """(n,) and (n,) -> n pairs [x, y]: x as an integer, y with five significant digits."""
    return [[int(a), float(f"{b:.5g}")] for a, b in zip(x, y, strict=True)]


def line(name: str, data: list[list[float]], colour: str, symbol: bool = True) -> Spec:
    """A series: a line through [x, y] pairs, with a symbol at each unless `symbol` is False."""
    return {
        "name": name,
        "type": "line",
        "data": data,
        "showSymbol": symbol,
        "symbolSize": 7,
        "lineStyle": {"width": 2, "color": colour},
        "itemStyle": {"color": colour},
    }


def empty_chart(x_name: str, y_name: str, x_max: int | None, epochs: bool = False) -> Spec:
    """A chart without series. An axis of `epochs` starts at 1; a single epoch is in its middle."""
    chart = {
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
    # On a phone two charts are side by side: the legend has a line of its own.
    legend = {
        "itemWidth": 12,
        "itemGap": 6,
        "right": 0,
        "padding": 0,
        "textStyle": {"fontSize": 10},
    }
    narrow = {"legend": legend, "grid": {"top": 46}, "xAxis": {"splitNumber": 3}}
    chart["media"] = [{"query": {"maxWidth": NARROW}, "option": narrow}]
    if epochs:
        low, high = (1, x_max) if x_max != 1 else (0.5, 1.5)
        chart["xAxis"].update(min=low, max=high, minInterval=1)
        if x_max == 1:  # no epoch 0.5 and 1.5
            chart["xAxis"]["axisLabel"] = {"showMinLabel": False, "showMaxLabel": False}
    return chart
