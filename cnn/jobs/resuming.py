"""Resumes runs that have ended: interrupted or stopped ones, or any for more epochs."""

from contextlib import AbstractContextManager

from cnn.config import BOUNDS
from cnn.jobs.errors import JobError
from cnn.jobs.executor import current_executor
from cnn.jobs.queue import check_startable, queue_lock, queued_now, start_next, take_turn
from cnn.ownership import read_owner
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.pausing import clear_pause
from cnn.runs.run import Run, read_run
from cnn.runs.state import RunState
from cnn.runs.writing import set_epochs, write_state

MOST_EPOCHS = BOUNDS["epochs"].high


def resume_training(run: Run, more_epochs: int = 0) -> Run:
    """Queue `run` to continue after its last complete epoch; returns it with its new settings.

    It continues to its planned end or, with `more_epochs`, for that many, up to MOST_EPOCHS in all.
    An active run is left as it is, so that two tabs resume it once. Raises JobError if nothing is
    left to train, if the run ships with the app, if the executor cannot train, or on a disk error;
    RunError if it is damaged.
    """
    with _resuming(run):
        current_executor().check(run.path.parent)
        if not run.state().active:
            _reopen(run, more_epochs, queued_now(run.path.parent))
            start_next(run.path.parent)
    return read_run(run.path)


def reopen(run: Run, more_epochs: int = 0) -> Run:
    """Prepare `run` for `worker.work` in this process to continue it; returns it.

    Like `resume_training`, but raises JobError if the run is active.
    """
    with _resuming(run):
        if run.state().active:
            raise JobError(f"Run {run.id} is already training or queued.")
        _reopen(run, more_epochs, RunState("starting"))
    return read_run(run.path)


def more_epochs_for(run: Run, wanted: int) -> int:
    """Return how many more epochs `run` can train, up to `wanted`; 0 if it has none or ships."""
    done = last_complete_epoch(run)
    return min(wanted, MOST_EPOCHS - done) if done and not run.shipped else 0


def can_resume(run: Run) -> bool:
    """Whether `run` has ended before its planned epochs were complete."""
    state = run.state()
    unfinished = state.status != "finished" or last_complete_epoch(run) < run.config.epochs
    return unfinished and not state.active and not run.shipped and not run.imported


def unfinished_batches(run: Run) -> int:
    """Return how many batches `run` trained after its last complete epoch; resuming repeats them.

    Raises RunError if its figures are damaged.
    """
    trained = int(max(run.batches()["step"], default=0))
    return max(0, trained - last_complete_epoch(run) * run.config.steps_per_epoch)


def _resuming(run: Run) -> AbstractContextManager[None]:
    if run.shipped:
        raise JobError("The networks that ship with this app cannot be changed.")
    if run.imported:
        raise JobError(
            f"Run {run.id} was imported, not trained here: there is no training to continue. "
            "Fine-tune it instead."
        )
    return queue_lock(run.path.parent, f"Run {run.id} cannot be resumed")


def _reopen(run: Run, more_epochs: int, state: RunState) -> None:
    done = last_complete_epoch(run)
    check_startable(run.config)
    if not more_epochs and not can_resume(run):
        raise JobError(f"Run {run.id} has completed its {done} epochs; set how many more to train.")
    if more_epochs:
        if more_epochs < 0 or done >= MOST_EPOCHS:
            raise JobError(f"A run can have 1 to {MOST_EPOCHS} epochs in all; this one has {done}.")
        set_epochs(run, min(done + more_epochs, MOST_EPOCHS))
    run.clear_stop()
    clear_pause(run)
    take_turn(run, run.path.parent, read_owner(run.path))
    write_state(run, state)
