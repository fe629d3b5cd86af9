"""The list of all runs: a summary of each; filtering, sorting and renaming them."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn.disk import disk_reason, replace_file
from cnn.naming import checked_name
from cnn.ownership import read_owner
from cnn.runs.differences import differences, settings_text
from cnn.runs.files import NAME_FILE
from cnn.runs.imported import import_of
from cnn.runs.notes import Notes, read_notes
from cnn.runs.run import Run, RunError, list_runs, shipped_runs
from cnn.runs.state import RunState


@dataclass(frozen=True)
class RunSummary:
    """One run in the list. A figure that is unknown or not finite is None."""

    run: Run
    title: str
    state: RunState
    changes: str  # its settings other than the pooling that differ from its preset; or empty
    epochs: int  # trained so far
    curve: list[float]  # validation accuracy after each epoch, in %; finite values only
    notes: Notes
    problem: str = ""  # a sentence, if its epochs.csv or its notes.json is damaged

    @property
    def accuracy(self) -> float | None:
        """The test accuracy in %."""
        share = _finite(self.state.test_accuracy)
        return None if share is None else 100 * share

    @property
    def elapsed_s(self) -> float | None:
        """The training time in seconds."""
        return _finite(self.state.elapsed_s)

    def last(self, column: str) -> float | None:
        """A figure of `Run.epochs` after the last epoch; None before the first or if damaged."""
        with suppress(RunError):
            values = self.run.epochs()[column]
            if len(values):
                return _finite(float(values[-1]))
        return None


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e9 else None


# What the list can be sorted by: the key, and whether it is descending.
ORDERS: dict[str, tuple[Callable[[RunSummary], Any], bool]] = {
    "newest": (lambda line: line.run.created, True),
    "name": (lambda line: line.title.casefold(), False),
    "test accuracy": (lambda line: line.accuracy or 0, True),
    "time": (lambda line: line.elapsed_s or 0, True),
    "epochs": (lambda line: line.epochs, True),
}


def list_summaries(folder: Path | None = None) -> tuple[list[RunSummary], list[str]]:
    """Summarise the runs in `folder` (default: `runs_path()`) and the shipped ones, newest first.

    Also returns a sentence for each run that is damaged.
    """
    runs, problems = list_runs(folder)
    lines = []
    for run in (*runs, *shipped_runs()):
        try:
            lines.append(summary_of(run))
        except RunError as error:  # deleted or damaged since it was listed
            problems.append(str(error))
    return sort_summaries(lines, "newest"), problems


def summary_of(run: Run) -> RunSummary:
    """Summarise `run`. Raises RunError if its state cannot be read."""
    state, problems, curve, notes = run.state(), [], [], Notes()
    try:
        curve = [float(value) for value in 100 * run.epochs()["val_accuracy"]]
    except RunError as error:
        problems.append(str(error))
    try:
        notes = read_notes(run)
    except RunError as error:
        problems.append(str(error))
    changed = {k: v for k, v in differences(run.config).items() if k != "pooling"}
    finite = [value for value in curve if math.isfinite(value)]
    changes, problem = settings_text(changed), " ".join(problems)
    if source := import_of(run):
        changes = source.text
    return RunSummary(run, run.title, state, changes, len(curve), finite, notes, problem)


def sort_summaries(lines: Sequence[RunSummary], order: str) -> list[RunSummary]:
    """Return `lines` sorted by one of ORDERS."""
    key, descending = ORDERS[order]
    return sorted(lines, key=key, reverse=descending)


def matches(
    line: RunSummary,
    text: str = "",
    preset: str | None = None,
    pooling: str | None = None,
    status: str | None = None,
    owner: str | None = None,
) -> bool:
    """Whether `line` contains each word of `text`, in any case, and fits the other filters."""
    config, state, notes = line.run.config, line.state, line.notes
    searched = (line.title, line.run.id, config.preset, config.pooling, line.changes, state.status)
    searched += (notes.note, *notes.tags)
    return (
        all(word in " ".join(searched).casefold() for word in text.casefold().split())
        and preset in (None, config.preset)
        and (pooling is None or pooling in config.poolings)
        and status in (None, state.status)
        and (owner is None or read_owner(line.run.path) == owner)
    )


def rename(run: Run, name: str) -> str:
    """Name `run`; returns the name as stored, after `clean_name`. The run's id stays the same.

    Raises RunError if nothing visible is left of the name or it has more than MAX_NAME_LENGTH
    characters, if the run ships with the app, or on a disk error.
    """
    if run.shipped:
        raise RunError(f'"{run.title}" ships with this app and cannot be renamed.')
    cleaned = checked_name(name, RunError)
    try:
        replace_file(run.path / NAME_FILE, f"{cleaned}\n".encode())
    except FileNotFoundError:
        raise RunError(f"There is no run called {run.id!r}; it may have been deleted.") from None
    except OSError as error:
        raise RunError(f"The run cannot be renamed: {disk_reason(error)}") from None
    return cleaned
