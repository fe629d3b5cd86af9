"""Reads and writes description.json, which may be damaged or edited by hand."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cnn.data.mnist import DataError
from cnn.datasets.class_names import check_class_names
from cnn.datasets.dataset import DESCRIPTION_FILE, Dataset
from cnn.naming import MAX_NAME_LENGTH, clean_name


def describe(dataset: Dataset) -> dict[str, Any]:
    """Return the content of description.json."""
    return {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "counts": {
            "training": dataset.training_count,
            "held_out": dataset.held_out,
            "test": dataset.test_count,
        },
        "source": dataset.source,
        "checksum": dataset.checksum,
        "created": dataset.created.isoformat() if dataset.created else None,
    }


def read_dataset(path: Path) -> Dataset:
    """Read the description of the data set in the folder `path`. Raises DataError."""
    damaged = f"Data set {path.name}: {DESCRIPTION_FILE} is damaged"
    try:
        values = json.loads((path / DESCRIPTION_FILE).read_bytes())
        counts = [int(values["counts"][part]) for part in ("training", "held_out", "test")]
        created = datetime.fromisoformat(values["created"])
        dataset = Dataset(
            path.name, clean_name(str(values["name"]))[:MAX_NAME_LENGTH] or path.name,
            check_class_names(list(map(str, values["classes"]))), *counts,
            clean_name(str(values["source"])), str(values["checksum"]),
            created if created.tzinfo else created.replace(tzinfo=UTC), path,
        )  # fmt: skip
    except FileNotFoundError:
        raise DataError(f"Data set {path.name}: {DESCRIPTION_FILE} is missing.") from None
    except DataError as error:
        raise DataError(f"{damaged}. {error}") from None
    except (
        AttributeError,
        KeyError,
        OSError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        raise DataError(f"{damaged}.") from None
    if not (0 < dataset.held_out < dataset.training_count and dataset.test_count > 0):
        raise DataError(f"{damaged}: its counts cannot be right.")
    if not re.fullmatch(r"[0-9a-f]{64}", dataset.checksum):
        raise DataError(f"{damaged}: its checksum is not valid.")
    return dataset
