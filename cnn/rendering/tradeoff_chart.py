"""Accuracy against the size of networks or their training time, as Apache ECharts options."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from cnn.rendering.chart_parts import (
    MINOR_GRID,
    Spec,
    accuracy_axis,
    empty_chart,
    one_digit,
    placeholder,
)
from cnn.rendering.comparison_charts import run_styles
from cnn.rendering.text import percent

LOG_FROM = 10  # the largest x by the smallest, from which on the axis is logarithmic
MARK, SELECTED_MARK, TICK_LABELS = 11, 17, 16  # pixels: diameters, and a height
FRAME = "#8a94a0"  # round a mark, thick if it is selected


class TradeoffPoint(NamedTuple):
    """A run: the place of its label; x and accuracy, 0 to 1; its title and its x as texts."""

    place: int
    x: float
    accuracy: float
    title: str
    x_text: str
    selected: bool = False


def tradeoff_chart(
    labels: Sequence[str], points: Sequence[TradeoffPoint], x_name: str, accuracy_name: str
) -> Spec:
    """A mark for each of `points`, which can be clicked; a series, with its look, for each label.

    Series and label have the same number, and the points of a series are in the order of `points`.
    The x axis is logarithmic if the x are positive and span a factor of LOG_FROM or more; otherwise
    it begins at 0, so that equal networks are seen to be equal.
    """
    chart = empty_chart(x_name, "", None)
    chart["yAxis"].update(accuracy_axis(100 * each.accuracy for each in points))
    chart["yAxis"]["name"] = f"{accuracy_name} in %"
    chart["xAxis"].update(_x_axis([each.x for each in points]))
    chart["xAxis"]["axisLabel"] = {"hideOverlap": True}
    chart["grid"]["top"] = 56
    legend = {"top": 0, "left": 0, "type": "scroll", "itemWidth": 12, "itemHeight": 12}
    chart["legend"] = {**legend, "data": list(labels)}
    chart["media"][0]["option"].pop("legend")
    chart["tooltip"] = {"trigger": "item", "confine": True}
    chart["animation"] = False  # a mark that still grows is missed by a click
    chart["series"] = [
        _series(label, [each for each in points if each.place == place], style, accuracy_name)
        for place, (label, style) in enumerate(zip(labels, run_styles(), strict=False))
    ]
    if not points:
        chart["title"] = placeholder("No run has finished yet")
        chart["grid"]["bottom"] += TICK_LABELS  # else the axis's name would be cut off
    return chart


def _series(
    label: str, points: Sequence[TradeoffPoint], style: tuple[str, str], accuracy_name: str
) -> Spec:
    colour, symbol = style
    return {
        "name": label,
        "type": "scatter",
        "symbol": symbol,
        "symbolSize": MARK,
        # An edge, as marks overlap; translucent ones had too little contrast on a dark page.
        "itemStyle": {"color": colour, "opacity": 1, "borderColor": FRAME, "borderWidth": 1},
        "selectedMode": "multiple",
        # Selected marks are enlarged by their data: the chart itself does not know of those that
        # were selected in the list.
        "select": {"itemStyle": {"color": colour, "borderColor": FRAME}},
        "emphasis": {"disabled": True},
        "cursor": "pointer",
        "tooltip": {"formatter": f"{{@[2]}}<br>{{@[3]}}<br>{accuracy_name} <b>{{@[4]}}</b>"},
        "data": [_mark(each) for each in points],
    }


def _mark(point: TradeoffPoint) -> Spec:
    y = float(f"{100 * point.accuracy:.5g}")
    texts = [point.title, point.x_text, percent(point.accuracy, 2)]
    mark = {"value": [float(f"{point.x:.6g}"), y, *texts]}
    if point.selected:
        mark |= {
            "symbolSize": SELECTED_MARK,
            "itemStyle": {"borderColor": FRAME, "borderWidth": 3},
        }
    return mark


def _x_axis(values: Sequence[float]) -> Spec:
    low, high = min(values, default=0), max(values, default=1)
    if low <= 0 or high < LOG_FROM * low:
        return {"min": 0, "boundaryGap": [0, 0.05], "splitNumber": 4}
    return {
        "type": "log",
        "min": one_digit(low, math.floor),
        "max": one_digit(high, math.ceil),
        **MINOR_GRID,
    }
