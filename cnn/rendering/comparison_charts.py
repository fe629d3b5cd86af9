"""Several runs in one chart: over each other, or summed up with their spread; see `charts`."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnn.rendering.chart_parts import Spec, chart_of, line, note, points, set_epochs

# Of several runs, colour and mark of each: the marks also tell apart who sees no colours. All
# colours have a contrast of 3 and more with the light and with the dark ground.
RUN_STYLES = (
    ("#0a84d6", "circle"),
    ("#d55e00", "rect"),
    ("#0e9f6e", "triangle"),
    ("#b558a8", "diamond"),
    ("#a87a00", "path://M4 0h2v4h4v2H6v4H4V6H0V4h4z"),  # a plus
    ("#808080", "path://M0 0h10L5 10z"),  # a triangle that stands on its tip
    ("#e0506a", "path://M5 0l1.4 3.6H10L7.1 5.8 8.2 10 5 7.4 1.8 10l1.1-4.2L0 3.6h3.6z"),  # a star
    ("#7a5cc9", "path://M0 0h10v3H0zM0 7h10v3H0z"),  # two bars
)
LEGEND_LINE = 22  # pixels


class Curve(NamedTuple):
    """One run among several in a chart: its legend, what `Run.epochs` gave, how many will be."""

    label: str
    epochs: dict[str, np.ndarray]
    planned: int


def compare_chart(
    series: Sequence[Curve], figure: str, by: str = "epoch", log: bool = False
) -> Spec:
    """`figure` ("loss" or "accuracy") of several runs after each epoch, up to len(RUN_STYLES).

    Full lines are for validation digits, dashed ones for training digits; `by` "epoch" or "seconds"
    since the training's start. Accuracy is in %; with `log`, where that would show little, it is
    the error in %: 100 less the accuracy. Zero has no place on a logarithmic axis and is left out.
    What the pointer is on says its run, epoch, seconds and value.
    """
    chart = chart_of(by, _compared_figure(figure, log), max((c.planned for c in series), default=1))
    chart["grid"]["top"] = 40 + LEGEND_LINE * len(series)
    chart["legend"] = {
        "top": 0,
        "left": 0,
        "orient": "vertical",
        "data": [curve.label for curve in series],
        "textStyle": {"width": 260, "overflow": "truncate"},
        "tooltip": {"show": True},
    }
    chart["tooltip"] = {"trigger": "item", "confine": True}
    if by == "epoch":
        set_epochs(chart, chart["xAxis"]["max"])
    else:
        chart["xAxis"].update(min=0, max=None)
    chart["yAxis"].update(_compared_axis(figure, log))
    chart["series"] = [
        each
        for curve, (colour, mark) in zip(series, RUN_STYLES, strict=False)
        for each in _compared_lines(curve, figure, by, log, (colour, mark))
    ]
    heights = [y for each in chart["series"] for _, y, _ in each["data"]]
    if log and heights:  # by itself, the axis would end at powers of ten
        low, high = _one_digit(min(heights), down=True), _one_digit(max(heights))
        chart["yAxis"].update(min=low, max=high if high > low else 2 * low)
    if not heights:
        chart["title"] = note("The first points come after epoch 1" if series else "No run yet")
        chart["yAxis"].update(type="value", min=0, max=100 if figure == "accuracy" else 1)
    return chart


def _compared_figure(figure: str, log: bool) -> str:
    if figure == "loss":
        return "loss"
    return "error in %" if log else "accuracy in %"


def _compared_axis(figure: str, log: bool) -> Spec:
    if log:
        return {"type": "log", "minorTick": {"show": True}, "minorSplitLine": {"show": True}}
    return {"scale": True, "max": 100} if figure == "accuracy" else {"min": 0}


def _one_digit(value: float, down: bool = False) -> float:
    """The next larger (or smaller) number with one digit that is not 0: 0.034 to 0.04 (0.03)."""
    unit = 10.0 ** math.floor(math.log10(value))
    digits = (math.floor if down else math.ceil)(round(value / unit, 6))
    return float(f"{digits * unit:.1g}")


def _compared_lines(
    curve: Curve, figure: str, by: str, log: bool, style: tuple[str, str]
) -> list[Spec]:
    """A run's two lines. They share a name, and so one place in the legend that hides both."""
    unit = " %" if figure == "accuracy" else ""
    quantity = "loss" if figure == "loss" else "error" if log else "accuracy"
    at = "epoch {@[0]}, {@[2]} s" if by == "epoch" else "{@[0]} s, epoch {@[2]}"
    lines = []
    for kind, column in (("validation", f"val_{figure}"), ("training", figure)):
        drawn = line(curve.label, _compared_points(curve.epochs, column, by, log), style[0])
        drawn["symbol"] = style[1]
        drawn["tooltip"] = {"formatter": f"{{a}}<br>{kind} {quantity}, {at}: <b>{{@[1]}}{unit}</b>"}
        if kind == "training":
            drawn["lineStyle"].update(type="dashed", width=1.5)
            drawn.update(symbolSize=5, itemStyle={"color": style[0], "opacity": 0.7})
        lines.append(drawn)
    return lines


def _compared_points(
    epochs: dict[str, np.ndarray], column: str, by: str, log: bool
) -> list[list[float]]:
    """[x, y, the other x] of each epoch whose figures are finite."""
    values = epochs[column]
    if column.endswith("accuracy"):
        values = 100 * (1 - values if log else values)
    across = (epochs["epoch"], epochs["elapsed_s"])
    x, other = across if by == "epoch" else across[::-1]
    table = np.stack([x, values, other], axis=1)
    table = table[np.isfinite(table).all(axis=1) & ((values > 0) | (not log))]
    return [[float(f"{number:.5g}") for number in row] for row in table]


def spread_chart(labels: Sequence[str], curves: Sequence[np.ndarray], planned: int) -> Spec:
    """Validation accuracy after each epoch for several values of a setting, each with its spread.

    curves: for each label (runs, epochs), 0 to 1, NaN where an epoch is still to come. A line is
    the mean of the runs that have come so far, the band around it from the lowest to the highest.
    """
    chart = chart_of("epoch", "accuracy in %", planned)
    set_epochs(chart, planned)
    chart["yAxis"]["scale"] = True
    chart["legend"] = {"top": 0, "data": list(labels)}
    chart["series"] = []
    for label, rows, (colour, mark) in zip(labels, curves, RUN_STYLES, strict=False):
        came = 100 * rows[:, ~np.isnan(rows).all(axis=0)]
        if not came.size:
            continue
        epochs = np.arange(1, came.shape[1] + 1)
        low, high = np.nanmin(came, axis=0), np.nanmax(came, axis=0)
        if len(rows) > 1:
            chart["series"] += _band(label, epochs, low, high, colour)
        mean = line(label, points(epochs, np.nanmean(came, axis=0)), colour)
        chart["series"].append(mean | {"symbol": mark, "symbolSize": 8})
    if not chart["series"]:
        chart["yAxis"]["max"] = 100
        chart["title"] = note("The first points come after epoch 1")
    return chart


def _band(label: str, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> list[Spec]:
    """What lies between `low` and `high`: an unseen line, and on it an area as high as the rest."""
    unseen = {
        "type": "line",
        "stack": f"band {label}",
        "symbol": "none",
        "lineStyle": {"opacity": 0},
        "silent": True,
        "tooltip": {"show": False},
    }
    area = {"areaStyle": {"color": colour, "opacity": 0.18}}
    return [unseen | {"data": points(x, low)}, unseen | area | {"data": points(x, high - low)}]
