"""Deletes runs by moving them into runs/.trash/, from which they can be restored for 30 days.

    runs/.trash/20261123T031200123456_20261122-090807-max-a3f9/

The name consists of the time of the deletion, in UTC, and the run's id.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cnn.disk import deletion_time
from cnn.jobs.queue import queue_lock
from cnn.runs.locking import is_locked
from cnn.runs.run import Run, RunError

TRASH = ".trash"
KEPT_DAYS = 30
STAMP = "%Y%m%dT%H%M%S%f"


def delete(runs: Sequence[Run]) -> list[Path]:
    """Move the folders of `runs` into the trash; returns their new paths for `restore_deleted`.

    All or none: raises RunError if one ships with the app or is active, JobError on a disk error.
    Runs that are already deleted are skipped. Also empties the trash (see `empty_trash`).
    """
    for run in runs:
        if run.shipped:
            raise RunError(f'"{run.title}" ships with this app and cannot be deleted.')
    deleted: list[Path] = []
    for folder in {run.path.parent for run in runs}:
        # The lock prevents that a run is resumed between the check and the move.
        with queue_lock(folder, "The runs cannot be deleted"):
            here = [run for run in runs if run.path.parent == folder and run.path.is_dir()]
            for run in here:
                state = run.state()
                # A worker still writes files after its final state.
                if state.active or is_locked(run.path / "lock"):
                    status = "queued" if state.status == "queued" else "training"
                    raise RunError(f'"{run.title}" is {status}; stop it first, then delete it.')
            (folder / TRASH).mkdir(exist_ok=True)
            try:
                for run in here:
                    stamp = f"{deletion_time(run.path):{STAMP}}"
                    deleted.append(run.path.rename(folder / TRASH / f"{stamp}_{run.id}"))
            except OSError:
                for path in deleted:
                    path.rename(path.parent.parent / deleted_id(path))
                raise
        empty_trash(folder)
    return deleted


def restore_deleted(deleted: Sequence[Path]) -> list[str]:
    """Undo `delete`, which returned `deleted`; returns the ids of the restored runs.

    Folders that are not in the trash any more are skipped. Raises RunError if another run has the
    same id, JobError on a disk error; some runs may be restored then.
    """
    restored = []
    for path in filter(Path.is_dir, deleted):
        run_id, folder = deleted_id(path), path.parent.parent
        failure = f"Run {run_id} cannot be restored"
        with queue_lock(folder, failure):
            if (folder / run_id).exists():
                raise RunError(f"{failure}: there is another run of that name.")
            path.rename(folder / run_id)
        restored.append(run_id)
    return restored


def deleted_id(path: Path) -> str:
    """Return the id of the run at `path` in the trash."""
    return path.name.partition("_")[2]


def empty_trash(folder: Path) -> None:
    """Remove permanently the runs deleted from `folder` more than KEPT_DAYS ago."""
    oldest = f"{datetime.now(UTC) - timedelta(days=KEPT_DAYS):{STAMP}}"
    for path in (folder / TRASH).glob("[0-9]*T[0-9]*_*"):
        if path.name < oldest:  # stamps sort by time
            shutil.rmtree(path, ignore_errors=True)
