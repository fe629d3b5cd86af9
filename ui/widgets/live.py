"""Parts of a page that are updated periodically."""

import time
from collections.abc import Callable

import streamlit as st

PROGRESS_S = 0.49  # for progress by batch; shorter intervals would slow the training down
CURVES_S = 0.99  # for a training's own page: each look takes the processor from the training
PARTIAL_RESULT_S = 0.7  # for results that cost the server more than a progress bar
LIST_S = 2.0  # for lists of runs, and curves with one point per epoch


def live_fragment(show: Callable, every_s: float, active: bool = True) -> Callable:
    """`show` as a fragment that reruns every `every_s` seconds while `active`."""
    return st.fragment(show, run_every=every_s if active else None)


class Throttle:
    """Calls `action` at most once every `seconds` seconds."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds, self._action, self._last_s = seconds, action, time.monotonic()

    def __call__(self) -> None:
        """Call the action if the interval has passed."""
        if time.monotonic() - self._last_s >= self._seconds:
            self._last_s = time.monotonic()
            self._action()
