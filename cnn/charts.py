"""Numbers -> charts, as Apache ECharts options: plain dictionaries, drawn by the page.

Axes keep their full length from the first point on, so that nothing jumps while a training runs.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnn.config import TrainingConfig
from cnn.evaluation import Reliability

# Seen apart by the colour-blind, and on light and dark ground.
TRAINING_COLOUR, VALIDATION_COLOUR = "#12a594", "#e5780b"
# Ten that can be told apart: Tableau's, darker where they were pale.
DIGIT_COLOURS = (
    "#4e79a7",
    "#f28e2b",
    "#e15759",
    "#7f8c9a",
    "#59a14f",
    "#c9a400",
    "#b07aa1",
    "#d4648a",
    "#9c755f",
    "#12a594",
)
WORTH_A_COLOUR = 0.2  # a digit that was never likelier than this is not what anybody looks for
# Line, colour and mark of each pooling: the sum lies on the average where nothing is padded, and is
# thin, so that both are seen.
POOLING_STYLES = {
    "no pooling": ("dotted", "#8a8f94", "circle", 2),
    "max": ("solid", "#12a594", "rect", 2),
    "average": ("solid", "#e5780b", "circle", 4),
    "sum": ("dashed", "#7a5cc9", "triangle", 1.5),
}
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
MAX_POINTS = 500  # more than a chart has pixels for
SMOOTHING = 0.9  # of the moving mean is kept at each step: it looks back over about 10 batches
SMALLEST_POINT, SIZE_STEP = 7, 7  # pixels: one answer's point, and more for ten times as many
LOOK_BACK = 400  # batches; what is older weighs less than a float64 can tell

Spec = dict[str, Any]


class Curve(NamedTuple):
    """One run among several in a chart: its legend, what `Run.epochs` gave, how many will be."""

    label: str
    epochs: dict[str, np.ndarray]
    planned: int


def smoothed(values: np.ndarray) -> np.ndarray:
    """Exponential moving mean, (n,) -> (n,): m[i] = s · m[i-1] + (1-s) · v[i], divided by 1 - s^i.

    The division (as in Adam) makes up for starting at 0.
    """
    weights = (1 - SMOOTHING) * SMOOTHING ** np.arange(min(len(values), LOOK_BACK))
    sums = np.convolve(values, weights)[: len(values)] if len(values) else values
    return sums / (1 - SMOOTHING ** np.arange(1, len(values) + 1))


def batch_loss_chart(batches: dict[str, np.ndarray], config: TrainingConfig) -> Spec:
    """The loss of each batch as points, and their moving mean as a line."""
    steps, losses = batches["step"], batches["loss"]
    shown = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MAX_POINTS)).astype(int))
    means = smoothed(losses)
    chart = _chart("batch", "loss", config.epochs * config.steps_per_epoch)
    chart["series"] = [
        {
            "name": "each batch",
            "type": "scatter",
            "data": _points(steps[shown], losses[shown]),
            "symbolSize": 3,
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.35},
        },
        _line("moving mean", _points(steps[shown], means[shown]), TRAINING_COLOUR, symbol=False),
    ]
    chart["yAxis"]["min"] = 0
    return chart


def epoch_chart(epochs: dict[str, np.ndarray], figure: str, config: TrainingConfig) -> Spec:
    """`figure` ("loss" or "accuracy") after each epoch, for training and validation digits.

    Accuracy is shown in percent.
    """
    accuracy = figure == "accuracy"
    factor = 100 if accuracy else 1
    chart = _chart("epoch", "accuracy in %" if accuracy else "loss", config.epochs)
    chart["xAxis"].update(min=0.5 if config.epochs == 1 else 1, minInterval=1)
    if config.epochs == 1:
        chart["xAxis"]["max"] = 1.5
    chart["yAxis"].update(scale=accuracy, min=None if accuracy else 0)
    chart["series"] = [
        _line(name, _points(epochs["epoch"], epochs[column] * factor), colour)
        for name, column, colour in (
            ("training", figure, TRAINING_COLOUR),
            ("validation", f"val_{figure}", VALIDATION_COLOUR),
        )
    ]
    if not len(epochs["epoch"]):
        chart["yAxis"]["max"] = factor
        chart["title"] = _note("The first points come after epoch 1")
    return chart


def thoughts_chart(epochs: list[int], probabilities: np.ndarray, best: int) -> Spec:
    """What a network said after each of `epochs`: (epochs, 10) probabilities, 0 to 1, as lines.

    The digits that were never likely are grey; `best`, the last answer, is drawn last and thick.
    """
    chart = _chart("after epoch", "%", max(epochs))
    chart["xAxis"].update(min=min(epochs), minInterval=1)
    chart["yAxis"].update(min=0, max=100)
    chart["tooltip"] = {"trigger": "axis", "order": "valueDesc"}
    highest = probabilities.max(axis=0)
    likely = [digit for digit in range(10) if highest[digit] >= WORTH_A_COLOUR or digit == best]
    order = sorted(range(10), key=lambda digit: (digit == best, digit in likely, digit))
    chart["series"] = []
    for digit in order:
        data = _points(np.array(epochs), 100 * probabilities[:, digit])
        colour = DIGIT_COLOURS[digit] if digit in likely else "#9a9a9a"
        line = _line(str(digit), data, colour, symbol=digit in likely)
        line["lineStyle"]["width"] = 3.5 if digit == best else 2 if digit in likely else 1
        chart["series"].append(line)
    chart["legend"]["data"] = [str(digit) for digit in likely]
    return chart


def change_chart(amounts: Sequence[int], changes: dict[str, np.ndarray], measure: str) -> Spec:
    """How far maps change, in %, for each of `amounts`: a line for each of POOLING_STYLES.

    changes: for each, (amounts,) with 1 for a change as large as the map; `measure` says what the
    amounts are. What is not finite is left out.
    """
    chart = _chart(measure, "change in %", max(amounts))
    chart["grid"]["top"] = 56  # on a phone, the legend takes all of the first line
    chart["xAxis"].update(min=min(amounts), interval=amounts[1] - amounts[0])
    # Else the axis and its name would stand at 0, in the middle.
    chart["yAxis"].update(min=0, axisLine={"onZero": False})
    chart["series"] = []
    for name, values in changes.items():
        kind, colour, mark, width = POOLING_STYLES[name]
        finite = np.isfinite(values)
        data = _points(np.array(amounts)[finite], 100 * values[finite])
        line = _line(name, data, colour)
        line["lineStyle"].update(type=kind, width=width)
        chart["series"].append({**line, "symbol": mark})
    return chart


def reliability_chart(measured: Reliability) -> Spec:
    """How many answers are right, in %, of those that are so confident: a point for each bin.

    Points are larger for more answers: SIZE_STEP pixels for ten times as many. On the dashed
    diagonal a network is as often right as it is confident; below it, it is too confident.
    """
    chart = _chart("confidence in %", "right in %", 100)
    for axis in ("xAxis", "yAxis"):
        chart[axis].update(min=0, max=100, interval=20)
    chart["tooltip"] = {"trigger": "item", "formatter": "{b}"}
    chart["series"] = [
        {
            **_line("as often right as confident", [[0, 0], [100, 100]], "#8a8f94", symbol=False),
            "lineStyle": {"type": "dashed", "width": 1.5, "color": "#8a8f94"},
            "itemStyle": {"opacity": 0},  # else the legend has a dot on the line
            "silent": True,
        },
        {
            "name": "this network",
            "type": "scatter",
            "data": [_bin_point(*each) for each in zip(*measured, strict=True) if each[2]],
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.75},
        },
    ]
    return chart


def _bin_point(confidence: float, accuracy: float, count: int) -> Spec:
    digits = "1 digit" if count == 1 else f"{count:,} digits"
    return {
        "name": f"{digits}: {100 * confidence:.2f} % confident, {100 * accuracy:.2f} % right",
        "value": [float(f"{100 * share:.5g}") for share in (confidence, accuracy)],
        "symbolSize": round(SMALLEST_POINT + SIZE_STEP * float(np.log10(count)), 1),
    }


def _note(text: str) -> Spec:
    style = {"fontSize": 13, "fontWeight": "normal", "color": "#808080"}
    return {"text": text, "left": "center", "top": "middle", "textStyle": style}


def _points(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [[int(a), float(f"{b:.5g}")] for a, b in zip(x, y, strict=True)]


def _line(name: str, data: list[list[float]], colour: str, symbol: bool = True) -> Spec:
    return {
        "name": name,
        "type": "line",
        "data": data,
        "showSymbol": symbol,
        "symbolSize": 7,
        "lineStyle": {"width": 2, "color": colour},
        "itemStyle": {"color": colour},
    }


def _chart(x_name: str, y_name: str, x_max: int) -> Spec:
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


def compare_chart(
    series: Sequence[Curve], figure: str, by: str = "epoch", log: bool = False
) -> Spec:
    """`figure` ("loss" or "accuracy") of several runs after each epoch, up to len(RUN_STYLES).

    Full lines are for validation digits, dashed ones for training digits; `by` "epoch" or "seconds"
    since the training's start. Accuracy is in %; with `log`, where that would show little, it is
    the error in %: 100 less the accuracy. Zero has no place on a logarithmic axis and is left out.
    What the pointer is on says its run, epoch, seconds and value.
    """
    chart = _chart(by, _compared_figure(figure, log), max((c.planned for c in series), default=1))
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
        chart["xAxis"].update(min=1, minInterval=1)
        if chart["xAxis"]["max"] == 1:
            chart["xAxis"].update(min=0.5, max=1.5)
    else:
        chart["xAxis"].update(min=0, max=None)
    chart["yAxis"].update(_compared_axis(figure, log))
    chart["series"] = [
        line
        for curve, (colour, mark) in zip(series, RUN_STYLES, strict=False)
        for line in _compared_lines(curve, figure, by, log, (colour, mark))
    ]
    heights = [y for line in chart["series"] for _, y, _ in line["data"]]
    if log and heights:  # by itself, the axis would end at powers of ten
        low, high = _one_digit(min(heights), down=True), _one_digit(max(heights))
        chart["yAxis"].update(min=low, max=high if high > low else 2 * low)
    if not heights:
        chart["title"] = _note("The first points come after epoch 1" if series else "No run yet")
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
        line = _line(curve.label, _compared_points(curve.epochs, column, by, log), style[0])
        line["symbol"] = style[1]
        line["tooltip"] = {"formatter": f"{{a}}<br>{kind} {quantity}, {at}: <b>{{@[1]}}{unit}</b>"}
        if kind == "training":
            line["lineStyle"].update(type="dashed", width=1.5)
            line.update(symbolSize=5, itemStyle={"color": style[0], "opacity": 0.7})
        lines.append(line)
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
    chart = _chart("epoch", "accuracy in %", planned)
    chart["xAxis"].update(min=0.5 if planned == 1 else 1, minInterval=1)
    if planned == 1:
        chart["xAxis"]["max"] = 1.5
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
        line = _line(label, _points(epochs, np.nanmean(came, axis=0)), colour)
        chart["series"].append(line | {"symbol": mark, "symbolSize": 8})
    if not chart["series"]:
        chart["yAxis"]["max"] = 100
        chart["title"] = _note("The first points come after epoch 1")
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
    return [unseen | {"data": _points(x, low)}, unseen | area | {"data": _points(x, high - low)}]
