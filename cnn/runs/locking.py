"""File locks that the end of their process releases: they show whether a process is alive."""

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


def take_lock(path: Path, *, shared: bool = False) -> int | None:
    """Lock the file `path` until this process ends, or until `os.close` of the result.

    Returns the file descriptor, or None if another process holds the lock or the file belongs to
    another user. A `shared` lock excludes only locks that are not shared.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
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


def wait_for_lock(path: Path, timeout_s: float) -> int | None:
    """Retry `take_lock` for up to `timeout_s` seconds while another process holds the lock."""
    deadline_s = time.monotonic() + timeout_s
    while (descriptor := take_lock(path)) is None and time.monotonic() < deadline_s:
        if path.exists() and not os.access(path, os.W_OK):  # another user's file
            break
        time.sleep(0.01)
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of `path`."""
    if not path.exists():
        return False
    descriptor = take_lock(path, shared=True)  # shared, as several may check at once
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
