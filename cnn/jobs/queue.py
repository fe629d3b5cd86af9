"""The queue of trainings: which run is trained next, and how one is stopped.

What trains the runs, and how many at a time, is the executor's (see `cnn.jobs.executor`). Changes
to the queue need its lock. A worker that finishes takes the next run; after one that was killed,
the next rerun of the Train page starts another. Visitors take turns: of each, one
run waits before anybody's second.
"""

import os
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
from cnn.disk import disk_reason, replace_file
from cnn.jobs.errors import JobError
from cnn.jobs.executor import Executor, current_executor
from cnn.jobs.visitor_limits import check_training
from cnn.ownership import NOBODY, read_owner
from cnn.runs.fine_tuning import read_fine_tuning_digits
from cnn.runs.locking import wait_for_lock
from cnn.runs.run import Run, RunError, list_runs, runs_path
from cnn.runs.state import RunState
from cnn.runs.writing import create_run, write_state

QUEUE_TIMEOUT_S = 10  # the queue's lock is held for milliseconds only
DUPLICATE_SUBMIT_S = 3  # the same training submitted twice by one visitor within it is one run
TURN_FILE = "turn.txt"  # a whole number, see `take_turn`


def start_training(
    config: TrainingConfig,
    folder: Path | None = None,
    corrections: Digits | None = None,
    owner: str = NOBODY,
) -> Run:
    """Queue a training with `config`, which starts as soon as possible; returns its run.

    `corrections` are for fine-tuning, if `config.base` is set. The run is that of `owner`; a
    duplicate within DUPLICATE_SUBMIT_S, as from two tabs, returns the same run. Raises JobError if
    no run can be created in `folder` (default: `runs_path()`), if its data set is gone or was
    changed, if its backend is not installed, if the executor cannot train, or if the owner has
    reached a limit.
    """
    folder = folder or runs_path()
    check_startable(config)
    check_training(config, owner, folder)
    with queue_lock(folder, f"No run can be created in {folder}"):
        current_executor().check(folder)  # before creating a run that could never start
        run = _find_duplicate(config, folder, corrections, owner)
        if run is None:
            run = create_run(
                *(config, folder, corrections, queued_now(folder)),
                prepare=lambda draft: take_turn(draft, folder, owner),
                owner=owner,
            )
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
    """Start the next queued runs in `folder`, as many as the executor has room for.

    Raises JobError if the executor cannot train, or on a disk error.
    """
    folder = folder or runs_path()
    if any(state.status == "queued" for _, state in _active_states(folder)):
        with queue_lock(folder, "No run can be started"):
            start_next(folder)
            current_executor().check(folder)  # what is wrong is on the page as long as a run waits


def ahead_of(run: Run) -> int:
    """Return the number of active runs that come before the queued `run`."""
    runs = active_runs(run.path.parent)
    return next((place for place, each in enumerate(runs) if each.id == run.id), 0)


def active_runs(folder: Path | None = None) -> list[Run]:
    """Return the runs in `folder` (default: `runs_path()`) that train, then the queued ones.

    Each in the order in which they start (`take_turn`).
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
    return sorted(found, key=_place)


def _place(active: tuple[Run, RunState]) -> tuple:
    run, state = active
    return not state.training, _turn(run), state.queued_s or 0, run.created


def take_turn(run: Run, folder: Path, owner: str) -> None:
    """Give `run` of `owner` its turn in the queue of `folder`, whose lock the caller must hold.

    Runs start in the order of their turns, and of equal ones in that of submission. The first run
    of a visitor has the turn of those that train, and each further one the next: as in start-time
    fair queueing (Goyal, Vin, Cheng 1996), with runs of equal length. Raises OSError.
    """
    active = _active_states(folder)
    training = [_turn(each) for each, state in active if state.training]
    now = min(training or [_turn(each) for each, _ in active], default=0)
    own = [_turn(each) + 1 for each, _ in active if read_owner(each.path) == owner]
    replace_file(run.path / TURN_FILE, str(max([now, *own])).encode())


def _turn(run: Run) -> int:
    try:
        return int((run.path / TURN_FILE).read_text(encoding="utf-8")[:9])
    except (OSError, ValueError):  # trained by the command line, or damaged
        return 0


def _find_duplicate(
    config: TrainingConfig, folder: Path, corrections: Digits | None, owner: str
) -> Run | None:
    """Return the `owner`'s active run of the same settings and corrections, if it is new."""
    now = datetime.now(UTC)
    for run in active_runs(folder):
        if read_owner(run.path) != owner:
            continue
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


def start_next(
    folder: Path, trained: TrainingConfig | None = None, executor: Executor | None = None
) -> Run | None:
    """Start queued runs like `start_waiting`; the caller must hold the queue's lock.

    If `trained` is given, what the calling worker has trained, the first run with the same process
    settings is returned instead, for the caller to train. The `executor` is by default the
    current one.
    """
    executor = executor or current_executor()
    active, taken = _active_states(folder), None
    room = executor.slots(folder) - sum(state.training for _, state in active)
    for run, state in active:
        if state.status != "queued" or room <= 0:
            continue
        fits = trained and run.config.process_settings == trained.process_settings
        if fits and taken is None:
            write_state(run, RunState("starting"))
            taken = run
            room -= 1
        else:
            room -= start_run(run, executor)
    return taken


def start_run(run: Run, executor: Executor | None = None) -> bool:
    """Have the executor start `run`; returns whether it did. If not, the run's state says why.

    The caller must hold the queue's lock. Raises JobError if CNN_EXECUTOR is invalid.
    """
    executor = executor or current_executor()
    try:
        executor.start(run)
    except OSError as error:
        with suppress(OSError):
            write_state(run, RunState("failed", f"It could not be started: {disk_reason(error)}"))
        return False
    return True
