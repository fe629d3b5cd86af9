"""Numbers -> charts, as Apache ECharts options: plain dictionaries, drawn by the page.

Axes keep their full length from the first point on, so that nothing jumps while a training runs.
"""

from collections.abc import Sequence

import numpy as np

from cnn.config import TrainingConfig
from cnn.constants import CLASSES
from cnn.evaluation.metrics import Reliability
from cnn.rendering.chart_parts import Spec, chart_of, line, note, points, set_epochs

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
COLOUR_THRESHOLD = 0.2  # a digit that was never likelier than this is not what anybody looks for
# Line, colour and mark of each pooling: the sum lies on the average where nothing is padded, and is
# thin, so that both are seen.
POOLING_STYLES = {
    "no pooling": ("dotted", "#8a8f94", "circle", 2),
    "max": ("solid", "#12a594", "rect", 2),
    "average": ("solid", "#e5780b", "circle", 4),
    "sum": ("dashed", "#7a5cc9", "triangle", 1.5),
}
MAX_POINTS = 300  # more than the eye can tell apart
SMOOTHING = 0.9  # of the moving mean is kept at each step: it looks back over about 10 batches
SMALLEST_POINT, SIZE_STEP = 7, 7  # pixels: one answer's point, and more for ten times as many
LOOK_BACK = 400  # batches; what is older weighs less than a float64 can tell


def smoothed(values: np.ndarray) -> np.ndarray:
    """Exponential moving mean, (n,) -> (n,): m[i] = s · m[i-1] + (1-s) · v[i], divided by 1 - s^i.

    The division (as in Adam) makes up for starting at 0.
    """
    weights = (1 - SMOOTHING) * SMOOTHING ** np.arange(min(len(values), LOOK_BACK))
    sums = np.convolve(values, weights)[: len(values)] if len(values) else values
    return sums / (1 - SMOOTHING ** np.arange(1, len(values) + 1))


def thin(count: int) -> np.ndarray:
    """At most MAX_POINTS of the numbers below `count`, evenly spread, the first and the last too.

    (points,) int, ascending.
    """
    return np.unique(np.linspace(0, count - 1, min(count, MAX_POINTS)).astype(int))


def batch_loss_chart(batches: dict[str, np.ndarray], config: TrainingConfig) -> Spec:
    """The loss of each batch as points, and their moving mean as a line."""
    steps, losses = batches["step"], batches["loss"]
    shown = thin(len(steps))
    means = smoothed(losses)
    chart = chart_of("batch", "loss", config.epochs * config.steps_per_epoch)
    chart["series"] = [
        {
            "name": "each batch",
            "type": "scatter",
            # Drawn at one go, several times as fast; ECharts fails if such a series is empty.
            "large": len(steps) > 0,
            "largeThreshold": 0,
            "data": points(steps[shown], losses[shown]),
            "symbolSize": 3,
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.35},
        },
        line("moving mean", points(steps[shown], means[shown]), TRAINING_COLOUR, symbol=False),
    ]
    chart["yAxis"]["min"] = 0
    if not len(steps):
        chart["yAxis"]["max"] = 1
        chart["title"] = note("The first points come with the first batches")
    return chart


def epoch_chart(epochs: dict[str, np.ndarray], figure: str, config: TrainingConfig) -> Spec:
    """`figure` ("loss" or "accuracy") after each epoch, for training and validation digits.

    Accuracy is shown in percent.
    """
    accuracy = figure == "accuracy"
    factor = 100 if accuracy else 1
    chart = chart_of("epoch", "accuracy in %" if accuracy else "loss", config.epochs)
    set_epochs(chart, config.epochs)
    chart["yAxis"].update(scale=accuracy, min=None if accuracy else 0)
    chart["series"] = [
        line(name, points(epochs["epoch"], epochs[column] * factor), colour)
        for name, column, colour in (
            ("training", figure, TRAINING_COLOUR),
            ("validation", f"val_{figure}", VALIDATION_COLOUR),
        )
    ]
    if not len(epochs["epoch"]):
        chart["yAxis"]["max"] = factor
        chart["title"] = note("The first points come after epoch 1")
    return chart


def probability_history_chart(epochs: list[int], probabilities: np.ndarray, best: int) -> Spec:
    """What a network said after each of `epochs`: (epochs, 10) probabilities, 0 to 1, as lines.

    The digits that were never likely are grey; `best`, the last answer, is drawn last and thick.
    """
    chart = chart_of("after epoch", "%", max(epochs))
    chart["xAxis"].update(min=min(epochs), minInterval=1)
    chart["yAxis"].update(min=0, max=100)
    chart["tooltip"] = {"trigger": "axis", "order": "valueDesc"}
    highest = probabilities.max(axis=0)
    digits = range(CLASSES)
    likely = [digit for digit in digits if highest[digit] >= COLOUR_THRESHOLD or digit == best]
    order = sorted(digits, key=lambda digit: (digit == best, digit in likely, digit))
    chart["series"] = []
    for digit in order:
        data = points(np.array(epochs), 100 * probabilities[:, digit])
        colour = DIGIT_COLOURS[digit] if digit in likely else "#9a9a9a"
        drawn = line(str(digit), data, colour, symbol=digit in likely)
        drawn["lineStyle"]["width"] = 3.5 if digit == best else 2 if digit in likely else 1
        chart["series"].append(drawn)
    chart["legend"]["data"] = [str(digit) for digit in likely]
    return chart


def sensitivity_chart(amounts: Sequence[int], changes: dict[str, np.ndarray], measure: str) -> Spec:
    """How far maps change, in %, for each of `amounts`: a line for each of POOLING_STYLES.

    changes: for each, (amounts,) with 1 for a change as large as the map; `measure` says what the
    amounts are. What is not finite is left out.
    """
    chart = chart_of(measure, "change in %", max(amounts))
    chart["grid"]["top"] = 56  # on a phone, the legend takes all of the first line
    chart["xAxis"].update(min=min(amounts), interval=amounts[1] - amounts[0])
    # Else the axis and its name would stand at 0, in the middle.
    chart["yAxis"].update(min=0, axisLine={"onZero": False})
    chart["series"] = []
    for name, values in changes.items():
        kind, colour, mark, width = POOLING_STYLES[name]
        finite = np.isfinite(values)
        data = points(np.array(amounts)[finite], 100 * values[finite])
        drawn = line(name, data, colour)
        drawn["lineStyle"].update(type=kind, width=width)
        chart["series"].append({**drawn, "symbol": mark})
    return chart


def reliability_chart(measured: Reliability) -> Spec:
    """How many answers are right, in %, of those that are so confident: a point for each bin.

    Points are larger for more answers: SIZE_STEP pixels for ten times as many. On the dashed
    diagonal a network is as often right as it is confident; below it, it is too confident.
    """
    chart = chart_of("confidence in %", "right in %", 100)
    for axis in ("xAxis", "yAxis"):
        chart[axis].update(min=0, max=100, interval=20)
    chart["tooltip"] = {"trigger": "item", "formatter": "{b}"}
    chart["series"] = [
        {
            **line("as often right as confident", [[0, 0], [100, 100]], "#8a8f94", symbol=False),
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
