"""Reads the files of a run's folder, which may be half-written, damaged, or edited by hand."""

import errno
import json
import os
import threading
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

NAME_FILE = "name.txt"
LONGEST_NAME = 80  # characters
UNPRINTABLE_CATEGORIES = ("Cc", "Cs", "Co", "Cn")  # Unicode's categories of what nobody can read
BIDI_CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff"


class RunError(RuntimeError):
    """A run is missing or damaged; the message says which and what is wrong with it."""


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says that the disk has no room; TensorFlow has errors of its own for it."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in full or os.strerror(errno.ENOSPC) in str(error)


def disk_reason(error: OSError) -> str:
    """Why the disk refused, as the end of a sentence, and what to do where it is full."""
    if is_disk_full(error):
        return "the disk is full. Free some space, then try again."
    return f"{error.strerror or error}."


def replace_file(path: Path, content: bytes) -> None:
    """Write in one step: a reader sees the old file or the new one, never a part.

    Raises OSError, as on a full disk; then the old file is still there, and nothing beside it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a machine that loses power may keep the name alone
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write `values` as a JSON object, as `replace_file` does."""
    replace_file(path, json.dumps(values, indent=1).encode() + b"\n")


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


def tidy_name(text: str) -> str:
    """`text` as a name on one line: no control characters, none that turn the direction of writing.

    Empty where nothing is left that can be seen.
    """
    text = "".join(" " if each in "\n\r\t\u2028\u2029" else each for each in text)
    kept = (
        c
        for c in text
        if unicodedata.category(c) not in UNPRINTABLE_CATEGORIES and c not in BIDI_CONTROLS
    )
    name = " ".join("".join(kept).split())
    return name if any(unicodedata.category(each)[0] not in "ZCM" for each in name) else ""


def read_name(path: Path) -> str:
    """The name that the run in the folder `path` was given by hand; empty where there is none."""
    try:
        with (path / NAME_FILE).open(encoding="utf-8", errors="replace") as file:
            name = tidy_name(file.read(10 * LONGEST_NAME))
    except OSError:
        return ""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
