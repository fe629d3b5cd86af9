"""Deletes runs so that they can be brought back: into runs/.trash/, for 30 days.

    runs/.trash/20261123T031200123456_20261122-090807-max-k3f9/

The name says when it was deleted, in UTC, and what the folder was called.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cnn.jobs.queue import queue_lock
from cnn.runs.locking import is_locked
from cnn.runs.run import Run, RunError

TRASH = ".trash"
KEPT_DAYS = 30
STAMP = "%Y%m%dT%H%M%S%f"


def delete(runs: Sequence[Run]) -> list[Path]:
    """Move the folders of `runs` into the trash; returns where they are, for `restore_deleted`.

    All or none: raises RunError if one ships with the app, is being trained, or waits for it,
    JobError if the disk refuses. One that somebody else deleted meanwhile is passed over. What was
    deleted more than KEPT_DAYS ago is gone for good then.
    """
    for run in runs:
        if run.shipped:
            raise RunError(f'"{run.title}" ships with this app and cannot be deleted.')
    deleted: list[Path] = []
    for folder in {run.path.parent for run in runs}:
        # Else one could be resumed between the look and the move.
        with queue_lock(folder, "Nothing can be deleted"):
            here = [run for run in runs if run.path.parent == folder and run.path.is_dir()]
            for run in here:
                _check_deletable(run)
            (folder / TRASH).mkdir(exist_ok=True)
            try:
                for run in here:
                    stamp = f"{datetime.now(timezone.utc):{STAMP}}"
                    deleted.append(run.path.rename(folder / TRASH / f"{stamp}_{run.id}"))
            except OSError:
                for path in deleted:
                    path.rename(path.parent.parent / deleted_id(path))
                raise
        empty_trash(folder)
    return deleted


def _check_deletable(run: Run) -> None:
    state = run.state()
    # A worker writes the last files after it has said that it is done.
    if state.active or is_locked(run.path / "lock"):
        busy = "waits to be trained" if state.status == "queued" else "is being trained"
        raise RunError(f'"{run.title}" {busy}; stop it first, then it can be deleted.')


def restore_deleted(deleted: Sequence[Path]) -> list[str]:
    """Undo `delete`, which returned `deleted`; returns the ids of the runs that are there again.

    What is not in the trash any more is passed over. Raises RunError if there is another run of
    that name by now, JobError if the disk refuses; then some may be back.
    """
    there = [path for path in deleted if path.is_dir()]
    for path in there:
        name = deleted_id(path)
        with queue_lock(path.parent.parent, f"Run {name} cannot be brought back"):
            if (path.parent.parent / name).exists():
                raise RunError(
                    f"Run {name} cannot be brought back: there is another one of that name."
                )
            path.rename(path.parent.parent / name)
    return [deleted_id(path) for path in there]


def deleted_id(path: Path) -> str:
    """The id of the run that is at `path` in the trash."""
    return path.name.partition("_")[2]


def empty_trash(folder: Path) -> None:
    """Remove for good what was deleted from the runs in `folder` more than KEPT_DAYS ago."""
    oldest = f"{datetime.now(timezone.utc) - timedelta(days=KEPT_DAYS):{STAMP}}"
    for path in (folder / TRASH).glob("[0-9]*T[0-9]*_*"):
        if path.name < oldest:  # stamps sort by time
            shutil.rmtree(path, ignore_errors=True)
