"""Training curves, probabilities and calibration as Apache ECharts options: plain dictionaries.

The x axis has its full length from the first point on, so that it does not move during training.
"""

from collections.abc import Sequence

import numpy as np

from cnn.config import TrainingConfig
from cnn.dataset_facts import MNIST_FACTS
from cnn.evaluation.metrics import Reliability
from cnn.rendering.chart_parts import (
    AFTER_EPOCH_1,
    Spec,
    accuracy_axis,
    empty_chart,
    line,
    placeholder,
    points,
)
from cnn.rendering.text import percent, probability_text

# Distinguishable for the colour-blind, and on a light and a dark background.
TRAINING_COLOUR, VALIDATION_COLOUR = "#12a594", "#e5780b"
# Tableau's ten colours, the pale ones darkened.
DIGIT_COLOURS = (
    *("#4e79a7", "#f28e2b", "#e15759", "#7f8c9a", "#59a14f"),
    *("#c9a400", "#b07aa1", "#d4648a", "#9c755f", "#12a594"),
)
COLOUR_THRESHOLD = 0.2  # a digit whose probability never reaches this is drawn in grey
GREY, LIGHT_GREY = "#8a8f94", "#9a9a9a"
# Line type, colour, symbol and line width. Without padding, sum and average coincide: the sum is
# thin and dashed, so that both are visible.
POOLING_STYLES = {
    "no pooling": ("dotted", GREY, "circle", 2),
    "max": ("solid", "#12a594", "rect", 2),
    "average": ("solid", "#e5780b", "circle", 4),
    "sum": ("dashed", "#7a5cc9", "triangle", 1.5),
}
MAX_LOSS = 10  # four times that of ten equal probabilities
MAX_POINTS = 300  # per series: more could not be told apart
SMOOTHING = 0.9  # the weight of the previous moving mean, which spans about 10 batches
WINDOW = 400  # batches: older ones have weights below the precision of float64
MIN_SYMBOL_SIZE, SYMBOL_SIZE_STEP = 7, 7  # pixels: for one prediction, and for a factor of ten


def moving_mean(values: np.ndarray) -> np.ndarray:
    """Exponential moving mean, (n,) -> (n,): m[i] = s · m[i-1] + (1-s) · v[i], divided by 1 - s^i.

    The division (as in Adam) corrects the bias of the start at 0.
    """
    weights = (1 - SMOOTHING) * SMOOTHING ** np.arange(min(len(values), WINDOW))
    sums = np.convolve(values, weights)[: len(values)] if len(values) else values
    return sums / (1 - SMOOTHING ** np.arange(1, len(values) + 1))


def sample_indices(count: int) -> np.ndarray:
    """At most MAX_POINTS evenly spaced indices below `count`, first and last included.

    (points,) int, ascending.
    """
    return np.unique(np.linspace(0, count - 1, min(count, MAX_POINTS)).astype(int))


def growing_indices(count: int) -> np.ndarray:
    """At most MAX_POINTS indices below `count`, the last included, for a chart that grows.

    (points,) int, ascending: every one, every second, every fourth and so on. As `count` grows,
    the points that are shown stay or are halved; those of `sample_indices` would all move.
    """
    step = 1
    while count > step * (MAX_POINTS - 1):
        step *= 2
    return np.unique([*range(0, count, step), *([count - 1] if count else [])]).astype(int)


def batch_loss_chart(
    batches: dict[str, np.ndarray], config: TrainingConfig, growing: bool = False
) -> Spec:
    """The loss of each batch as points, and their moving mean as a line.

    The batches shown are `sample_indices`, or `growing_indices`.

    If most losses are below MAX_LOSS, the axis ends there: with a learning rate that is too high,
    the first ones are thousands, and all others would seem to be 0.
    """
    steps, losses = batches["step"], batches["loss"]
    shown = (growing_indices if growing else sample_indices)(len(steps))
    chart = empty_chart("batch", "loss", config.epochs * config.steps_per_epoch)
    chart["series"] = [
        {
            "name": "each batch",
            "type": "scatter",
            # Several times as fast; ECharts raises an error if such a series is empty.
            "large": len(steps) > 0,
            "largeThreshold": 0,
            "data": points(steps[shown], losses[shown]),
            "symbolSize": 3,
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.35},
        },
        line(
            "moving mean",
            points(steps[shown], moving_mean(losses)[shown]),
            TRAINING_COLOUR,
            symbol=False,
        ),
    ]
    chart["yAxis"]["min"] = 0
    if len(steps) and np.median(losses) <= MAX_LOSS < losses.max():
        chart["yAxis"]["max"] = MAX_LOSS
    if not len(steps):
        chart["yAxis"]["max"] = 1
        chart["title"] = placeholder("The first points appear\nafter a few batches")
        chart["xAxis"]["min"] = 0  # else it has no numbers, and its name is cut off
    return chart


def epoch_chart(epochs: dict[str, np.ndarray], metric: str, config: TrainingConfig) -> Spec:
    """`metric` ("loss", or "accuracy" in percent) after each epoch, training and validation."""
    chart = empty_chart("epoch", metric, config.epochs, epochs=True)
    factor = 100 if metric == "accuracy" else 1
    shown = [*epochs[metric] * factor, *epochs[f"val_{metric}"] * factor]
    chart["yAxis"].update(accuracy_axis(shown) if metric == "accuracy" else {"min": 0})
    chart["series"] = [
        line(name, points(epochs["epoch"], epochs[column] * factor), colour)
        for name, column, colour in (
            ("training", metric, TRAINING_COLOUR),
            ("validation", f"val_{metric}", VALIDATION_COLOUR),
        )
    ]
    if not len(epochs["epoch"]):
        chart["yAxis"]["max"] = factor
        chart["title"] = placeholder(AFTER_EPOCH_1)
    return chart


def probability_history_chart(
    epochs: list[int],
    probabilities: np.ndarray,
    best: int,
    names: Sequence[str] = MNIST_FACTS.classes,
) -> Spec:
    """The probability of each class after each of `epochs`: (epochs, classes), as lines in %.

    Classes below COLOUR_THRESHOLD are grey; `best`, the predicted one, is on top and thick. Their
    `names` are distinct texts.
    """
    chart = empty_chart("after epoch", "%", max(epochs))
    chart["xAxis"].update(min=min(epochs), minInterval=1)
    chart["yAxis"].update(min=0, max=100)
    number = {"show": True, "formatter": "epoch {value}", "precision": 0}
    chart["tooltip"] = {"trigger": "axis", "axisPointer": {"label": number}}
    highest = probabilities.max(axis=0)
    digits = range(len(names))
    likely = [digit for digit in digits if highest[digit] >= COLOUR_THRESHOLD or digit == best]
    chart["series"] = []
    for digit in sorted(digits, key=lambda digit: (digit == best, digit in likely, digit)):
        # A tooltip cannot format numbers, but shows the names of points.
        places = points(np.array(epochs), 100 * probabilities[:, digit])
        shares = [probability_text(share) for share in probabilities[:, digit].tolist()]
        data = [{"value": at, "name": name} for at, name in zip(places, shares, strict=True)]
        colour = DIGIT_COLOURS[digit % len(DIGIT_COLOURS)] if digit in likely else LIGHT_GREY
        series = line(names[digit], data, colour, symbol=digit in likely)
        series["lineStyle"]["width"] = 3.5 if digit == best else 2 if digit in likely else 1
        chart["series"].append(series)
    # Not to be hidden: the tooltip counts the lines that are shown.
    chart["legend"].update(data=[names[digit] for digit in likely], selectedMode=False)
    order = sorted(digits, key=lambda at: names.index(chart["series"][at]["name"]))
    if len(names) > len(DIGIT_COLOURS):  # of all, the tooltip would be higher than the page
        listed = {names[digit] for digit in likely}
        order = [at for at in order if chart["series"][at]["name"] in listed]
    chart["tooltip"]["formatter"] = "<br>".join(f"{{a{at}}}: {{b{at}}}" for at in order)
    return chart


def sensitivity_chart(amounts: Sequence[int], changes: dict[str, np.ndarray], measure: str) -> Spec:
    """The change of a feature map in %, for each of `amounts`: a line per key of POOLING_STYLES.

    changes: (amounts,) each, 1 for a change as large as the map; `measure` names the amounts.
    Values that are not finite are omitted.
    """
    chart = empty_chart(measure, "change in %", max(amounts))
    chart["grid"]["top"] = 56  # on a phone, the legend takes the whole first line
    chart["xAxis"].update(min=min(amounts), interval=amounts[1] - amounts[0])
    # By default the axis and its name would be at x = 0, in the middle.
    chart["yAxis"].update(min=0, axisLine={"onZero": False})
    chart["series"] = []
    for name, values in changes.items():
        kind, colour, symbol, width = POOLING_STYLES[name]
        finite = np.isfinite(values)
        series = line(name, points(np.array(amounts)[finite], 100 * values[finite]), colour)
        series["lineStyle"].update(type=kind, width=width)
        chart["series"].append(series | {"symbol": symbol})
    return chart


def reliability_chart(measured: Reliability, noun: str = MNIST_FACTS.noun) -> Spec:
    """A reliability diagram: the accuracy in each bin of confidence, as a point.

    The size of a point grows by SYMBOL_SIZE_STEP pixels for ten times as many predictions. A
    calibrated network is on the dashed diagonal, an overconfident one below it.
    """
    chart = empty_chart("confidence in %", "accuracy in %", 100)
    for axis in ("xAxis", "yAxis"):
        chart[axis].update(min=0, max=100, interval=20)
    chart["tooltip"] = {"trigger": "item", "formatter": "{b}"}
    chart["series"] = [
        {
            **line("perfectly calibrated", [[0, 0], [100, 100]], GREY, symbol=False),
            "lineStyle": {"type": "dashed", "width": 1.5, "color": GREY},
            "itemStyle": {"opacity": 0},  # no dot in the legend
            "silent": True,
        },
        {
            "name": "this network",
            "type": "scatter",
            "data": [_bin_point(*each, noun) for each in zip(*measured, strict=True) if each[2]],
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.75},
        },
    ]
    return chart


def _bin_point(confidence: float, accuracy: float, count: int, noun: str) -> Spec:
    digits = f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
    return {
        "name": f"{digits}: confidence {percent(confidence)}, accuracy {percent(accuracy, 2)}",
        "value": [float(f"{100 * share:.5g}") for share in (confidence, accuracy)],
        "symbolSize": round(MIN_SYMBOL_SIZE + SYMBOL_SIZE_STEP * float(np.log10(count)), 1),
    }
