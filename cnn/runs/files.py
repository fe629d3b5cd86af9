"""Reads the files of a run, which may be incomplete, damaged, or edited by hand."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cnn.naming import MAX_NAME_LENGTH, clean_name

NAME_FILE = "name.txt"
MAX_JSON_BYTES = 10_000_000  # a page reads the files of all runs
COUNTS = ("epoch", "step")  # columns of whole numbers
MOST = 1e9  # of a count


class RunError(RuntimeError):
    """A run is missing or damaged; the message is a sentence that says which and how."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises RunError if it is missing, damaged, or not an object."""
    name = f"Run {path.parent.name}: {path.name}"
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError("too large")
        values = json.loads(path.read_bytes())
        # Half of a surrogate pair, which JSON may have, cannot be shown.
        json.dumps(values, ensure_ascii=False).encode()
    except FileNotFoundError:
        raise RunError(f"{name} is missing.") from None
    except (OSError, RecursionError, ValueError):
        raise RunError(f"{name} is damaged.") from None
    if not isinstance(values, dict):
        raise RunError(f"{name} is damaged: it is not a JSON object.")
    return values


def read_columns(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read a CSV file's columns `names`, float64, all of one length; 0 if there is no file yet.

    An incomplete last line, which is being written, is left out. Raises RunError if the file is
    damaged.
    """
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return _parse_columns(path, names, size, modified_s(path))


@lru_cache(maxsize=64)  # several parts of a page, and several visitors, read the same file
def _parse_columns(
    path: Path, names: tuple[str, ...], size: int, modified_s: float
) -> dict[str, np.ndarray]:
    try:
        text = path.read_text() if size else ""
        lines = text[: text.rfind("\n") + 1].splitlines()[1:]
        if not lines:
            return {name: np.empty(0) for name in names}
        table = np.loadtxt(lines, delimiter=",", ndmin=2).reshape(len(lines), len(names))
        for name, column in zip(names, table.T, strict=True):
            if name in COUNTS and not ((column >= 0) & (column < MOST) & (column % 1 == 0)).all():
                raise ValueError(f"{name} is not a whole number")
    except (OSError, ValueError):
        raise RunError(f"Run {path.parent.name}: {path.name} is damaged.") from None
    table.flags.writeable = False
    return dict(zip(names, table.T, strict=True))


def modified_s(path: Path) -> float:
    """Return when `path` was last written, in seconds since 1970; 0 if it does not exist."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def read_name(path: Path) -> str:
    """Return the name given to the run in the folder `path`; empty if there is none."""
    try:
        with (path / NAME_FILE).open(encoding="utf-8", errors="replace") as file:
            name = clean_name(file.read(10 * MAX_NAME_LENGTH))
    except OSError:
        return ""
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
