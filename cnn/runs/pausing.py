"""Pauses of a training, as files in the folder of its run.

    pause    asks the training to pause: the number of the batch after which, counted from 1 over
             all epochs; a smaller one means at once
    paused   written by the training while it waits: the number of the last batch

Both are gone while the training is not to pause. A training that computes several batches at a time
pauses after the last of them.
"""

from pathlib import Path

from cnn.disk import replace_file
from cnn.runs.run import Run

FILES = ("pause", "paused")


def request_pause(run: Run) -> None:
    """Ask the training of `run` to pause. Raises OSError, also if the run was deleted."""
    if pause_after(run) is None:
        replace_file(run.path / "pause", b"0")


def request_step(run: Run) -> None:
    """Ask the paused training of `run` to train the next batch, or execution, and to pause again.

    Each request before that adds one. Raises OSError, also if the run was deleted.
    """
    after = max(pause_after(run) or 0, paused_after(run) or 0)
    replace_file(run.path / "pause", str(after + run.config.steps_per_execution).encode())


def request_continue(run: Run) -> None:
    """Withdraw the request to pause. Raises OSError."""
    (run.path / "pause").unlink(missing_ok=True)


def clear_pause(run: Run) -> None:
    """Remove what an earlier training may have left. Raises OSError."""
    for name in FILES:
        (run.path / name).unlink(missing_ok=True)


def pause_after(run: Run) -> int | None:
    """Return after which batch the training is to pause; None if it is not."""
    return _read_number(run.path / "pause")


def paused_after(run: Run) -> int | None:
    """Return the batch after which the training is paused; None if it is not."""
    return _read_number(run.path / "paused")


def write_paused(run: Run, step: int) -> None:
    """Report, from the training process, that it is paused after batch `step`. Raises OSError."""
    replace_file(run.path / "paused", str(step).encode())


def clear_paused(run: Run) -> None:
    """Report, from the training process, that it continues. Raises OSError."""
    (run.path / "paused").unlink(missing_ok=True)


def _read_number(path: Path) -> int | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return int(content) if content.isdigit() and len(content) < 10 else 0
