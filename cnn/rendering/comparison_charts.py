"""Learning curves of several runs in one chart, or their mean and range; see `charts`."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from cnn.rendering.chart_parts import (
    AFTER_EPOCH_1,
    MINOR_GRID,
    Spec,
    accuracy_axis,
    empty_chart,
    line,
    one_digit,
    placeholder,
    points,
)
from cnn.rendering.text import percent

# Colour and symbol of each run: the symbols are for the colour-blind. The contrast of each colour
# with the light and with the dark background is at least 3.
RUN_STYLES = (
    ("#0a84d6", "circle"),
    ("#d55e00", "rect"),
    ("#0e9f6e", "triangle"),
    ("#b558a8", "diamond"),
    ("#a87a00", "path://M4 0h2v4h4v2H6v4H4V6H0V4h4z"),  # plus
    ("#808080", "path://M0 0h10L5 10z"),  # triangle pointing down
    ("#e0506a", "path://M5 0l1.4 3.6H10L7.1 5.8 8.2 10 5 7.4 1.8 10l1.1-4.2L0 3.6h3.6z"),  # star
    ("#7a5cc9", "path://M0 0h10v3H0zM0 7h10v3H0z"),  # two bars
)
LEGEND_LINE = 22  # pixels


class Curve(NamedTuple):
    """One run of a comparison: its label, its `Run.epochs`, and how many epochs it will have."""

    label: str
    epochs: dict[str, np.ndarray]
    planned: int


def compare_chart(
    curves: Sequence[Curve], metric: str, by: str = "epoch", log: bool = False
) -> Spec:
    """`metric` ("loss", or "accuracy" in %) of up to len(RUN_STYLES) runs after each epoch.

    Solid lines are for validation, dashed ones for training. `by` is "epoch" or "seconds" since the
    start of the training. With `log`, the y axis is logarithmic, without zeros, and the accuracy is
    replaced by the error, 100 % minus it. The tooltip has run, epoch, seconds and value.
    """
    planned = max((curve.planned for curve in curves), default=1)
    chart = empty_chart(by, metric, planned if by == "epoch" else None, epochs=by == "epoch")
    if by == "seconds":
        chart["xAxis"]["min"] = 0
    chart["grid"]["top"] = 40 + LEGEND_LINE * len(curves)
    chart["legend"] = {
        "top": 0,
        "left": 0,
        "orient": "vertical",
        "data": [curve.label for curve in curves],
        "textStyle": {"width": 260, "overflow": "truncate"},
        "tooltip": {"show": True},
    }
    chart["tooltip"] = {"trigger": "item", "confine": True}
    chart["series"] = [
        series
        for curve, style in zip(curves, RUN_STYLES, strict=False)
        for series in _run_lines(curve, metric, by, log, style)
    ]
    values = [y for series in chart["series"] for _, y, *_ in series["data"]]
    if log:
        chart["yAxis"].update(name="error in %" if metric == "accuracy" else metric, min=0)
    else:
        chart["yAxis"].update(accuracy_axis(values) if metric == "accuracy" else {"min": 0})
    if log and values:  # by default, the axis would end at powers of ten
        low, high = one_digit(min(values), math.floor), one_digit(max(values), math.ceil)
        chart["yAxis"].update(type="log", min=low, max=high if high > low else 2 * low)
        chart["yAxis"].update(MINOR_GRID)
    if not values:
        chart["title"] = placeholder(AFTER_EPOCH_1 if curves else "No run yet")
        chart["yAxis"].update(min=0, max=100 if metric == "accuracy" else 1)
    return chart


def _run_lines(curve: Curve, metric: str, by: str, log: bool, style: tuple[str, str]) -> list[Spec]:
    """A run's two lines. They have the same name, so that one legend entry hides both."""
    colour, symbol = style
    name = "error" if log and metric == "accuracy" else metric
    at = "epoch {@[0]}, {@[2]} s" if by == "epoch" else "{@[0]} s, epoch {@[2]}"
    lines = []
    for kind, column in (("validation", f"val_{metric}"), ("training", metric)):
        series = line(curve.label, _run_points(curve.epochs, column, by, log), colour)
        series["symbol"] = symbol
        series["tooltip"] = {"formatter": f"{{a}}<br>{kind} {name}, {at}: <b>{{@[3]}}</b>"}
        if kind == "training":
            series["lineStyle"].update(type="dashed", width=1.5)
            series.update(symbolSize=5, itemStyle={"color": colour, "opacity": 0.7})
        lines.append(series)
    return lines


def _run_points(
    epochs: dict[str, np.ndarray], column: str, by: str, log: bool
) -> list[list[float | str]]:
    """[x, y, the other x, y as text] of each epoch; values that are not finite are omitted."""
    values, is_share = epochs[column], column.endswith("accuracy")
    if is_share:
        values = 100 * (1 - values if log else values)
    across = (epochs["epoch"], epochs["elapsed_s"])
    x, other = across if by == "epoch" else across[::-1]
    table = np.stack([x, values, other], axis=1)
    table = table[np.isfinite(table).all(axis=1) & ((values > 0) | (not log))]
    return [
        [
            *(float(f"{number:.5g}") for number in row),
            percent(row[1] / 100, 2) if is_share else f"{row[1]:.4f}",
        ]
        for row in table
    ]


def spread_chart(labels: Sequence[str], curves: Sequence[np.ndarray], planned: int) -> Spec:
    """Validation accuracy after each epoch for several values of a setting: mean and range.

    curves: (runs, epochs) for each label, 0 to 1, NaN for epochs to come. A line is the mean of the
    runs so far, the band around it their range.
    """
    chart = empty_chart("epoch", "", planned, epochs=True)
    chart["yAxis"].update(accuracy_axis(100 * value for rows in curves for value in rows.flat))
    chart["grid"]["top"] = 56  # on a phone, the legend takes the whole first line
    # Many values would need a second line, over the axis's name.
    chart["legend"] = {"top": 0, "type": "scroll", "data": list(labels)}
    chart["tooltip"] = {"trigger": "item", "confine": True}
    chart["series"] = []
    for label, rows, (colour, symbol) in zip(labels, curves, RUN_STYLES, strict=False):
        known = 100 * rows[:, ~np.isnan(rows).all(axis=0)]
        if not known.size:
            continue
        epochs = np.arange(1, known.shape[1] + 1)
        if len(rows) > 1:
            low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
            chart["series"] += _band(label, epochs, low, high, colour)
        means = points(epochs, np.nanmean(known, axis=0))
        mean = line(label, [[x, y, percent(y / 100, 2)] for x, y in means], colour)
        tooltip = {"formatter": "{a}, epoch {@[0]}: <b>{@[2]}</b>"}
        chart["series"].append(mean | {"symbol": symbol, "symbolSize": 8, "tooltip": tooltip})
    if not chart["series"]:
        chart["title"] = placeholder(AFTER_EPOCH_1)
    return chart


def result_chart(labels: Sequence[str], accuracies: Sequence[np.ndarray]) -> Spec:
    """The accuracies of the finished runs for each value of a setting: mean, range and each run.

    accuracies: (runs,) for each label, 0 to 1. The whiskers reach from the lowest to the highest
    run, the line between them is the mean.
    """
    chart = empty_chart("", "", None)
    chart["xAxis"] = {"type": "category", "data": list(labels)}
    chart["yAxis"].update(accuracy_axis(100 * value for row in accuracies for value in row))
    chart["tooltip"] = {"trigger": "item", "confine": True, "formatter": "{b}"}
    whiskers, marks = [], []
    for place, (row, (colour, symbol)) in enumerate(zip(accuracies, run_styles(), strict=False)):
        if not len(row):
            whiskers.append({"value": ["-"] * 5})
            continue
        low, mean, high = (
            float(f"{100 * each:.5g}") for each in (row.min(), row.mean(), row.max())
        )
        texts = [percent(share, 2) for share in (row.mean(), row.min(), row.max())]
        name = "mean {}, lowest {}, highest {}, {} seeds".format(*texts, len(row))
        whiskers.append(
            {
                "name": name if len(row) > 1 else f"{texts[0]}, 1 seed",
                # A box plot without its box: lowest, three times the mean, highest.
                "value": [low, mean, mean, mean, high],
                "itemStyle": {"borderColor": colour, "borderWidth": 2},
            }
        )
        style = {"symbol": symbol, "itemStyle": {"color": colour, "opacity": 0.75}}
        marks += [
            {"name": percent(each, 2), "value": [place, float(f"{100 * each:.5g}")], **style}
            for each in row
        ]
    chart["series"] = [
        {"type": "boxplot", "data": whiskers, "boxWidth": [16, 28]},
        {"type": "scatter", "data": marks, "symbolSize": 8},
    ]
    if not marks:
        chart["title"] = placeholder("No run has finished yet")
    return chart


def run_styles() -> Iterator[tuple[str, str]]:
    """Yield RUN_STYLES, then grey circles."""
    return chain(RUN_STYLES, repeat(("#808080", "circle")))


def _band(label: str, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> list[Spec]:
    """The area between `low` and `high`: an invisible line, and the difference stacked on it."""
    invisible = {
        "type": "line",
        "stack": f"band {label}",
        "symbol": "none",
        "lineStyle": {"opacity": 0},
        "silent": True,
        "tooltip": {"show": False},
    }
    area = {"areaStyle": {"color": colour, "opacity": 0.18}}
    return [
        invisible | {"data": points(x, low)},
        invisible | area | {"data": points(x, high - low)},
    ]
