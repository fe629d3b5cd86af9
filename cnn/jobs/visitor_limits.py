"""Checks the limits of a visitor (`cnn.limits`) before a run or a data set is made."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from cnn.config import TrainingConfig
from cnn.datasets.catalog import TRASH, datasets_path  # that of runs has the same name
from cnn.jobs.errors import JobError
from cnn.limits import EPOCHS, MEGABYTES, RUNS
from cnn.ownership import NOBODY, read_owner
from cnn.runs.run import list_runs, runs_path


def check_training(
    config: TrainingConfig, owner: str, folder: Path | None = None, count: int = 1
) -> None:
    """Raise JobError if `owner` may not start `count` runs like `config` in `folder`.

    `folder` is `runs_path()` by default. The command line, which is NOBODY, may.
    """
    if owner == NOBODY:
        return
    check_epochs(config.epochs)
    kept = sum(read_owner(run.path) == owner for run in list_runs(folder)[0])
    if kept + count > (most := RUNS.get(JobError)):
        room = f"{most - kept} more" if most > kept else "no more"
        raise JobError(
            f"You have {kept} runs; this server keeps {most} of each visitor, so {room}. "
            "Delete some on Compare."
        )
    check_disk(owner, folder)


def check_epochs(epochs: int) -> None:
    """Raise JobError if this server allows no run of so many `epochs`."""
    if epochs > (most := EPOCHS.get(JobError)):
        raise JobError(f"This server allows a run {most} epochs, not {epochs}.")


def check_disk(owner: str, folder: Path | None = None) -> None:
    """Raise JobError if the runs and data sets of `owner` take all the disk that they may.

    What the owner has deleted goes first: for good, the oldest before the others.
    """
    if owner == NOBODY:
        return
    most = MEGABYTES.get(JobError) * 10**6
    folders = (folder or runs_path(), datasets_path())
    used = sum(folder_bytes(path) for path in _owned(owner, folders))
    deleted = [(path, folder_bytes(path)) for path in _owned(owner, [f / TRASH for f in folders])]
    too_much = used + sum(size for _, size in deleted) - most
    for path, size in sorted(deleted):  # their names begin with the time
        if too_much <= 0:
            break
        shutil.rmtree(path, ignore_errors=True)
        too_much -= size
    if used >= most:
        raise JobError(
            f"Your runs and data sets take {used / 1e6:,.0f} MB; this server allows each visitor "
            f"{most / 1e6:,.0f} MB. Delete some, on Compare or Data."
        )


def folder_bytes(path: Path) -> int:
    """Return the bytes of all files below `path`; those that vanish meanwhile are left out."""
    total = 0
    for each in path.rglob("*"):
        try:
            total += each.stat().st_size if each.is_file() else 0
        except OSError:
            continue
    return total


def _owned(owner: str, folders: list[Path] | tuple[Path, ...]) -> Iterator[Path]:
    """Yield the folders in `folders` that are the `owner`'s, hidden ones excepted."""
    for folder in folders:
        for path in folder.iterdir() if folder.is_dir() else ():
            if not path.name.startswith(".") and read_owner(path) == owner:
                yield path
