"""Computations that take seconds: buttons, progress bars and a cache of results."""

import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import streamlit as st

from cnn.dataset_facts import MNIST_FACTS
from cnn.rendering.text import duration_text
from ui.state.session import ASKED
from ui.widgets.display import show_empty_picture
from ui.widgets.live import PROGRESS_S


def run_button(label: str, key: str, done: bool) -> bool:
    """Show a button and return whether it was clicked; it is disabled for that run, and if `done`.

    It is always there: Streamlit shows removed elements, faded, until the end of the run, and the
    elements below would move.
    """
    clicked = ASKED.of(key).pop() and not done
    st.button(label, key=key, on_click=ASKED.of(key).set, args=(True,), disabled=clicked or done)
    return clicked


def with_time_left(text: str, steps: Sequence) -> Iterator:
    """Yield each of `steps`, with a progress bar that shows the time left.

    At each update Streamlit may stop this run for a newer one: a click elsewhere need not wait.
    """
    bar, started_s = st.progress(0.0, text), time.monotonic()
    for done, step in enumerate(steps):
        left_s = (time.monotonic() - started_s) / done * (len(steps) - done) if done else None
        left = f" · {duration_text(max(left_s, 1))} left" if left_s is not None else ""
        bar.progress(done / len(steps), f"{text}: {done} of {len(steps)} done{left}")
        yield step
    bar.empty()


class ResultCache:
    """The last `size` results, shared by all visitors, without locks."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: dict[Hashable, Any] = {}

    def get(self, key: Hashable) -> Any:
        """The result for `key`, or None."""
        return self._results.get(key)

    def keep(self, key: Hashable, result: Any) -> Any:
        """Store and return `result`; the oldest is removed if there are more than `size`."""
        self._results[key] = result
        # A copy: the thread of another visitor may add one.
        for oldest in list(self._results)[: -self._size]:
            self._results.pop(oldest, None)
        return result


@st.fragment(run_every=PROGRESS_S)
def show_activations_progress(
    activations, text: str, height: int, width: int = 640, nouns: str = MNIST_FACTS.nouns
) -> None:
    """Show the progress of the activations of the test digits, and a placeholder with `text`."""
    share, count = activations.progress, len(activations.digits.labels)
    if share == 1:
        st.rerun()
    st.progress(share, f"Computing the predictions for {count:,} test {nouns}, once")
    show_empty_picture(width, text, height)
