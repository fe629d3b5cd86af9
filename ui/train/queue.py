"""The training queue: the runs that are being trained or queued, each with a Stop button."""

from contextlib import suppress

import streamlit as st

from cnn.jobs.executor import current_executor
from cnn.jobs.queue import active_runs
from cnn.rendering.text import percent
from cnn.runs.pausing import paused_after
from cnn.runs.run import PRETRAINED_PATH, Run, RunError, list_runs, open_run, read_run, runs_path
from ui.loading.errors import as_text, show_errors_inline
from ui.state.selection import choose, chosen_run, watch
from ui.state.session import RUN, WATCHED
from ui.train.controls import show_stop
from ui.widgets.live import LIST_S, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue


def run_to_show(active: list[Run]) -> Run:
    """Return the run that this visitor started or chose, else an active one, else the newest."""
    with suppress(RunError):  # deleted meanwhile
        if watched := WATCHED.get():
            return open_run(watched)
    newest = next(iter(list_runs()[0]), None)
    return chosen_run() or next(iter(active), None) or newest or read_run(PRETRAINED_PATH)


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

    If `shown` is not active, the page is rerun when the active runs change; otherwise `watch_run`
    does so.
    """
    ids = [run.id for run in active]
    with st.container(key="queue"):  # always there, so that what follows keeps its place
        if active and ids != [shown.id]:
            st.markdown("**Training queue**")
            with st.container(border=True, gap="small"):
                for run in active:
                    _show_row(run, shown)
        if active and shown.id not in ids:
            live_fragment(rerun_if_changed, LIST_S)(training_by_id(active))


def _show_row(run: Run, shown: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{as_text(run.title)}**")
            live_fragment(_show_status, LIST_S, run.state().status != "queued")(run)
        if run.id != shown.id:
            st.button("Show", key=f"show_{run.id}", on_click=_show, args=(run,))
        show_stop(run, key=f"stop_{run.id}")


def _show(run: Run) -> None:
    """Show `run`, and choose its network if there is one already."""
    if run.saved_epochs():
        choose(RUN, run.id)
    watch(run)


def _show_status(run: Run) -> None:
    with show_errors_inline():
        state = run.state()
        share, text = progress_status(run, state)
        if state.status == "running" and share:  # short, so that a phone needs one line
            paused = paused_after(run) is not None
            text = f"{'Paused' if paused else 'Training'}: {percent(share, 0)}"
        st.caption(text if state.active else "Ended")


def training_by_id(active: list[Run]) -> dict[str, bool]:
    """Whether each of the `active` runs is being trained (rather than queued), by its id."""
    return {run.id: run.state().training for run in active}


def rerun_if_changed(listed: dict[str, bool]) -> None:
    """Rerun the page if `training_by_id` of the active runs is no longer what was `listed`."""
    with show_errors_inline():
        tend_queue()
        if listed != training_by_id(active_runs()):
            st.rerun()
