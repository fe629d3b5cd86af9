"""Drawings that are not a data set yet: kept on disk for each visitor, so that none is lost.

datasets/.drafts/<visitor>.json    classes, labels, and the pictures, compressed, as base64
"""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import DataError
from cnn.datasets.bounds import MAX_CLASSES
from cnn.datasets.catalog import datasets_path
from cnn.datasets.class_names import shown_class_name
from cnn.datasets.drawings import MAX_DRAWINGS, Drawings
from cnn.disk import disk_reason, write_json
from cnn.ownership import checked_visitor

MAX_PICTURE_BYTES = MAX_CLASSES * MAX_DRAWINGS * IMAGE_SHAPE[0] * IMAGE_SHAPE[1]


def draft_path(visitor: str) -> Path:
    """Return the file of `visitor`, a hexadecimal id. Raises DataError if the id is invalid."""
    return datasets_path() / ".drafts" / f"{checked_visitor(visitor, DataError)}.json"


def write_draft(visitor: str, drawings: Drawings) -> None:
    """Keep `drawings` for `visitor`, instead of those before. Raises DataError on a disk error."""
    write_drawings(draft_path(visitor), drawings)


def write_drawings(path: Path, drawings: Drawings) -> None:
    """Write `drawings` to the file `path`. Raises DataError on a disk error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, as_values(drawings))
    except OSError as error:
        raise DataError(f"The drawings cannot be stored: {disk_reason(error)}") from None


def as_values(drawings: Drawings) -> dict[str, Any]:
    """Return `drawings` as values for JSON: classes, labels, and images as text."""
    pictures = zlib.compress(np.ascontiguousarray(drawings.images, np.uint8).tobytes())
    return {
        "classes": list(drawings.classes),
        "labels": drawings.labels.tolist(),
        "images": base64.b64encode(pictures).decode(),
    }


def from_json(content: bytes) -> Drawings | None:
    """Return the drawings of a file with the values of `as_values`; None if it is damaged."""
    try:
        values = json.loads(content)
        classes = tuple(shown_class_name(str(each)) for each in values["classes"])
        labels = np.array([int(each) for each in values["labels"]], np.uint8)
        packed = base64.b64decode(values["images"], validate=True)
        pixels = zlib.decompressobj().decompress(packed, MAX_PICTURE_BYTES + 1)
        images = np.frombuffer(pixels, np.uint8).reshape(len(labels), *IMAGE_SHAPE)
    except Exception:  # of many types
        return None
    drawings = Drawings(classes, images, labels)
    if len(classes) > MAX_CLASSES or (len(labels) and labels.max() >= len(classes)):
        return None
    return drawings if max(drawings.counts, default=0) <= MAX_DRAWINGS else None


def read_draft(visitor: str) -> Drawings:
    """Return the drawings of `visitor`, empty if there are none. Raises DataError if damaged."""
    try:
        drawings = from_json(draft_path(visitor).read_bytes())
    except FileNotFoundError:
        return Drawings()
    except OSError:
        drawings = None
    if drawings is None:
        raise DataError("The drawings that were kept are damaged; draw them again.")
    return drawings


def delete_draft(visitor: str) -> None:
    """Delete the drawings of `visitor`, if there are any. Raises DataError on a disk error."""
    try:
        draft_path(visitor).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"The drawings cannot be deleted: {disk_reason(error)}") from None
