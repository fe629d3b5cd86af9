"""Writes files in one step, and explains disk errors."""

import errno
import json
import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LATEST_S = 2.5e11  # in the year 9892; a file may have any time


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


def deletion_time(path: Path) -> datetime:
    """Return the time, in UTC, for what is kept of the folder `path` for some days.

    It is now, or when the folder was last changed if the clock has been set back since: else what
    was just deleted would be the oldest once the clock is right.
    """
    changed_s = max((each.stat().st_mtime for each in (path, *path.iterdir())), default=0)
    return datetime.fromtimestamp(min(max(time.time(), changed_s), LATEST_S), UTC)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write `values` as a JSON object, like `replace_file`."""
    replace_file(path, json.dumps(values, indent=1).encode() + b"\n")
