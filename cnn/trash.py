"""Deletes runs so that they can be brought back: into runs/.trash/, for 30 days.

    runs/.trash/20261123T031200123456_20261122-090807-max-k3f9/

The name says when it was deleted, in UTC, and what the folder was called.
"""

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cnn.jobs import JobError, hold_queue
from cnn.locking import is_locked
from cnn.run_files import disk_reason
from cnn.runs import Run, RunError

TRASH = ".trash"
KEPT_DAYS = 30
STAMP = "%Y%m%dT%H%M%S%f"


def delete(runs: Sequence[Run]) -> list[Path]:
    """Move the folders of `runs` into the trash; returns where they are, for `bring_back`.

    All or none: raises RunError where one ships with the app or is being trained, or the disk
    refuses. One that somebody else deleted meanwhile is passed over. What was deleted more than
    KEPT_DAYS ago is gone for good then.
    """
    shipped = next((run for run in runs if run.shipped), None)
    if shipped:
        raise RunError(f'"{shipped.title}" ships with this app and cannot be deleted.')
    deleted: list[Path] = []
    for folder in {run.path.parent for run in runs}:
        try:
            # Else one could be resumed between the look and the move.
            with hold_queue(folder, "Nothing can be deleted"):
                deleted += _delete_from([run for run in runs if run.path.parent == folder])
        except JobError as error:
            raise RunError(str(error)) from None
        empty_trash(folder)
    return deleted


def _delete_from(runs: Sequence[Run]) -> list[Path]:
    for run in runs:
        _check_deletable(run)
    deleted: list[Path] = []
    try:
        for run in runs:
            with suppress(FileNotFoundError):
                deleted.append(_move(run.path))
    except OSError:
        bring_back(deleted)
        raise
    return deleted


def _check_deletable(run: Run) -> None:
    if not run.path.is_dir():
        return
    state = run.state()
    if state.status == "queued":
        raise RunError(f'"{run.title}" waits to be trained; stop it first, then it can be deleted.')
    # A worker writes the last files after it has said that it is done.
    if state.active or is_locked(run.path / "lock"):
        raise RunError(f'"{run.title}" is being trained; stop it first, then it can be deleted.')


def _move(path: Path) -> Path:
    trash = path.parent / TRASH
    if not path.is_dir():
        raise FileNotFoundError(path)
    trash.mkdir(exist_ok=True)
    return path.rename(trash / f"{datetime.now(timezone.utc):{STAMP}}_{path.name}")


def bring_back(deleted: Sequence[Path]) -> list[str]:
    """Undo `delete`, which returned `deleted`; returns the ids of the runs that are there again.

    What is not in the trash any more is passed over. Raises RunError where the disk refuses; then
    some may be back.
    """
    back = []
    for path in deleted:
        name = deleted_id(path)
        target = path.parent.parent / name
        if not path.is_dir():
            continue
        if target.exists():
            raise RunError(f"Run {name} cannot be brought back: there is another one of that name.")
        try:
            path.rename(target)
        except OSError as error:
            raise RunError(f"Run {name} cannot be brought back: {disk_reason(error)}") from None
        back.append(name)
    return back


def deleted_id(path: Path) -> str:
    """The id of the run that is at `path` in the trash."""
    return path.name.partition("_")[2]


def empty_trash(folder: Path, kept: timedelta = timedelta(days=KEPT_DAYS)) -> None:
    """Remove for good what was deleted from the runs in `folder` longer than `kept` ago."""
    trash = folder / TRASH
    for path in trash.iterdir() if trash.is_dir() else ():
        deleted = _deleted_at(path.name)
        if deleted and datetime.now(timezone.utc) - deleted > kept:
            shutil.rmtree(path, ignore_errors=True)


def _deleted_at(name: str) -> datetime | None:
    """When what is called `name` in the trash was deleted; None where the name does not say it."""
    stamp = name.partition("_")[0]
    if not re.fullmatch(r"\d{8}T\d{12}", stamp, re.ASCII):
        return None
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
