"""Whose a run or a data set is: `owner.txt` in its folder.

An owner is a hash of what identifies a visitor (`ui.state.visitor`), so that whoever can read a
folder cannot act as its owner. Without the file, as from the command line, it has no owner.
"""

import hashlib
import re
from pathlib import Path

from cnn.disk import replace_file

OWNER_FILE = "owner.txt"
NOBODY = ""


def owner_name(visitor: str) -> str:
    """Return the owner that `visitor` is: 32 hexadecimal digits that do not reveal it."""
    return hashlib.sha256(f"owner {visitor}".encode()).hexdigest()[:32]


def checked_visitor(visitor: str, error: type[Exception]) -> str:
    """Return `visitor`, a hexadecimal name, which may be that of a file. Raises `error` if not."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", visitor):
        raise error("There is no such visitor.")
    return visitor


def read_owner(path: Path) -> str:
    """Return the owner of the run or data set in the folder `path`, or NOBODY."""
    try:
        return (path / OWNER_FILE).read_text(encoding="utf-8")[:32].strip()
    except (OSError, ValueError):
        return NOBODY


def write_owner(path: Path, owner: str) -> None:
    """Make `owner` that of the folder `path`, unless it is NOBODY. Raises OSError."""
    if owner != NOBODY:
        replace_file(path / OWNER_FILE, f"{owner}\n".encode())
