"""A run's curves as an SVG file, for a report: dark on white, text as text, no library needed."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

from cnn.charts import MAX_POINTS, TRAINING_COLOUR, VALIDATION_COLOUR, smoothed
from cnn.config import TrainingConfig
from cnn.differences import config_text
from cnn.runs import Run

WIDTH, HEIGHT = 960, 400
PANEL_WIDTH, PANEL_HEIGHT = 380, 240  # of the axes alone
PANEL_TOP, PANEL_LEFTS = 96, (64, 552)
TEXT, GRID = "#222222", "#dddddd"


@dataclass(frozen=True)
class _Curve:
    """One line of a panel; with `dots` where each point counts. All of it is finite."""

    name: str
    colour: str
    x: np.ndarray
    y: np.ndarray
    dots: bool = True


@dataclass(frozen=True)
class _Axis:
    """A scale from `low` to `high`, with round numbers to mark."""

    name: str
    low: float
    high: float
    ticks: list[float]


def chart_svg(run: Run) -> bytes:
    """The curves of `run` as they stand, UTF-8: loss on the left, accuracy in percent on the right.

    The training loss is the moving mean over the batches; what belongs to an epoch stands where it
    ended. Raises RunError where the run's metrics are damaged.
    """
    words = settings_text(run.config)
    title = _escaped(f"{run.title}: loss and accuracy")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="title settings" '
            f'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{TEXT}">',
            f'<title id="title">{title}</title>',
            f'<desc id="settings">{_escaped(words)}</desc>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(16, 28, run.title, 'font-size="18" font-weight="bold"'),
            _text(16, 50, words),
            *_loss_panel(run),
            *_accuracy_panel(run),
            "</svg>\n",
        ]
    ).encode()


def settings_text(config: TrainingConfig) -> str:
    """What was chosen for a training, as a line under the title."""
    text = config_text(config)
    return text[0].upper() + text[1:]


def _loss_panel(run: Run) -> list[str]:
    batches, epochs = run.batches(), run.epochs()
    count = len(batches["step"])
    shown = np.unique(np.linspace(0, count - 1, min(count, MAX_POINTS)).astype(int))
    steps, means = batches["step"][shown], smoothed(batches["loss"])[shown]
    ends = epochs["epoch"] * run.config.steps_per_epoch
    curves = [
        _Curve("training, moving mean", TRAINING_COLOUR, steps, means, dots=False),
        _Curve("validation", VALIDATION_COLOUR, ends, epochs["val_loss"]),
    ]
    highest = max([*means, *epochs["val_loss"]], default=0)
    across = (0, max([*steps, *ends], default=1))
    return _panel(PANEL_LEFTS[0], "batch", "loss", curves, across, (0, highest or 1))


def _accuracy_panel(run: Run) -> list[str]:
    epochs = run.epochs()
    curves = [
        _Curve(name, colour, epochs["epoch"], 100 * epochs[column])
        for name, column, colour in (
            ("training", "accuracy", TRAINING_COLOUR),
            ("validation", "val_accuracy", VALIDATION_COLOUR),
        )
    ]
    lowest = min([*curves[0].y, *curves[1].y], default=0.0)
    last = max(epochs["epoch"], default=1)
    across = (0.5, 1.5) if last == 1 else (1, last)
    return _panel(PANEL_LEFTS[1], "epoch", "accuracy in %", curves, across, (min(lowest, 99), 100))


def _panel(
    left: float,
    x_name: str,
    y_name: str,
    curves: list[_Curve],
    across: tuple[float, float],
    up: tuple[float, float],
) -> list[str]:
    x_axis = _axis(x_name, *across, whole=True)
    y_axis = _axis(y_name, *up, stretch=True)

    def x_of(value: float) -> float:
        return left + PANEL_WIDTH * (value - x_axis.low) / (x_axis.high - x_axis.low)

    def y_of(value: float) -> float:
        share = (value - y_axis.low) / (y_axis.high - y_axis.low)
        return PANEL_TOP + PANEL_HEIGHT * (1 - share)

    bottom, right = PANEL_TOP + PANEL_HEIGHT, left + PANEL_WIDTH
    parts = [_text(left, PANEL_TOP - 14, y_axis.name)]
    for tick in y_axis.ticks:
        parts.append(_line(left, y_of(tick), right, y_of(tick), GRID))
        parts.append(_text(left - 8, y_of(tick) + 4, f"{tick:,.6g}", 'text-anchor="end"'))
    for tick in x_axis.ticks:
        parts.append(_line(x_of(tick), bottom, x_of(tick), bottom + 5, TEXT))
        parts.append(_text(x_of(tick), bottom + 20, f"{tick:,.0f}", 'text-anchor="middle"'))
    parts.append(_line(left, bottom, right, bottom, TEXT))
    parts.append(_text(left + PANEL_WIDTH / 2, bottom + 42, x_axis.name, 'text-anchor="middle"'))
    for curve in curves:
        parts += _drawn(curve, x_of, y_of)
    if not any(len(curve.x) for curve in curves):
        middle = PANEL_TOP + PANEL_HEIGHT / 2
        nothing = f"The first {x_name} has not ended"
        parts.append(_text(left + PANEL_WIDTH / 2, middle, nothing, 'text-anchor="middle"'))
    return [*parts, *_legend(curves, right)]


def _drawn(curve: _Curve, x_of, y_of) -> list[str]:
    points = [(x_of(x), y_of(y)) for x, y in zip(curve.x, curve.y, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [
        f'<polyline points="{path}" fill="none" stroke="{curve.colour}" stroke-width="2" '
        'stroke-linejoin="round"/>'
    ]
    if curve.dots:
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{curve.colour}"/>' for x, y in points
        ]
    return parts


def _legend(curves: list[_Curve], right: float) -> list[str]:
    parts, x = [], right
    for curve in reversed(curves):
        parts.append(_text(x, PANEL_TOP - 14, curve.name, 'text-anchor="end"'))
        x -= 7 * len(curve.name) + 8  # there is nothing that measures text
        parts.append(_line(x - 18, PANEL_TOP - 18, x, PANEL_TOP - 18, curve.colour, 3))
        x -= 34
    return parts


def _axis(name: str, low: float, high: float, whole: bool = False, stretch: bool = False) -> _Axis:
    """An axis with up to about six ticks, 1, 2 or 5 times a power of ten apart.

    `whole` has whole numbers only; `stretch` widens the axis to whole steps.
    """
    least = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(least))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= least * 0.999)
    if whole:
        step = max(1, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if stretch:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        low, high = first * step, last * step
    return _Axis(name, low, high, [each * step for each in range(first, last + 1)])


def _escaped(words: str) -> str:
    """`words` as text in XML, which cannot hold control characters even when they are escaped."""
    return escape("".join(each for each in words if each.isprintable()))


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{_escaped(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )
