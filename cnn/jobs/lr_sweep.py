"""Learning rate sweeps: range tests that run in worker processes.

A sweep is a folder like a run's, runs/.sweeps/<id>/, with sweep.csv instead of curves and weights:
`rate,loss`, a line for each step of `cnn.training.lr_range_test`.
"""

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np

from cnn.config import TrainingConfig
from cnn.jobs.errors import JobError
from cnn.jobs.executor import current_executor
from cnn.jobs.queue import check_startable, queue_lock, start_run
from cnn.runs.files import modified_s, read_columns
from cnn.runs.run import Run, RunError, is_run_name, read_run, runs_path
from cnn.runs.writing import create_run

COLUMNS = ("rate", "loss")
KEPT_SWEEPS = 5  # older ones are deleted when another is started


def start_sweep(config: TrainingConfig, folder: Path | None = None) -> Run:
    """Start a learning rate sweep for a training with `config`; returns the sweep.

    It is not queued, as it takes a few seconds only. Raises JobError on a disk error, or if
    its data set is gone or was changed, or if the executor cannot train.
    """
    folder, failure = sweeps_path(folder), "The learning rate finder cannot be started"
    check_startable(config)
    with queue_lock(folder, failure):
        current_executor().check(folder.parent)
        sweeps = sorted(folder.glob("2*"), key=lambda path: modified_s(path / "config.json"))
        for old in sweeps[: 1 - KEPT_SWEEPS]:
            shutil.rmtree(old, ignore_errors=True)
        sweep = create_run(config, folder)
        if not start_run(sweep):
            raise JobError(f"{failure}. {sweep.state().message}")
    return sweep


def open_sweep(sweep_id: str, folder: Path | None = None) -> Run | None:
    """Return the sweep with that id, or None if it does not exist any more."""
    with suppress(RunError):
        if is_run_name(sweep_id):
            return read_run(sweeps_path(folder) / sweep_id)
    return None


def is_sweep(run: Run) -> bool:
    """Whether `run` is a sweep rather than a training."""
    return run.path.parent.name == ".sweeps"


def sweeps_path(folder: Path | None = None) -> Path:
    """Return the folder of the sweeps that belongs to the runs in `folder` (`runs_path()`)."""
    return (folder or runs_path()) / ".sweeps"


def read_sweep(sweep: Run) -> dict[str, np.ndarray]:
    """Return the `rate`s so far and their `loss`es, (n,) float64. Raises RunError if damaged."""
    return read_columns(sweep.path / "sweep.csv", COLUMNS)
