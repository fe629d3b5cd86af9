"""Reads the files of a run's folder, which may be half-written, damaged, or edited by hand."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np


class RunError(RuntimeError):
    """A run is missing or damaged; the message says which and what is wrong with it."""


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; RunError where it is missing, damaged, or something else."""
    name = f"Run {path.parent.name}: {path.name}"
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"{name} is missing.") from None
    except (OSError, RecursionError, ValueError):
        raise RunError(f"{name} is damaged.") from None
    if not isinstance(values, dict):
        raise RunError(f"{name} is damaged: it is no JSON object.")
    return values


def read_columns(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The CSV's columns, called `names`, float64 of one length; empty where there is no file yet.

    Raises RunError where it is damaged.
    """
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return _parse_columns(path, names, size, modified_s(path))


@lru_cache(maxsize=64)  # several parts of a page, and several visitors, read the same
def _parse_columns(
    path: Path, names: tuple[str, ...], size: int, modified_s: float
) -> dict[str, np.ndarray]:
    """The CSV's columns up to the last whole line: the writer may be in the middle of one."""
    try:
        text = path.read_text() if size else ""
    except (OSError, ValueError):
        raise RunError(f"Run {path.parent.name}: {path.name} is damaged.") from None
    lines = text[: text.rfind("\n") + 1].splitlines()[1:]
    if not lines:
        return {name: np.empty(0) for name in names}
    try:
        table = np.loadtxt(lines, delimiter=",", ndmin=2).reshape(len(lines), len(names))
    except ValueError:
        raise RunError(f"Run {path.parent.name}: {path.name} is damaged.") from None
    table.flags.writeable = False
    return dict(zip(names, table.T, strict=True))


def modified_s(path: Path) -> float:
    """When `path` was last written, in seconds since 1970; 0 where it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
