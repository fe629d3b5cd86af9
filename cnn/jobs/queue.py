"""The queue of trainings: starts and stops the worker processes that train runs.

CNN_MAX_PARALLEL in the environment is the number of runs trained in parallel, by default 1. Changes
to the queue need its lock. A worker that finishes takes the next run; after one that was killed,
the next rerun of the Train page starts another.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cnn.backends import missing_text
from cnn.config import TrainingConfig
from cnn.data.mnist import DataError, Digits
from cnn.datasets.settings import dataset_of
from cnn.disk import disk_reason
from cnn.jobs.warm_worker import assign_to_warm_worker, start_process
from cnn.runs.fine_tuning import read_fine_tuning_digits
from cnn.runs.locking import wait_for_lock
from cnn.runs.run import Run, RunError, list_runs, runs_path
from cnn.runs.state import RunState
from cnn.runs.writing import create_run, write_state

QUEUE_TIMEOUT_S = 10  # the queue's lock is held for milliseconds only
DUPLICATE_SUBMIT_S = 3  # the same training submitted twice within that time is one run


class JobError(RuntimeError):
    """A training could not be started or stopped; the message is a sentence that says why."""


def start_training(
    config: TrainingConfig, folder: Path | None = None, corrections: Digits | None = None
) -> Run:
    """Queue a training with `config`, which starts as soon as possible; returns its run.

    `corrections` are for fine-tuning, if `config.base` is set. A duplicate within
    DUPLICATE_SUBMIT_S, as from two tabs, returns the same run. Raises JobError if no run can be
    created in `folder` (default: `runs_path()`), if its data set is gone or was changed, or if its
    backend is not installed.
    """
    folder = folder or runs_path()
    check_startable(config)
    with queue_lock(folder, f"No run can be created in {folder}"):
        max_parallel_runs()  # fail before creating a run that could never start
        run = _find_duplicate(config, folder, corrections)
        if run is None:
            run = create_run(config, folder, corrections, queued_now(folder))
            start_next(folder)
    return run


def check_startable(config: TrainingConfig) -> None:
    """Raise JobError if the data set of `config` is gone or was changed, by its description.

    Also if its backend is not installed: the message has the command that adds it.
    """
    if text := missing_text(config.backend):
        raise JobError(text)
    try:
        dataset_of(config.dataset)
    except DataError as error:
        raise JobError(str(error)) from None


def queued_now(folder: Path) -> RunState:
    """Return the state of a run that joins the end of the queue in `folder`.

    The caller must hold its lock. The time is later than that of all that wait, even if the clock
    was set back since.
    """
    waiting = [state.queued_s or 0 for _, state in _active_states(folder)]
    return RunState("queued", queued_s=max(time.time(), *(each + 1e-6 for each in waiting), 0))


def stop_training(run: Run) -> None:
    """Stop `run`, unless it has ended.

    Its worker stops after the current steps (see `worker.StopSignal`) and keeps complete epochs; a
    queued run never starts. Raises JobError on a disk error.
    """
    with suppress(RunError), queue_lock(run.path.parent, f"Run {run.id} cannot be stopped"):
        state = run.state()
        if state.status == "queued":
            write_state(run, RunState("stopped", **run.last_figures()))
        elif state.training:
            with suppress(FileNotFoundError):  # the run was just deleted: its worker ends anyway
                run.request_stop()


def start_waiting(folder: Path | None = None) -> None:
    """Start the runs in `folder` that have been queued longest, up to `max_parallel_runs()`.

    Raises JobError if that number is invalid, or on a disk error.
    """
    folder = folder or runs_path()
    if any(state.status == "queued" for _, state in _active_states(folder)):
        with queue_lock(folder, "No run can be started"):
            start_next(folder)


def ahead_of(run: Run) -> int:
    """Return the number of active runs that come before the queued `run`."""
    runs = active_runs(run.path.parent)
    return next((place for place, each in enumerate(runs) if each.id == run.id), 0)


def max_parallel_runs() -> int:
    """Return how many runs are trained in parallel. Raises JobError if CNN_MAX_PARALLEL is bad."""
    text = os.environ.get("CNN_MAX_PARALLEL", "").strip() or "1"
    if not (text.isascii() and text.isdigit() and int(text)):
        raise JobError(f"CNN_MAX_PARALLEL is {text[:20]!r}; it must be a whole number from 1.")
    return int(text)


def active_runs(folder: Path | None = None) -> list[Run]:
    """Return the runs in `folder` (default: `runs_path()`) that train, then the queued ones.

    The oldest come first, and the queued ones in their order.
    """
    return [run for run, _ in _active_states(folder)]


def active_run(folder: Path | None = None) -> Run | None:
    """Return the first of `active_runs`, or None."""
    return next(iter(active_runs(folder)), None)


@contextmanager
def queue_lock(folder: Path, failure: str) -> Iterator[None]:
    """Hold the lock of the queue in `folder`, which any change to the queue needs.

    Raises JobError, with `failure` and the reason, if the lock is not free within QUEUE_TIMEOUT_S
    and for any OSError within the context.
    """
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = wait_for_lock(folder / ".queue", QUEUE_TIMEOUT_S)
        if lock is None:
            raise JobError(f"{failure}: another process holds {folder / '.queue'}.")
        yield
    except OSError as error:
        raise JobError(f"{failure}: {disk_reason(error)}") from None
    finally:
        if lock is not None:
            os.close(lock)


def _active_states(folder: Path | None) -> list[tuple[Run, RunState]]:
    """Return the runs of `active_runs` with their states."""
    found = []
    for run in list_runs(folder)[0]:
        with suppress(RunError):  # deleted since it was listed
            if (state := run.state()).active:
                found.append((run, state))
    return sorted(found, key=lambda each: (each[1].queued_s or 0, each[0].created))


def _find_duplicate(config: TrainingConfig, folder: Path, corrections: Digits | None) -> Run | None:
    """Return the active run just created with the same settings and corrections, or None."""
    now = datetime.now(UTC)
    for run in active_runs(folder):
        age_s = (now - run.created).total_seconds()
        if run.config == config and 0 <= age_s < DUPLICATE_SUBMIT_S and not run.stop_requested:
            others = read_fine_tuning_digits(run) if corrections else ()
            if all(map(np.array_equal, corrections or (), others)):
                return run
    return None


def take_next(folder: Path, config: TrainingConfig) -> Run | None:
    """Return the next queued run in `folder` for the calling worker to train; None without any.

    `config` is the one it has trained; it takes only runs that the same process can train. Others
    that can start are started in new processes. Raises JobError like `start_waiting`.
    """
    with queue_lock(folder, "No run can be started"):
        return start_next(folder, config)


def start_next(folder: Path, trained: TrainingConfig | None = None) -> Run | None:
    """Start queued runs like `start_waiting`; the caller must hold the queue's lock.

    If `trained` is given, what the calling worker has trained, the first run with the same process
    settings is returned instead, for the caller to train.
    """
    active, taken = _active_states(folder), None
    room = max_parallel_runs() - sum(state.training for _, state in active)
    for run, state in active:
        if state.status != "queued" or room <= 0:
            continue
        fits = trained and run.config.process_settings == trained.process_settings
        if fits and taken is None:
            write_state(run, RunState("starting"))
            taken = run
            room -= 1
        else:
            room -= start_worker(run)
    return taken


def start_worker(run: Run) -> bool:
    """Start a worker for `run`; returns whether it started. If not, the run's state says why.

    The caller must hold the queue's lock.
    """
    try:
        write_state(run, RunState("starting"))
        if not assign_to_warm_worker(run):
            _spawn_worker(run)
    except OSError as error:
        with suppress(OSError):
            write_state(run, RunState("failed", f"It could not be started: {disk_reason(error)}"))
        return False
    return True


def _spawn_worker(run: Run) -> None:
    with (run.path / "log.txt").open("ab") as log:
        start_process(
            str(run.path.resolve()),
            backend=run.config.backend,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
