"""The training queue: the runs that are being trained or queued, each with a Stop button."""

from contextlib import suppress

import streamlit as st

from cnn.jobs.executor import current_executor
from cnn.runs.run import PRETRAINED_PATH, Run, RunError, list_runs, open_run, read_run, runs_path
from ui.loading.errors import show_errors_inline
from ui.state.permission import is_mine
from ui.state.selection import choose, chosen_run, watch
from ui.state.session import RUN, WATCHED
from ui.widgets.live import LIST_S, live_fragment
from ui.widgets.trainings import rerun_if_changed, show_training, training_by_id

MOST_ROWS = 5  # more would move the curves out of sight


def run_to_show(active: list[Run]) -> Run:
    """Return the run that this visitor started or chose, else an active one, else the newest.

    Of the active ones, and then of all, the visitor's own come first.
    """
    with suppress(RunError):  # deleted meanwhile
        if watched := WATCHED.get():
            return open_run(watched)
    if chosen := chosen_run():
        return chosen
    for runs in (active, list_runs()[0]):
        if runs:
            return next((run for run in runs if is_mine(run.path)), runs[0])
    return read_run(PRETRAINED_PATH)


def queue_note(active: list[Run]) -> str:
    """Return a note that a new run will be queued; empty if it can start at once."""
    training = sum(run.state().training for run in active)
    with show_errors_inline():
        if training >= current_executor().slots(runs_path()):
            return (
                f"Training: {training}, queued: {len(active) - training}. A new run will be queued."
            )
    return ""


def show_queue(active: list[Run], shown: Run) -> None:
    """List the `active` runs unless the run `shown` below is the only one.

    Of many, only MOST_ROWS, the visitor's own before others. If `shown` is not active, the page is
    rerun when the active runs change; otherwise `watch_run` does so.
    """
    ids = [run.id for run in active]
    with st.container(key="queue"):  # always there, so that what follows keeps its place
        if active and ids != [shown.id]:
            st.markdown("**Training queue**")
            listed = sorted(active, key=lambda run: not is_mine(run.path))[:MOST_ROWS]
            with st.container(border=True, gap="small"):
                for run in filter(listed.__contains__, active):
                    show_training(run, None if run.id == shown.id else _show)
                if more := len(active) - len(listed):
                    st.caption(f"and {more} more {'run' if more == 1 else 'runs'}")
        if active and shown.id not in ids:
            live_fragment(rerun_if_changed, LIST_S)(training_by_id(active))


def _show(run: Run) -> None:
    """Show `run`, and choose its network if there is one already."""
    if run.saved_epochs():
        choose(RUN, run.id)
    watch(run)
