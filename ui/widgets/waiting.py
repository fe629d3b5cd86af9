"""What takes seconds: computed in steps with a bar, and kept for whoever asks again."""

import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import streamlit as st

from cnn.rendering.text import duration_text
from ui.state.session import ASKED
from ui.widgets.display import show_empty_picture
from ui.widgets.live import PROGRESS_S


def run_button(label: str, key: str, done: bool) -> bool:
    """Show a button, and return whether it was pressed; it rests from then on, and when `done`.

    It is never taken away: Streamlit leaves what is gone standing, faded, until the run ends, and
    what is below it would jump.
    """
    asked = ASKED.of(key).pop() and not done
    st.button(label, key=key, on_click=ASKED.of(key).set, args=(True,), disabled=asked or done)
    return asked


def with_time_left(words: str, steps: Sequence) -> Iterator:
    """Each of `steps`, with a bar that says how far they are and how long it takes yet.

    Each time the bar is moved Streamlit may end this run for a newer one: a visitor who clicks
    elsewhere meanwhile is not kept.
    """
    bar, began_s = st.progress(0.0, words), time.monotonic()
    for done, step in enumerate(steps):
        left_s = (time.monotonic() - began_s) / done * (len(steps) - done) if done else None
        left = f" · {duration_text(max(left_s, 1))} left" if left_s is not None else ""
        bar.progress(done / len(steps), f"{words}: {done} of {len(steps)} done{left}")
        yield step
    bar.empty()


class ResultCache:
    """The last `most` results, shared by all visitors; nobody waits for another's."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: dict[Hashable, Any] = {}

    def get(self, key: Hashable) -> Any:
        """The result for `key`, or None."""
        return self._results.get(key)

    def keep(self, key: Hashable, result: Any) -> Any:
        """Keep and return `result`; the oldest goes where there are too many."""
        self._results[key] = result
        # A copy: another visitor's thread may add one meanwhile.
        for oldest in list(self._results)[: -self._most]:
            self._results.pop(oldest, None)
        return result


@st.fragment(run_every=PROGRESS_S)
def show_reading(atlas, words: str, height: int, width: int = 640) -> None:
    """How far the reading of the test digits is, and the place of what will be there after it."""
    if atlas.progress == 1:
        st.rerun()
    st.progress(atlas.progress, f"Reading the {len(atlas.digits.labels):,} test digits, once")
    show_empty_picture(width, words, height)
