"""All runs as a list: what there is to say of each in a line; finding, sorting and naming them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn.runs.differences import differences, settings_text
from cnn.runs.files import LONGEST_NAME, NAME_FILE, disk_reason, replace_file, tidy_name
from cnn.runs.run import Run, RunError, RunState, list_runs, shipped_runs


@dataclass(frozen=True)
class RunSummary:
    """One run in a line of the list. A figure that is unknown, or damaged, is None."""

    run: Run
    title: str
    state: RunState
    changes: str  # its settings other than the pooling that differ from its preset; or empty
    epochs: int  # that it has been trained
    curve: list[float]  # validation accuracy after each of them, in %
    problem: str = ""  # what is wrong with its figures, as a sentence

    @property
    def accuracy(self) -> float | None:
        """The share of the 10,000 test digits that are read right, in %."""
        share = _finite(self.state.test_accuracy)
        return None if share is None else 100 * share

    @property
    def elapsed_s(self) -> float | None:
        """How long it was trained, in seconds."""
        return _finite(self.state.elapsed_s)


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e9 else None


# What the list can be sorted by: a key for each, and whether it starts with the largest.
ORDERS: dict[str, tuple[Callable[[RunSummary], Any], bool]] = {
    "newest": (lambda line: line.run.created, True),
    "name": (lambda line: line.title.casefold(), False),
    "test accuracy": (lambda line: _or_last(line.accuracy), True),
    "time": (lambda line: _or_last(line.elapsed_s), True),
    "epochs": (lambda line: line.epochs, True),
}


def _or_last(value: float | None) -> float:
    return -math.inf if value is None else value


def list_summaries(folder: Path | None = None) -> tuple[list[RunSummary], list[str]]:
    """A line for each run in `folder` (default: `runs_path()`) and for those that ship.

    The newest first; and a sentence for each that is damaged.
    """
    runs, problems = list_runs(folder)
    lines = []
    for run in (*runs, *shipped_runs()):
        try:
            lines.append(summary_of(run))
        except RunError as error:  # deleted since, or damaged just now
            problems.append(str(error))
    return sort_summaries(lines, "newest"), problems


def summary_of(run: Run) -> RunSummary:
    """What there is to say of `run`; RunError where its state cannot be read."""
    state, problem, curve = run.state(), "", []
    try:
        curve = [float(value) for value in 100 * run.epochs()["val_accuracy"]]
    except RunError as error:
        problem = str(error)
    shown = [value for value in curve if math.isfinite(value)]
    changed = {k: v for k, v in differences(run.config).items() if k != "pooling"}
    changes = settings_text(changed)
    return RunSummary(run, run.title, state, changes, len(curve), shown, problem)


def sort_summaries(lines: Sequence[RunSummary], order: str) -> list[RunSummary]:
    """`lines` in one of ORDERS."""
    key, largest_first = ORDERS[order]
    return sorted(lines, key=key, reverse=largest_first)


def matches(
    line: RunSummary,
    text: str = "",
    preset: str | None = None,
    pooling: str | None = None,
    status: str | None = None,
) -> bool:
    """Whether `line` holds each word of `text`, in any case, and is of what else is given."""
    config = line.run.config
    words = f"{line.title} {line.run.id} {config.preset} {config.pooling} {line.changes} "
    words = f"{words}{line.state.status}".casefold()
    return (
        all(word in words for word in text.casefold().split())
        and preset in (None, config.preset)
        and pooling in (None, config.pooling)
        and status in (None, line.state.status)
    )


def rename(run: Run, name: str) -> str:
    """Call `run` by `name` from now on; returns the name as it is kept. Its folder stays.

    Spaces at its ends and control characters are taken out. Raises RunError where nothing is left
    or more than LONGEST_NAME characters are, where the run ships with the app, and where the disk
    refuses.
    """
    if run.shipped:
        raise RunError(f'"{run.title}" ships with this app and cannot be renamed.')
    tidy = tidy_name(name)
    if not tidy:
        raise RunError("A name needs at least one character that can be seen.")
    if len(tidy) > LONGEST_NAME:
        raise RunError(
            f"That name has {len(tidy):,} characters; it can have {LONGEST_NAME} at most."
        )
    try:
        replace_file(run.path / NAME_FILE, f"{tidy}\n".encode())
    except FileNotFoundError:
        raise RunError(f"There is no run called {run.id!r}; it may have been deleted.") from None
    except OSError as error:
        raise RunError(f"The run cannot be renamed: {disk_reason(error)}") from None
    return tidy
