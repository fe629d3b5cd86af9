"""A lock that its holder's death releases: how a run knows whether its worker still lives."""

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


def take_lock(path: Path, *, shared: bool = False) -> int | None:
    """Lock the file `path` for as long as this process lives, or until `os.close` of the result.

    Returns its file descriptor, or None where another process or another user holds it. A `shared`
    lock excludes only those that are not shared.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:  # somebody else's: not ours to take
        return None
    try:
        if fcntl:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def wait_for_lock(path: Path, patience_s: float) -> int | None:
    """`take_lock`, tried again for up to `patience_s` seconds while another process holds it."""
    deadline_s = time.monotonic() + patience_s
    while (descriptor := take_lock(path)) is None and time.monotonic() < deadline_s:
        if path.exists() and not os.access(path, os.W_OK):  # another user's: no use in waiting
            break
        time.sleep(0.01)
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock of `path` now."""
    if not path.exists():
        return False
    descriptor = take_lock(path, shared=True)  # two that look must not see each other
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
