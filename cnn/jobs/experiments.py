"""The same training with one setting varied, each value with several seeds.

An experiment is a file, runs/.experiments/<id>.json, that names its runs; they are runs like any
others. Its figures are read from them each time.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from cnn.config import (
    BOUNDS,
    POOLINGS,
    ConfigError,
    TrainingConfig,
    parse_number,
    setting_label,
    value_text,
)
from cnn.jobs.queue import JobError, start_training
from cnn.runs.files import disk_reason, read_json, write_json
from cnn.runs.run import Run, RunError, open_run, runs_path

SETTINGS = ("pooling", *(name for name in BOUNDS if name != "seed"))
MOST_RUNS = 30
MOST_SEEDS = 5


@dataclass(frozen=True)
class Experiment:
    """`runs[i][j]` is the id of the run with `values[i]` of `setting` and `seeds[j]`."""

    id: str
    setting: str
    values: tuple[Any, ...]
    seeds: tuple[int, ...]
    runs: tuple[tuple[str, ...], ...]

    @property
    def title(self) -> str:
        """What people call it: the setting and its values."""
        seeds = f", {len(self.seeds)} seeds each" if len(self.seeds) > 1 else ""
        shown = ", ".join(value_text(value) for value in self.values)
        return f"{setting_label(self.setting)}: {shown}{seeds}"


@dataclass(frozen=True)
class Outcome:
    """What came of one value so far.

    runs: those that are there; accuracies and seconds: of those that finished, 0 to 1 and s;
    curves: (runs, epochs) validation accuracy, 0 to 1, NaN where an epoch is still to come.
    """

    value: Any
    runs: list[Run]
    accuracies: np.ndarray
    seconds: np.ndarray
    curves: np.ndarray


def parse_values(setting: str, text: str) -> tuple[Any, ...]:
    """The values of `setting` in `text`, apart by spaces or semicolons; ConfigError where wrong.

    Whether each is within its bounds, TrainingConfig says.
    """
    words = [word for word in re.split(r"[\s;]+", text.strip()) if word]
    values = [parse_number(setting, word) if setting in BOUNDS else word for word in words]
    if len(set(values)) < 2:
        raise ConfigError(
            f"{setting_label(setting)}: two different values or more are needed, apart by spaces."
        )
    return tuple(dict.fromkeys(values))


def plan(
    config: TrainingConfig, setting: str, values: Sequence[Any], seeds: int
) -> list[list[TrainingConfig]]:
    """A configuration for each value and each of so many seeds, from `config`'s seed on.

    Raises ConfigError where a value is out of its bounds, or the runs are too many.
    """
    if len(values) * seeds > MOST_RUNS:
        raise ConfigError(
            f"{len(values)} values with {seeds} seeds are {len(values) * seeds} runs; "
            f"at most {MOST_RUNS} are trained for one comparison."
        )
    return [
        [replace(config, **{setting: value}, seed=config.seed + i) for i in range(seeds)]
        for value in values
    ]


def start_experiment(
    config: TrainingConfig,
    setting: str,
    values: Sequence[Any],
    seeds: int,
    folder: Path | None = None,
) -> Experiment:
    """Queue a run for each value and seed; returns the experiment, which is kept on disk.

    Raises ConfigError before anything is started, JobError where a run cannot be made.
    """
    folder = folder or runs_path()
    configs = plan(config, setting, values, seeds)
    # Seed by seed, so that the first of each value can be compared early.
    ids: list[list[str]] = [[] for _ in values]
    for seed in range(seeds):
        for place, row in enumerate(configs):
            ids[place].append(start_training(row[seed], folder).id)
    experiment = Experiment(
        f"{datetime.now(timezone.utc):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        setting,
        tuple(values),
        tuple(config.seed + i for i in range(seeds)),
        tuple(map(tuple, ids)),
    )
    try:
        _keep(experiment, folder)
    except OSError as error:
        raise JobError(f"The comparison cannot be kept: {disk_reason(error)}") from None
    return experiment


def _keep(experiment: Experiment, folder: Path) -> None:
    path = folder / ".experiments" / f"{experiment.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, vars(experiment))


def list_experiments(folder: Path | None = None) -> list[Experiment]:
    """The readable experiments in `folder`, newest first; those edited by hand are passed over."""
    paths = sorted(((folder or runs_path()) / ".experiments").glob("*.json"), reverse=True)
    return [experiment for path in paths if (experiment := _read(path))]


def _read(path: Path) -> Experiment | None:
    try:
        kept = read_json(path)
        experiment = Experiment(
            str(kept["id"]),
            kept["setting"],
            tuple(kept["values"]),
            tuple(int(seed) for seed in kept["seeds"]),
            tuple(tuple(str(run_id) for run_id in row) for row in kept["runs"]),
        )
    except (RunError, KeyError, TypeError, ValueError):
        return None
    fits = len(experiment.runs) == len(experiment.values)
    known = all(isinstance(value, (str, int, float)) for value in experiment.values)
    return experiment if fits and known and experiment.setting in SETTINGS else None


def outcomes(experiment: Experiment, folder: Path | None = None) -> list[Outcome]:
    """What came of each value; runs that were deleted or damaged since are left out."""
    return [
        _outcome(value, ids, folder)
        for value, ids in zip(experiment.values, experiment.runs, strict=True)
    ]


def _outcome(value: Any, ids: Sequence[str], folder: Path | None) -> Outcome:
    runs, accuracies, seconds, curves = [], [], [], []
    for run_id in ids:
        try:
            run = open_run(run_id, folder)
            state, curve = run.state(), run.epochs()["val_accuracy"]
        except RunError:
            continue
        runs.append(run)
        curves.append(curve)
        if state.status == "finished" and state.test_accuracy is not None:
            accuracies.append(state.test_accuracy)
            seconds.append(state.elapsed_s or np.nan)
    longest = max((len(curve) for curve in curves), default=0)
    padded = np.full((len(curves), longest), np.nan)
    for row, curve in zip(padded, curves, strict=True):
        row[: len(curve)] = curve
    return Outcome(value, runs, np.array(accuracies), np.array(seconds), padded)


def default_values(setting: str, config: TrainingConfig) -> str:
    """Values to begin with, as text: all poolings, or half, once and twice the preset's number."""
    if setting == "pooling":
        return " ".join(POOLINGS)
    bound, number = BOUNDS[setting], getattr(config, setting)
    around = (number / 2, number, number * 2)
    kept = [bound.kind(value) for value in around if bound.low <= value <= bound.high]
    return " ".join(f"{value:g}" for value in kept)
