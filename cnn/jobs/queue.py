"""Starts and stops the worker processes that train runs; those that there is no room for wait.

How many are trained at once, CNN_MAX_PARALLEL says in the environment; 1 by default. Whoever
changes the queue holds its lock meanwhile. A worker that ends takes the next; after one that was
killed, the page that looks starts another.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from cnn.config import TrainingConfig
from cnn.constants import PROJECT_PATH
from cnn.data.mnist import Digits
from cnn.jobs.warm_worker import assign_to_warm_worker, worker_command, worker_options
from cnn.runs.files import disk_reason
from cnn.runs.fine_tuning import read_fine_tuning_digits
from cnn.runs.locking import wait_for_lock
from cnn.runs.run import Run, RunError, RunState, list_runs, runs_path
from cnn.runs.writing import create_run, write_state

QUEUE_PATIENCE_S = 10  # the queue's lock is held for some milliseconds only
DUPLICATE_SUBMIT_S = 3  # two presses of Start within that time are meant as one


class JobError(RuntimeError):
    """A training could not be started or stopped; the message says why."""


def start_training(
    config: TrainingConfig, folder: Path | None = None, corrections: Digits | None = None
) -> Run:
    """Have a worker process train with `config`, now or after those before it; returns its run.

    `corrections` are pictures that a network is taught beside, where `config.base` names one. The
    same asked for twice within DUPLICATE_SUBMIT_S, from two tabs, is one run. Raises JobError
    where no run can be made in `folder` (default: `runs_path()`).
    """
    folder = folder or runs_path()
    with queue_lock(folder, f"No run can be made in {folder}"):
        max_parallel_runs()  # where that is no number, there should be no run that waits for ever
        run = _find_duplicate(config, folder, corrections)
        if run is None:
            run = create_run(config, folder, corrections, queued_now())
            start_next(folder)
    return run


def queued_now() -> RunState:
    """The state of a run that joins the end of the queue."""
    return RunState("queued", queued_s=time.time())


def stop_training(run: Run) -> None:
    """Stop `run`; nothing happens where it has ended.

    A worker does so at the next batch and keeps whole epochs; one that waits is never started.
    Raises JobError where the disk refuses.
    """
    with suppress(RunError), queue_lock(run.path.parent, f"Run {run.id} cannot be stopped"):
        state = run.state()
        if state.status == "queued":
            write_state(run, RunState("stopped", **run.last_figures()))
        elif state.training:
            with suppress(FileNotFoundError):  # deleted meanwhile: its worker ends by itself
                run.request_stop()


def start_waiting(folder: Path | None = None) -> None:
    """Start the runs in `folder` that have waited longest, as far as there is room for them.

    Raises JobError where the setting for that, or the folder, cannot be used.
    """
    folder = folder or runs_path()
    if any(state.status == "queued" for _, state in _active_states(folder)):
        with queue_lock(folder, "No run can be started"):
            start_next(folder)


def ahead_of(run: Run) -> int:
    """How many runs are trained, or will be, before `run`, which waits."""
    runs = active_runs(run.path.parent)
    return next((place for place, each in enumerate(runs) if each.id == run.id), 0)


def max_parallel_runs() -> int:
    """How many runs may be trained at once; JobError where CNN_MAX_PARALLEL is no such number."""
    text = os.environ.get("CNN_MAX_PARALLEL", "").strip() or "1"
    if not (text.isascii() and text.isdigit() and int(text)):
        raise JobError(f"CNN_MAX_PARALLEL is {text[:20]!r}; it must be a whole number from 1.")
    return int(text)


def active_runs(folder: Path | None = None) -> list[Run]:
    """The runs in `folder` (default: `runs_path()`) that are trained, then those that wait.

    The oldest first, and of those that wait the one that comes next.
    """
    return [run for run, _ in _active_states(folder)]


def active_run(folder: Path | None = None) -> Run | None:
    """The first of `active_runs`, or None."""
    return next(iter(active_runs(folder)), None)


@contextmanager
def queue_lock(folder: Path, refusal: str) -> Iterator[None]:
    """Hold the lock of the queue in `folder`, without which nobody changes what runs and waits.

    Raises JobError, which says `refusal` and why, where the lock cannot be had, and for an OSError
    within.
    """
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = wait_for_lock(folder / ".queue", QUEUE_PATIENCE_S)
        if lock is None:
            raise JobError(f"{refusal}: another process holds {folder / '.queue'}.")
        yield
    except OSError as error:
        raise JobError(f"{refusal}: {disk_reason(error)}") from None
    finally:
        if lock is not None:
            os.close(lock)


def _active_states(folder: Path | None) -> list[tuple[Run, RunState]]:
    """The active runs in the order of `active_runs`, with how they stand."""
    found = []
    for run in list_runs(folder)[0]:
        with suppress(RunError):  # deleted since it was listed
            if (state := run.state()).active:
                found.append((run, state))
    return sorted(found, key=lambda each: (each[1].queued_s or 0, each[0].created))


def _find_duplicate(config: TrainingConfig, folder: Path, corrections: Digits | None) -> Run | None:
    """The active run that was asked for just now with the same settings and corrections, if any."""
    now = datetime.now(timezone.utc)
    for run in active_runs(folder):
        age_s = (now - run.created).total_seconds()
        if run.config == config and 0 <= age_s < DUPLICATE_SUBMIT_S and not run.stop_requested:
            pairs = zip(
                corrections or (), read_fine_tuning_digits(run) if corrections else (), strict=True
            )
            if all(np.array_equal(one, other) for one, other in pairs):
                return run
    return None


def take_next(folder: Path, one_thread: bool) -> Run | None:
    """The run in `folder` that a worker, which has ended one, is to train next; None without any.

    It takes only what is to be trained on one thread, as it is itself, or on all. Others for which
    there is room are started. Raises JobError as `start_waiting` does.
    """
    taken: list[Run] = []

    def take(run: Run) -> bool:
        if taken or run.config.one_thread != one_thread:
            return start_worker(run)
        write_state(run, RunState("starting"))
        taken.append(run)
        return True

    with queue_lock(folder, "No run can be started"):
        start_next(folder, take)
    return next(iter(taken), None)


def start_next(folder: Path, start: Callable[[Run], bool] | None = None) -> None:
    """`start_waiting`, for who holds the queue of `folder`; `start(run)` says whether it could."""
    active = _active_states(folder)
    room = max_parallel_runs() - sum(state.training for _, state in active)
    for run, state in active:
        if state.status == "queued" and room > 0:
            room -= (start or start_worker)(run)


def start_worker(run: Run) -> bool:
    """Have a worker begin with `run`, and say whether one could; where not, the run says why.

    For who holds the queue.
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
        subprocess.Popen(
            worker_command(str(run.path.resolve())),
            cwd=PROJECT_PATH,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **worker_options(),
        )
