"""The progress of a training, as a share and as text."""

import time

from cnn.jobs.errors import JobError
from cnn.jobs.executor import DEFAULT, executor_name
from cnn.jobs.queue import ahead_of, start_waiting
from cnn.rendering.text import duration_text
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.machine import host_name, recorded_machine
from cnn.runs.pausing import pause_after, paused_after
from cnn.runs.progress import Progress, progress_of
from cnn.runs.run import Run, RunState
from ui.loading.errors import as_text, show_error
from ui.loading.warmup import keep_worker_warm

WARM_START_S = 3.0  # a worker that has loaded TensorFlow starts within this time


def tend_queue() -> None:
    """Start queued runs if there is room, as after a worker that was killed."""
    keep_worker_warm()
    try:
        start_waiting()
    except JobError as error:
        show_error(str(error))


def progress_status(run: Run, state: RunState) -> tuple[float, str]:
    """The progress of an active run, 0 to 1, and a text: epoch, batch, speed and time left."""
    progress = progress_of(run, run.batches())
    if state.status == "queued":
        ahead = ahead_of(run)
        text = f"Queued: {ahead} {'run' if ahead == 1 else 'runs'} ahead"
        if not ahead and executor_name() != DEFAULT:
            text = "Queued: waiting for the cluster"
    elif state.status == "starting" or not progress.batch:
        text = _starting_text(run, state.status)
    else:
        text = _progress_text(run, progress)
    return progress.share, text


def _starting_text(run: Run, status: str) -> str:
    if status == "running":
        generating = run.config.synthetic_digits > 0
        return "Generating synthetic digits" if generating else "Building the network"
    done = last_complete_epoch(run)
    where = f" · continues at the start of epoch {done + 1}" if done else ""
    if executor_name() != DEFAULT:  # it has to find a machine first
        return f"Starting on the cluster{where}"
    if abs(time.time() - run.started_s) < WARM_START_S:
        return f"Starting{where}"
    return f"Loading TensorFlow (about 8 s){where}"


def _progress_text(run: Run, progress: Progress) -> str:
    config = run.config
    if paused_after(run) is not None:
        return (
            f"Paused after batch {progress.batch:,} of {config.steps_per_epoch:,} · "
            f"epoch {progress.epoch} of {config.epochs}{_machine_text(run)}"
        )
    parts = [
        f"Epoch {progress.epoch} of {config.epochs}",
        f"batch {progress.batch:,} of {config.steps_per_epoch:,}",
    ]
    if pause_after(run) is not None:
        return " · ".join([*parts, "pausing"])
    if progress.images_per_s:
        parts.append(f"{progress.images_per_s:,.0f} images/s")
    if progress.left_s is not None:
        parts.append(f"{duration_text(progress.left_s)} left")
    return " · ".join(parts) + _machine_text(run)


def _machine_text(run: Run) -> str:
    """On which machine `run` is trained, if that is a cluster's, or another than the server's."""
    machine = recorded_machine(run)
    if not machine or not machine.host:
        return ""
    elsewhere = executor_name() != DEFAULT or machine.host != host_name()
    return f" · on {as_text(machine.host)}" if elsewhere else ""
