"""Sweeps of learning rates: started as worker processes, kept on disk and read.

A sweep is a folder like a run's, runs/.sweeps/<id>/, with sweep.csv instead of curves and weights:
`rate,loss`, a line for each step of `rate_finder.lr_range_test`. Knows neither Keras nor a screen.
"""

import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np

from cnn.config import TrainingConfig
from cnn.jobs.queue import JobError, queue_lock, start_worker
from cnn.runs.files import modified_s, read_columns
from cnn.runs.run import Run, RunError, is_run_name, read_run, runs_path
from cnn.runs.writing import create_run

COLUMNS = ("rate", "loss")
KEPT = 5  # sweeps; older ones are deleted when another is started


def start_sweep(config: TrainingConfig, folder: Path | None = None) -> Run:
    """Have a worker try learning rates for a training with `config`, now; returns the sweep.

    It does not wait for trainings: with batches of some hundred it takes some seconds only. Raises
    JobError where the disk refuses.
    """
    folder = sweeps_path(folder)
    with queue_lock(folder, "Learning rates cannot be tried"):
        kept = sorted(folder.glob("2*"), key=lambda path: modified_s(path / "config.json"))
        for old in kept[: 1 - KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        sweep = create_run(config, folder)
        if not start_worker(sweep):
            raise JobError("Learning rates cannot be tried: no process could be started.")
    return sweep


def open_sweep(sweep_id: str, folder: Path | None = None) -> Run | None:
    """The sweep with that id, or None where it is gone."""
    with suppress(RunError):
        if is_run_name(sweep_id):
            return read_run(sweeps_path(folder) / sweep_id)
    return None


def is_sweep(run: Run) -> bool:
    """Whether `run` is one, and no training."""
    return run.path.parent.name == ".sweeps"


def sweeps_path(folder: Path | None = None) -> Path:
    """Where the sweeps of the runs in `folder` (default: `runs_path()`) are kept."""
    return (folder or runs_path()) / ".sweeps"


def read_sweep(sweep: Run) -> dict[str, np.ndarray]:
    """The `rate`s tried so far and their `loss`es, (n,) float64; RunError where damaged."""
    return read_columns(sweep.path / "sweep.csv", COLUMNS)
