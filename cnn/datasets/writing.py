"""Writes a data set into a folder of its own (see `dataset`)."""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cnn.data.mnist import DataError, Digits
from cnn.datasets.catalog import datasets_path
from cnn.datasets.class_names import check_class_names
from cnn.datasets.dataset import (
    DESCRIPTION_FILE,
    DRAWN_KEYS,
    KEYS,
    Dataset,
    Splits,
    arrays_name,
    checksum,
)
from cnn.datasets.description import describe, read_dataset
from cnn.disk import disk_reason, write_json
from cnn.naming import checked_name
from cnn.ownership import NOBODY, write_owner


def create_dataset(
    name: str,
    classes: Sequence[str],
    splits: Splits,
    held_out: int,
    source: str,
    drawn: Digits | None = None,
    folder: Path | None = None,
    owner: str = NOBODY,
) -> Dataset:
    """Write a new data set of `owner`; `drawn` are the drawings it is made of, if it is drawn here.

    Raises DataError if a name is invalid or on a disk error; nothing is left of it then.
    """
    name, classes = checked_name(name, DataError), check_class_names(classes)
    created = datetime.now(UTC)
    folder, dataset_id = folder or datasets_path(), _new_id(name)
    # Written under a hidden name first, so that no page lists an incomplete data set.
    draft = folder / f".{dataset_id}"
    try:
        draft.mkdir(parents=True)
        digest = _write_arrays(draft, splits, drawn)
        dataset = Dataset(
            dataset_id, name, classes, len(splits.training.labels), held_out,
            len(splits.test.labels), source, digest, created, folder / dataset_id,
        )  # fmt: skip
        write_json(draft / DESCRIPTION_FILE, describe(dataset))
        write_owner(draft, owner)
        draft.rename(dataset.path)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        reason = disk_reason(error)
        raise DataError(f'The data set "{name}" cannot be stored: {reason}') from None
    return dataset


def change_dataset(
    dataset: Dataset, classes: Sequence[str], splits: Splits, held_out: int, drawn: Digits
) -> Dataset:
    """Replace classes and pictures of `dataset`, which was drawn here; its id and name stay.

    Raises DataError on a disk error; the data set is then as it was.
    """
    try:
        digest = _write_arrays(dataset.path, splits, drawn)
        changed = replace(
            read_dataset(dataset.path),  # another tab may have renamed it
            classes=check_class_names(classes),
            training_count=len(splits.training.labels),
            held_out=held_out,
            test_count=len(splits.test.labels),
            checksum=digest,
        )
        write_json(dataset.path / DESCRIPTION_FILE, describe(changed))
    except OSError as error:
        reason = disk_reason(error)
        raise DataError(f'The data set "{dataset.name}" cannot be changed: {reason}') from None
    for path in dataset.path.glob("images-*.npz"):
        if path.name != arrays_name(digest):
            path.unlink(missing_ok=True)
    return changed


def _new_id(name: str) -> str:
    """Return an id made of the Latin letters and digits of `name`, and of eight random ones.

    With fewer, a class that chooses one name would soon have two of one id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "data"
    return f"{words}-{secrets.token_hex(4)}"


def _write_arrays(folder: Path, splits: Splits, drawn: Digits | None) -> str:
    """Write the file of the arrays; returns their checksum."""
    values = (*splits.training, *splits.test, *(drawn or ()))
    keys = KEYS + DRAWN_KEYS if drawn else KEYS
    arrays = {
        key: np.ascontiguousarray(each, np.uint8) for key, each in zip(keys, values, strict=True)
    }
    digest = checksum(arrays)
    draft = folder / f".images.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with draft.open("wb") as file:
            np.savez(file, **arrays)  # not compressed: each training reads it
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / arrays_name(digest))
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return digest
