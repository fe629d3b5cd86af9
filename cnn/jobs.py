"""Starts and stops the worker processes that train runs."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cnn.config import TrainingConfig
from cnn.locking import take_lock
from cnn.mnist import Digits
from cnn.recorder import create_run
from cnn.runs import Run, list_runs, runs_path

BUSY = "Another network is being trained; wait for its end or stop it first."
PROJECT_PATH = Path(__file__).parent.parent


class JobError(RuntimeError):
    """A training could not be started; the message says why."""


def start_training(
    config: TrainingConfig, folder: Path | None = None, lessons: Digits | None = None
) -> Run:
    """Start a worker process that trains with `config`; returns its run at once.

    `lessons` are pictures that a network is taught beside, where `config.base` names one.

    One at a time: raises JobError while another run in `folder` (default: `runs_path()`) trains,
    and where no run can be made there.
    """
    folder = folder or runs_path()
    try:
        return _start(config, folder, lessons)
    except OSError as error:
        raise JobError(f"No run can be made in {folder}: {error.strerror}.") from None


def _start(config: TrainingConfig, folder: Path, lessons: Digits | None) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    lock = take_lock(folder / ".starting")  # two tabs may press Start at once
    if lock is None:
        raise JobError(BUSY)
    try:
        if active_run(folder):
            raise JobError(BUSY)
        run = create_run(config, folder, lessons)
        _spawn_worker(run)
    finally:
        os.close(lock)
    return run


def stop_training(run: Run) -> None:
    """Ask the worker of `run` to stop, which it does at the next batch; whole epochs are kept."""
    with suppress(FileNotFoundError):  # deleted meanwhile: its worker ends by itself
        (run.path / "stop").touch()


def active_run(folder: Path | None = None) -> Run | None:
    """The newest run in `folder` (default: `runs_path()`) that a worker is on, or None."""
    runs, _ = list_runs(folder)
    return next((run for run in runs if run.state().active), None)


def _spawn_worker(run: Run) -> None:
    with (run.path / "log.txt").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", "cnn.worker", str(run.path)],
            cwd=PROJECT_PATH,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Its own session: Ctrl+C at the server, or its end, must not end the training.
            start_new_session=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        )
