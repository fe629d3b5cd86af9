"""How much of an experiment is trained, and how long the rest will take."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cnn.jobs.executor import current_executor
from cnn.jobs.experiments import Outcome
from cnn.runs.progress import progress_of
from cnn.runs.run import Run, RunError


@dataclass(frozen=True)
class ExperimentProgress:
    """`share`: of the images of all epochs, 0 to 1; `left_s` is None before the first batches."""

    ended: int  # runs that are neither training nor queued
    runs: int
    share: float
    left_s: float | None


def experiment_progress(outcomes: Sequence[Outcome]) -> ExperimentProgress:
    """Return the progress of the experiment with `outcomes`.

    The time left is estimated from the time per image so far. Raises JobError if the executor is
    wrongly set.
    """
    runs = [run for outcome in outcomes for run in outcome.runs]
    planned = trained = left = measured = elapsed_s = 0.0
    ended = 0
    for run in runs:
        images = run.config.epochs * run.config.images_per_epoch
        share, run_s, active = _progress(run)
        planned += images
        trained += images if not active else share * images
        left += (1 - share) * images if active else 0
        ended += not active
        if run_s:
            measured += share * images
            elapsed_s += run_s
    slots = current_executor().slots(runs[0].path.parent) if runs else 1
    at_once = max(1, min(slots, len(runs) - ended))
    left_s = left * elapsed_s / measured / at_once if measured else None
    return ExperimentProgress(ended, len(runs), trained / planned if planned else 1.0, left_s)


def _progress(run: Run) -> tuple[float, float | None, bool]:
    """Return the trained share of `run`, 0 to 1, in how many seconds, and whether it is active."""
    with suppress(RunError):  # deleted or damaged meanwhile
        state = run.state()
        if state.status == "finished":
            return 1.0, state.elapsed_s, False
        if state.active:
            batches = run.batches()
            times = batches["elapsed_s"]
            return progress_of(run, batches).share, float(times[-1]) if len(times) else None, True
    return 0.0, None, False
