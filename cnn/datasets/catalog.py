"""All data sets: opened, listed, renamed, and deleted into a trash, from which they come back."""

import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cnn.constants import PROJECT_PATH
from cnn.data.mnist import DataError
from cnn.datasets.dataset import DESCRIPTION_FILE, MNIST, Dataset
from cnn.datasets.description import describe, read_dataset
from cnn.disk import deletion_time, disk_reason, write_json
from cnn.naming import checked_name

TRASH = ".trash"
KEPT_DAYS = 30
STAMP = "%Y%m%dT%H%M%S%f"


def datasets_path() -> Path:
    """Return the folder of all data sets: CNN_DATASETS in the environment, or else datasets/."""
    return Path(os.environ.get("CNN_DATASETS") or PROJECT_PATH / "datasets").resolve()


def is_dataset_id(text: str) -> bool:
    """Whether `text` may be the id of a data set: small letters, digits, `_` and `-`; no path."""
    return re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", text) is not None


def open_dataset(dataset_id: str, folder: Path | None = None) -> Dataset:
    """Return the data set `dataset_id` in `folder` (default: `datasets_path()`), or MNIST.

    Raises DataError if there is none, or its description is damaged.
    """
    if dataset_id == MNIST.id:
        return MNIST
    path = (folder or datasets_path()) / dataset_id
    # An id from an address must not lead out of the folder.
    if not is_dataset_id(dataset_id) or not path.is_dir():
        raise DataError(f"There is no data set {dataset_id[:100]!r}; it may have been deleted.")
    return read_dataset(path)


def list_datasets(folder: Path | None = None) -> tuple[list[Dataset], list[str]]:
    """Return MNIST, then the data sets in `folder`, newest first; and a sentence for each damaged.

    `folder` is `datasets_path()` by default.
    """
    found, problems = [], []
    folder = folder or datasets_path()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and is_dataset_id(path.name) and path.name != MNIST.id:
            try:
                found.append(read_dataset(path))
            except DataError as error:
                problems.append(str(error))
    return [MNIST, *sorted(found, key=lambda each: each.created, reverse=True)], sorted(problems)


def rename_dataset(dataset: Dataset, name: str) -> Dataset:
    """Name `dataset`; returns it as stored. Its id stays the same.

    Raises DataError if the name is invalid, if it is MNIST, or on a disk error.
    """
    renamed = replace(dataset, name=checked_name(name, DataError))
    _check_own(dataset, "renamed")
    try:
        write_json(dataset.path / DESCRIPTION_FILE, describe(renamed))
    except OSError as error:
        raise _failure(dataset, "renamed", error) from None
    return renamed


def delete_dataset(dataset: Dataset) -> Path:
    """Move the folder of `dataset` into the trash; returns its new path for `restore_dataset`.

    What was deleted more than KEPT_DAYS ago is removed. Raises DataError if it is MNIST, or on a
    disk error.
    """
    _check_own(dataset, "deleted")
    trash = dataset.path.parent / TRASH
    try:
        trash.mkdir(exist_ok=True)
        deleted = dataset.path.rename(trash / f"{deletion_time(dataset.path):{STAMP}}_{dataset.id}")
    except OSError as error:
        raise _failure(dataset, "deleted", error) from None
    oldest = f"{datetime.now(UTC) - timedelta(days=KEPT_DAYS):{STAMP}}"
    for path in trash.glob("[0-9]*T[0-9]*_*"):
        if path.name < oldest:  # stamps sort by time
            shutil.rmtree(path, ignore_errors=True)
    return deleted


def restore_dataset(deleted: Path) -> Dataset:
    """Undo `delete_dataset`, which returned `deleted`. Raises DataError if that is impossible."""
    path = deleted.parent.parent / deleted.name.partition("_")[2]
    try:
        if path.exists():
            raise DataError(
                f"Data set {path.name} cannot be restored: there is another of that id."
            )
        deleted.rename(path)
    except OSError as error:
        reason = disk_reason(error)
        raise DataError(f"Data set {path.name} cannot be restored: {reason}") from None
    return read_dataset(path)


def _check_own(dataset: Dataset, change: str) -> None:
    if dataset.ships:
        raise DataError(f"{dataset.name} ships with this app and cannot be {change}.")


def _failure(dataset: Dataset, change: str, error: OSError) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"There is no data set {dataset.id!r}; it may have been deleted.")
    return DataError(f'Data set "{dataset.name}" cannot be {change}: {disk_reason(error)}')
