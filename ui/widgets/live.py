"""Parts of a page that are run again by themselves while something goes on."""

import time
from collections.abc import Callable

import streamlit as st

PROGRESS_S = 0.49  # what moves with every batch; more often would slow the training down
PARTIAL_RESULT_S = 0.7  # what costs the server more than a bar
LIST_S = 2.0  # which runs there are, and curves with a point an epoch


def live_fragment(show: Callable, every_s: float, active: bool = True) -> Callable:
    """`show` as a fragment that is run again every `every_s` seconds while `active`."""
    return st.fragment(show, run_every=every_s if active else None)


class Throttle:
    """Does something, but at most once in so many seconds."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds, self._action, self._last_s = seconds, action, time.monotonic()

    def __call__(self) -> None:
        """Do it if it is time."""
        if time.monotonic() - self._last_s >= self._seconds:
            self._last_s = time.monotonic()
            self._action()
