"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable

PATIENCE_S = 120  # for a machine that is busy; it is not waited for in vain


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition()` is true. Raises AssertionError if that takes PATIENCE_S."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.02)
