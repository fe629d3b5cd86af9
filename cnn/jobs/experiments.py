"""Experiments: the same training with one setting varied, each value with several seeds.

An experiment is a file, runs/.experiments/<id>.json, that lists its runs, which are ordinary runs.
They validate on training digits held out, so that a value is not chosen on the test digits.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np

from cnn.config import (
    BOUNDS,
    CHOICES,
    MORE_BOUNDS,
    POOLINGS,
    ConfigError,
    TrainingConfig,
    setting_label,
)
from cnn.disk import disk_reason, write_json
from cnn.jobs.errors import JobError
from cnn.jobs.queue import start_training
from cnn.jobs.visitor_limits import check_training
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.layers import with_pooling
from cnn.networks.variations import VARIATIONS, varied
from cnn.ownership import NOBODY
from cnn.runs.catalog import rename
from cnn.runs.differences import settings_text, value_label
from cnn.runs.files import read_json
from cnn.runs.run import Run, RunError, list_runs, open_run, runs_path

# Chosen from a list; a preset is several settings, and validation is on pictures held out.
CHOSEN = tuple(name for name in CHOICES if name not in ("preset", "validation"))
SETTINGS = (
    "pooling",
    *(name for name in BOUNDS if name != "seed"),
    *(name for name in CHOSEN if name != "pooling"),
    *MORE_BOUNDS,
    *VARIATIONS,  # of the network
)
MOST_RUNS = 30
MOST_SEEDS = 5


@dataclass(frozen=True)
class Experiment:
    """`runs[i][j]` is the id of the run with `values[i]` of `setting` and `seeds[j]`.

    data: the name of the data set, any text, unless it is MNIST.
    """

    id: str
    setting: str
    values: tuple[Any, ...]
    seeds: tuple[int, ...]
    runs: tuple[tuple[str, ...], ...]
    data: str = ""

    @property
    def run_ids(self) -> set[str]:
        """The ids of all its runs, some of which may be deleted."""
        return {run_id for row in self.runs for run_id in row}

    @property
    def title(self) -> str:
        """The setting and its values, the number of seeds, and a data set other than MNIST."""
        seeds = f", {len(self.seeds)} seeds each" if len(self.seeds) > 1 else ""
        shown = ", ".join(value_label(self.setting, value) for value in self.values)
        label = setting_label(self.setting)
        if self.data and self.setting == "limit":
            label = "Training pictures"
        data = f", data set {self.data}" if self.data else ""
        return f"{label}: {shown}{seeds}{data}"


@dataclass(frozen=True)
class Outcome:
    """The results of one value so far.

    runs: those that exist. finished: those of them that are; of each, after its last epoch, in
    arrays of the same length:
    accuracies: on the validation digits, 0 to 1, by which values are compared; test_accuracies: on
    the test digits, 0 to 1; seconds: training time. The latter two are NaN if unknown.
    curves: (runs, epochs) validation accuracy, 0 to 1, NaN for epochs to come.
    """

    value: Any
    runs: list[Run]
    accuracies: np.ndarray
    test_accuracies: np.ndarray
    seconds: np.ndarray
    curves: np.ndarray
    finished: list[Run]


def plan(
    config: TrainingConfig, setting: str, values: Sequence[Any], seeds: int
) -> list[list[TrainingConfig]]:
    """Return a configuration for each value and each seed, from the seed of `config` on.

    All validate on digits held out, and so train on at most the other 55,000. Raises ConfigError if
    a value is out of its bounds or does not fit the network, or there are more than MOST_RUNS runs.
    """
    if len(values) * seeds > MOST_RUNS:
        raise ConfigError(
            f"{len(values)} values with {seeds} seeds are {len(values) * seeds} runs; "
            f"an experiment has at most {MOST_RUNS}."
        )
    config = held_out(config)
    changed = [_varied(config, setting, value) for value in values]
    return [[replace(each, seed=each.seed + i) for i in range(seeds)] for each in changed]


def _varied(config: TrainingConfig, setting: str, value: Any) -> TrainingConfig:
    """Return `config` with `value` of `setting`, which may be a variation of its network."""
    layers = replace(config, dropout=0.0).layers  # it is added again
    if setting in VARIATIONS:
        try:
            changed = varied(layers, setting, value)
        except NetworkError as error:
            raise ConfigError(str(error)) from None
        return config if changed == layers else replace(config, network=network_line(changed))
    if setting == "pooling" and config.network and value in POOLINGS:
        return replace(config, network=network_line(with_pooling(layers, value)))
    if setting == "optimizer" and not config.weight_decay:
        return replace(config, optimizer=value, weight_decay=None)  # that of the optimizer
    return replace(config, **{setting: value})


def held_out(config: TrainingConfig) -> TrainingConfig:
    """Return `config`, validated on pictures held out, with at most all others for training."""
    limit = min(config.limit, config.dataset.training_count - config.dataset.held_out)
    return replace(config, validation="held_out", limit=limit)


def start_experiment(
    config: TrainingConfig,
    setting: str,
    values: Sequence[Any],
    seeds: int,
    folder: Path | None = None,
    owner: str = NOBODY,
) -> Experiment:
    """Queue the runs of `plan`, and write the experiment to disk; returns it.

    Its runs are those of `owner`. Raises ConfigError before anything is started, JobError if a
    limit of the owner is reached or a run cannot be created.
    """
    folder = folder or runs_path()
    configs = plan(config, setting, values, seeds)
    check_training(configs[0][0], owner, folder, len(values) * seeds)
    names = _new_names(setting, values, configs, folder)
    # Seed by seed, so that all values can be compared early.
    ids: list[list[str]] = [[] for _ in values]
    for seed in range(seeds):
        for row, row_names, row_ids in zip(configs, names, ids, strict=True):
            run = start_training(row[seed], folder, owner=owner)
            with suppress(RunError):  # it is called by its time then
                rename(run, row_names[seed])
            row_ids.append(run.id)
    experiment = Experiment(
        f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
        setting,
        tuple(values),
        tuple(config.seed + i for i in range(seeds)),
        tuple(map(tuple, ids)),
        "" if config.dataset.is_mnist else config.dataset.name,
    )
    path = folder / ".experiments" / f"{experiment.id}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, vars(experiment))
    except OSError as error:
        raise JobError(f"The experiment cannot be stored: {disk_reason(error)}") from None
    return experiment


def _new_names(
    setting: str, values: Sequence[Any], configs: list[list[TrainingConfig]], folder: Path
) -> list[list[str]]:
    """Return a name with value and seed for each run, like "Sum, seed 1".

    If runs have such names already, those of this experiment end in (2), or the next number.
    """
    taken = {run.title for run in list_runs(folder)[0]}
    names = [
        [_title(settings_text({setting: value, "seed": each.seed})) for each in row]
        for value, row in zip(values, configs, strict=True)
    ]
    endings = chain([""], (f" ({number})" for number in count(2)))
    new = {name for row in names for name in row}
    ending = next(each for each in endings if taken.isdisjoint(f"{n}{each}" for n in new))
    return [[name + ending for name in row] for row in names]


def _title(text: str) -> str:
    """Return `text` with a capital letter at its start; `capitalize` would write "Sgd"."""
    return text[:1].upper() + text[1:]


def list_experiments(folder: Path | None = None) -> list[Experiment]:
    """Return the readable experiments in `folder` (default: `runs_path()`), newest first."""
    paths = sorted(((folder or runs_path()) / ".experiments").glob("*.json"), reverse=True)
    return [experiment for path in paths if (experiment := _read(path))]


def _read(path: Path) -> Experiment | None:
    try:
        stored = read_json(path)
        experiment = Experiment(
            str(stored["id"]),
            stored["setting"],
            tuple(stored["values"]),
            tuple(int(seed) for seed in stored["seeds"]),
            tuple(tuple(str(run_id) for run_id in row) for row in stored["runs"]),
            str(stored.get("data", "")),  # older ones are all on MNIST
        )
    except (RunError, AttributeError, KeyError, TypeError, ValueError):
        return None
    valid = (
        len(experiment.runs) == len(experiment.values)
        and all(isinstance(value, (str, int, float)) for value in experiment.values)
        and experiment.setting in SETTINGS
    )
    return experiment if valid else None


def outcomes(experiment: Experiment, folder: Path | None = None) -> list[Outcome]:
    """Return the outcome of each value; runs that were deleted or damaged are left out."""
    return [
        _outcome(value, ids, folder)
        for value, ids in zip(experiment.values, experiment.runs, strict=True)
    ]


def _outcome(value: Any, ids: Sequence[str], folder: Path | None) -> Outcome:
    runs, curves, finished, figures = [], [], [], []
    for run_id in ids:
        with suppress(RunError):
            run = open_run(run_id, folder)
            state, curve = run.state(), run.epochs()["val_accuracy"]
            runs.append(run)
            curves.append(curve)
            if state.status == "finished" and len(curve):
                finished.append(run)
                figures.append((curve[-1], state.test_accuracy, state.elapsed_s))
    # As float, None is NaN.
    accuracies, test_accuracies, seconds = np.array(figures, float).reshape(-1, 3).T
    padded = np.full((len(curves), max(map(len, curves), default=0)), np.nan)
    for row, curve in zip(padded, curves, strict=True):
        row[: len(curve)] = curve
    return Outcome(value, runs, accuracies, test_accuracies, seconds, padded, finished)
