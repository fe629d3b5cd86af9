"""Turns: what may wait is computed for one visitor at a time, and answers come first.

All scripts of a server's pages share one interpreter. If ten compute explanations, an answer that
needs 20 ms gets a tenth of it; if nine of them wait, it gets half.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ui.state.session import APP_RAN

LOOK_S = 0.02
MOST_WAIT_S = 3.0  # then it is computed beside the others: a page must not wait for a slow one
_turn = threading.Lock()


@contextmanager
def in_turn() -> Iterator[None]:
    """Wait until no other visitor's block with this is running, for at most MOST_WAIT_S."""
    until_s = time.monotonic() + MOST_WAIT_S
    while not (is_ours := _turn.acquire(timeout=LOOK_S)) and time.monotonic() < until_s:
        APP_RAN.get()  # where the session's state is read, Streamlit ends this run for a newer one
    try:
        yield
    finally:
        if is_ours:
            _turn.release()
