"""Reads and writes the files of a run, which may be incomplete, damaged, or edited by hand."""

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
MAX_NAME_LENGTH = 80  # characters
UNPRINTABLE_CATEGORIES = ("Cc", "Cs", "Co", "Cn")  # Unicode's
BIDI_CONTROLS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff"


class RunError(RuntimeError):
    """A run is missing or damaged; the message is a sentence that says which and how."""


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` means a full disk; TensorFlow has its own exceptions for it."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in full or os.strerror(errno.ENOSPC) in str(error)


def disk_reason(error: OSError) -> str:
    """Return the reason for `error` as the end of a sentence, with advice if the disk is full."""
    if is_disk_full(error):
        return "the disk is full. Free some space, then try again."
    return f"{error.strerror or error}."


def replace_file(path: Path, content: bytes, lasting: bool = True) -> None:
    """Write in one step: a reader sees the old file or the new one, never a part.

    Unless it is `lasting`, a power failure may lose it, and writing is faster. Raises OSError, for
    example on a full disk; the old file is then unchanged.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())  # else a power failure may leave an empty file
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write `values` as a JSON object, like `replace_file`."""
    replace_file(path, json.dumps(values, indent=1).encode() + b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises RunError if it is missing, damaged, or not an object."""
    name = f"Run {path.parent.name}: {path.name}"
    try:
        values = json.loads(path.read_bytes())
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


def clean_name(text: str) -> str:
    """Return `text` on one line, without control and bidirectional formatting characters.

    Empty if no visible character is left.
    """
    text = "".join(" " if each in "\n\r\t\u2028\u2029" else each for each in text)
    kept = (
        each
        for each in text
        if unicodedata.category(each) not in UNPRINTABLE_CATEGORIES and each not in BIDI_CONTROLS
    )
    name = " ".join("".join(kept).split())
    return name if any(unicodedata.category(each)[0] not in "ZCM" for each in name) else ""


def read_name(path: Path) -> str:
    """Return the name given to the run in the folder `path`; empty if there is none."""
    try:
        with (path / NAME_FILE).open(encoding="utf-8", errors="replace") as file:
            name = clean_name(file.read(10 * MAX_NAME_LENGTH))
    except OSError:
        return ""
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
