"""Writes files in one step, and explains disk errors."""

import errno
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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
