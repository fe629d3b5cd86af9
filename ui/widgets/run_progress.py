"""How far a training is, in a bar and in words."""

import time

from cnn.jobs.queue import JobError, ahead_of, start_waiting
from cnn.rendering.text import duration_text
from cnn.runs.progress import Progress, progress_of
from cnn.runs.run import Run, RunState
from ui.loading.errors import show_error
from ui.loading.warmup import keep_worker_warm

WARM_START_S = 3.0  # a worker that has loaded all has begun by then


def tend_queue() -> None:
    """Start what waits, where there is room: a worker that was killed has started nobody."""
    keep_worker_warm()
    try:
        start_waiting()
    except JobError as error:
        show_error(str(error))


def progress_status(run: Run, state: RunState) -> tuple[float, str]:
    """How far a run that is active is, 0 to 1, and the same in words."""
    progress = progress_of(run, run.batches())
    if state.status == "queued":
        return progress.share, f"Waiting: {_runs_are(ahead_of(run))} ahead of it"
    if state.status == "starting" or not progress.batch:
        return progress.share, _starting_words(run, state.status)
    return progress.share, progress_words(run, progress)


def _runs_are(count: int) -> str:
    return "1 run is" if count == 1 else f"{count} runs are"


def _starting_words(run: Run, status: str) -> str:
    if run.config.recipe.augment:
        return "Starting: digits are being synthetic_digits, about 30 s"
    if status == "running":
        return "Starting: the network is being built"
    if time.time() - run.started_s < WARM_START_S:
        return "Starting"
    return "Starting: TensorFlow is being loaded, about 8 s"


def progress_words(run: Run, progress: Progress) -> str:
    """Where a training is, in words: epoch, batch, speed and time left."""
    config = run.config
    words = [
        f"Epoch {progress.epoch} of {config.epochs}",
        f"batch {progress.batch:,} of {config.steps_per_epoch:,}",
    ]
    if progress.images_per_s:
        words.append(f"{progress.images_per_s:,.0f} images/s")
    if progress.left_s is not None:
        words.append(f"{duration_text(progress.left_s)} left")
    return " · ".join(words)
