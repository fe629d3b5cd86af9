"""Waits for other threads and processes."""

import time
from collections.abc import Callable

PATIENCE_S = 120  # long enough for a busy machine; only a failure takes as long


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition()` is true. Raises AssertionError if that takes PATIENCE_S."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "timeout"
        time.sleep(0.02)
