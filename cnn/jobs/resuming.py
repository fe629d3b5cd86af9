"""Goes on with runs that have ended: where they were interrupted or stopped, or for more epochs."""

from cnn.config import BOUNDS
from cnn.jobs.queue import JobError, max_parallel_runs, queue_lock, queued_now, start_next
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.run import Run, RunState, read_run
from cnn.runs.writing import set_epochs, write_state

MOST_EPOCHS = BOUNDS["epochs"].high


def resume_training(run: Run, more_epochs: int = 0) -> Run:
    """Have a worker go on with `run`, now or after those before it; returns it as it is then.

    It goes on after its last whole epoch: to the end that it was to have or, with `more_epochs`,
    for so many, up to MOST_EPOCHS in all. One that is active is left alone, so that two tabs resume
    it once. Raises JobError where nothing is left to train, the run ships with the app, or the disk
    refuses; RunError where the run is damaged.
    """
    _refuse_shipped(run)
    folder = run.path.parent
    with queue_lock(folder, f"Run {run.id} cannot be resumed"):
        max_parallel_runs()
        if not run.state().active:
            _reopen(run, more_epochs, queued_now())
            start_next(folder)
        return read_run(run.path)


def reopen(run: Run, more_epochs: int = 0) -> Run:
    """Make `run` ready for `worker.work` in this process to go on with it; returns it.

    As `resume_training`, but a run that is active is refused.
    """
    _refuse_shipped(run)
    with queue_lock(run.path.parent, f"Run {run.id} cannot be resumed"):
        if run.state().active:
            raise JobError(f"Run {run.id} is being trained already, or waits for it.")
        _reopen(run, more_epochs, RunState("starting"))
        return read_run(run.path)


def more_epochs_for(run: Run, wanted: int) -> int:
    """How many epochs `run` can be trained further, up to `wanted`; 0 where it has none yet."""
    done = last_complete_epoch(run)
    return min(wanted, MOST_EPOCHS - done) if done and not run.shipped else 0


def can_resume(run: Run) -> bool:
    """Whether something of what `run` was to be trained is left."""
    state = run.state()
    unfinished = state.status != "finished" or last_complete_epoch(run) < run.config.epochs
    return unfinished and not state.active and not run.shipped


def _refuse_shipped(run: Run) -> None:
    if run.shipped:
        raise JobError("The networks that ship with this app stay as they are.")


def _reopen(run: Run, more_epochs: int, state: RunState) -> None:
    done = last_complete_epoch(run)
    if not more_epochs and not can_resume(run):
        raise JobError(f"Run {run.id} has all of its {done} epochs; say how many more.")
    if more_epochs:
        if more_epochs < 0 or done >= MOST_EPOCHS:
            raise JobError(f"A run can have 1 to {MOST_EPOCHS} epochs in all; this one has {done}.")
        set_epochs(run, min(done + more_epochs, MOST_EPOCHS))
    run.clear_stop()
    write_state(run, state)
