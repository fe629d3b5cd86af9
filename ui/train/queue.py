"""What is being trained and what waits for it: a list with a Stop for each."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import streamlit as st

from cnn.jobs.queue import JobError, active_runs, max_parallel_runs
from cnn.rendering.text import percent
from cnn.runs.run import PRETRAINED_PATH, Run, RunError, list_runs, open_run, read_run
from ui.loading.errors import as_text, show_error, show_errors_inline
from ui.state.selection import chosen_run, watch
from ui.state.session import WATCHED
from ui.train.watch import show_stop
from ui.widgets.live import LIST_S, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue


def run_to_show(active: list[Run]) -> Run:
    """What this visitor started or asked for, else what is trained, else the newest."""
    with suppress(RunError):  # deleted since
        if watched := WATCHED.get():
            return open_run(watched)
    newest = next(iter(list_runs()[0]), None)
    return chosen_run() or next(iter(active), None) or newest or read_run(PRETRAINED_PATH)


def room_note(active: list[Run]) -> str:
    """What to know before another training is started: that it will wait; empty where it won't."""
    trained = sum(run.state().training for run in active)
    try:
        if trained < max_parallel_runs():
            return ""
    except JobError as error:
        show_error(str(error))
        return ""
    waiting = len(active) - trained
    one = "Another network is" if trained == 1 else f"{trained} other networks are"
    rest = f", and {waiting} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    return f"{one} being trained{rest}: what you start now waits for its turn."


def show_queue(active: list[Run], shown: Run) -> Callable[[], None]:
    """All of `active`, where that is more than the run that is `shown` below.

    Returns what has the page run again once others are active: for who follows `shown`, and does
    it here where nobody does.
    """
    listed = [(run.id, run.state().training) for run in active]
    with st.container(key="queue"):  # always there, so that what follows keeps its place
        if active and [run.id for run in active] != [shown.id]:
            st.markdown("##### In training and waiting")
            with st.container(border=True, gap="small"):
                for run in active:
                    _show_row(run, shown)
        if active and shown.id not in {run.id for run in active}:
            live_fragment(_look, LIST_S)(listed)
    return partial(_look, listed)


def _show_row(run: Run, shown: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{as_text(run.title)}**")
            live_fragment(_show_words, LIST_S, run.state().status != "queued")(run)
        if run.id != shown.id:
            st.button("Show", key=f"show_{run.id}", on_click=watch, args=(run,))
        show_stop(run, key=f"stop_{run.id}")


def _show_words(run: Run) -> None:
    with show_errors_inline():
        state = run.state()
        share, words = progress_status(run, state)
        if state.status == "running" and share:  # short, so that a phone needs one line
            words = f"In training, {percent(share, 0)} done"
        st.caption(words if state.active else "Has ended")


def _look(listed: list[tuple[str, bool]]) -> None:
    """Have the page run again where other runs are trained or wait than are `listed`."""
    with show_errors_inline():
        tend_queue()
        if listed != [(run.id, run.state().training) for run in active_runs()]:
            st.rerun()
