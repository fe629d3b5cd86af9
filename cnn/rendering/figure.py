"""The learning curves of a run as a figure for a report, drawn by matplotlib."""

import io
import textwrap
import threading
from typing import TYPE_CHECKING

from cnn.rendering.charts import (
    TRAINING_COLOUR,
    VALIDATION_COLOUR,
    moving_mean,
    sample_indices,
)
from cnn.runs.differences import config_text
from cnn.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# No date and no random ids, so that a run always gives the same file; SVG with text, not paths.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "cnn"}
NO_DATE = {"svg": {"Date": None}, "png": {}, "pdf": {"CreationDate": None}}
LINE_LENGTH = 125  # characters of the settings that fit into the width
_lock = threading.Lock()  # rc_context changes the settings of the whole process


def chart_file(run: Run, file_format: str) -> bytes:
    """`chart_figure(run)` as the content of a "svg", "png" (1920 x 800 pixels) or "pdf" file."""
    figure = chart_figure(run)
    from matplotlib import rc_context

    content = io.BytesIO()
    metadata = {"Title": f"{_printable(run.title)}: loss and accuracy", **NO_DATE[file_format]}
    with _lock, rc_context(SETTINGS):
        figure.savefig(content, format=file_format, dpi=200, metadata=metadata)
    return content.getvalue()


def chart_figure(run: Run) -> "Figure":
    """The learning curves of `run` so far: loss on the left, accuracy in percent on the right.

    The training loss is the moving mean over the batches; the values of an epoch are drawn at its
    last batch. Raises RunError if the run's metrics are damaged.
    """
    batches, epochs = run.batches(), run.epochs()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4))
    figure.subplots_adjust(left=0.06, right=0.98, top=0.76, bottom=0.13, wspace=0.15)
    title = {"fontsize": 14, "fontweight": "bold", "parse_math": False}
    figure.text(0.02, 0.935, _printable(run.title), **title)
    settings = config_text(run.config)
    settings = textwrap.fill(settings[0].upper() + settings[1:], LINE_LENGTH)
    figure.text(0.02, 0.915, settings, fontsize="small", verticalalignment="top")
    loss, accuracy = figure.subplots(1, 2)

    shown = sample_indices(len(batches["step"]))
    last_batches = epochs["epoch"] * run.config.steps_per_epoch
    loss.plot(batches["step"][shown], moving_mean(batches["loss"])[shown], color=TRAINING_COLOUR)
    loss.plot(last_batches, epochs["val_loss"], "o-", color=VALIDATION_COLOUR, markersize=4)
    loss.set(xlim=(0, None), ylim=(0, None))
    _label(loss, "batch", "loss", ["training, moving mean", "validation"])

    for name, colour in (("accuracy", TRAINING_COLOUR), ("val_accuracy", VALIDATION_COLOUR)):
        accuracy.plot(epochs["epoch"], 100 * epochs[name], "o-", color=colour, markersize=4)
    accuracy.set_ylim(top=100)
    _label(accuracy, "epoch", "accuracy in %", ["training", "validation"])
    return figure


def _label(axes, x_name: str, y_name: str, curves: list[str]) -> None:
    """Label the axes and the curves; empty axes get a note."""
    axes.set_title(y_name, loc="left", fontsize="medium")
    axes.set_xlabel(x_name)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(axis="y", alpha=0.4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(curves, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    if not any(len(line.get_xdata()) for line in axes.lines):
        note = f"No {x_name} completed yet"
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center")


def _printable(text: str) -> str:
    """`text` without control characters: they are invalid in XML, even escaped."""
    return "".join(each for each in text if each.isprintable())
