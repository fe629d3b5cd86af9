"""Recognition by comparison as Apache ECharts options: the ROC curve, and the map of vectors."""

from collections.abc import Sequence

import numpy as np

from cnn.rendering.chart_parts import Spec, empty_chart, line, placeholder
from cnn.rendering.charts import DIGIT_COLOURS, GREY, TRAINING_COLOUR, VALIDATION_COLOUR

SHOWN_DIGITS = 200  # of MNIST, in the map
NEW = "new drawing"
# Without the orange, which is the new drawing's.
SYMBOL_COLOURS = (DIGIT_COLOURS[0], *DIGIT_COLOURS[2:])


def roc_chart(
    accepts: np.ndarray, rejects: np.ndarray, at: tuple[float, float] | None, missing: str = ""
) -> Spec:
    """The share recognised against the share falsely accepted, a step for each threshold.

    accepts, rejects: (k,) 0 to 1, of ascending thresholds; at: both at the chosen one, which is
    marked. Without any, `missing` is written into the chart.
    """
    chart = empty_chart("false accepts in %", "recognised in %", 100)
    chart["xAxis"]["min"] = 0
    chart["yAxis"].update(min=0, max=100)
    chart["legend"]["show"] = False
    chart["tooltip"] = {"show": False}
    if at is None:
        chart["title"] = placeholder(missing)
        return chart
    curve = [[0.0, 0.0], *_percent(accepts, 1 - rejects), [100.0, 100.0]]
    curve_line = line("ROC curve", curve, TRAINING_COLOUR, symbol=False) | {"step": "start"}
    chance = line("chance", [[0, 0], [100, 100]], GREY, symbol=False)
    chance["lineStyle"] |= {"type": "dotted", "width": 1}
    chosen = {
        "name": "threshold",
        "type": "scatter",
        "data": _percent(np.array([at[0]]), np.array([1 - at[1]])),
        "symbolSize": 14,
        "itemStyle": {"color": VALIDATION_COLOUR},
        "z": 3,
    }
    chart["series"] = [chance, curve_line, chosen]
    return chart


def _percent(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return np.round(100 * np.column_stack([x, y]), 2).tolist()


def map_chart(
    names: Sequence[str],
    points: np.ndarray,
    labels: np.ndarray,
    digits: np.ndarray,
    new: np.ndarray | None,
    missing: str = "",
) -> Spec:
    """The vectors of drawings in a plane, in the colour of their symbol, with its name.

    points (n, 2), labels (n,); digits (m, 2): MNIST's, as grey dots; new (2,): the star. Without
    points, `missing` is written into the chart.
    """
    chart = empty_chart("", "", None)
    chart["grid"] = {"left": 12, "right": 12, "top": 12, "bottom": 12}
    chart["legend"]["show"] = False
    chart["tooltip"] = {"show": False}
    hidden = {"show": False, "scale": True, "boundaryGap": ["12%", "12%"]}
    chart["xAxis"], chart["yAxis"] = {"type": "value", **hidden}, {"type": "value", **hidden}
    chart.pop("media")
    if not len(points):
        chart["title"] = placeholder(missing)
        return chart
    series = [_dots("MNIST's digits", digits[:SHOWN_DIGITS], GREY, 4, opacity=0.5)]
    for label, name in enumerate(names):
        colour = SYMBOL_COLOURS[label % len(SYMBOL_COLOURS)]
        own = points[labels == label]
        series.append(_dots(name, own, colour, 11))
        # The name once, at the mean: names of five drawings would cover each other.
        middle = _dots(name, own.mean(axis=0, keepdims=True), colour, 1)
        label_style = {"show": True, "formatter": "{a}", "position": "top", "distance": 9}
        fits = {"width": 110, "overflow": "truncate"}
        middle["label"] = {**label_style, **fits, "color": colour, "fontWeight": "bold"}
        series.append(middle)
    if new is not None:
        star = _dots(NEW, new[None], VALIDATION_COLOUR, 18)
        series.append(star | {"symbol": STAR, "z": 4})
    chart["series"] = series
    return chart


STAR = "path://M50,0 L62,35 L98,35 L69,57 L79,91 L50,70 L21,91 L31,57 L2,35 L38,35 Z"


def _dots(name: str, points: np.ndarray, colour: str, size: int, opacity: float = 1) -> Spec:
    return {
        "name": name,
        "type": "scatter",
        "data": np.round(points, 4).tolist(),
        "symbolSize": size,
        "itemStyle": {"color": colour, "opacity": opacity},
        "silent": True,
    }
