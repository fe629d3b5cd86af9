"""The runs that are trained or queued, each with a Stop button."""

from collections.abc import Callable, Sequence

import streamlit as st

from cnn.jobs.queue import active_runs, stop_training
from cnn.rendering.text import percent
from cnn.runs.pausing import paused_after
from cnn.runs.run import Run
from ui.loading.errors import as_text, show_errors_inline
from ui.state.permission import OTHERS, check_may_change, is_mine, may_change
from ui.widgets.live import LIST_S, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue


def show_training(run: Run, on_show: Callable[[Run], None] | None = None) -> None:
    """Show the active `run`: its title, progress and buttons; `on_show` is called by *Show*."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            mine = " · yours" if is_mine(run.path) else ""
            st.markdown(f"**{as_text(run.title)}**{mine}")
            live_fragment(_show_status, LIST_S, run.state().status != "queued")(run)
        if on_show:
            st.button("Show", key=f"show_{run.id}", on_click=on_show, args=(run,))
        show_stop(run, key=f"stop_{run.id}")


def _show_status(run: Run) -> None:
    with show_errors_inline():
        state = run.state()
        share, text = progress_status(run, state)
        if state.status == "running" and share:  # short, so that a phone needs one line
            paused = paused_after(run) is not None
            text = f"{'Paused' if paused else 'Training'}: {percent(share, 0)}"
        st.caption(text if state.active else "Ended")


def show_stop(run: Run, key: str, disabled: bool = False) -> None:
    """Show the button that stops `run`, which is active unless it is `disabled`.

    It is disabled for whoever may not change the run. It must not be inside of a live fragment,
    where it would be redrawn, and lose clicks.
    """
    stopping = run.stop_requested and not disabled
    mine = may_change(run.path)
    st.button(
        "Stopping …" if stopping else "Stop",
        key=key,
        on_click=_stop,
        args=(run,),
        disabled=disabled or stopping or not mine,
        help=None if mine else OTHERS,
    )


def _stop(run: Run) -> None:
    with show_errors_inline():
        check_may_change(run.path)
        stop_training(run)


def training_by_id(active: Sequence[Run]) -> dict[str, bool]:
    """Whether each of the `active` runs is being trained (rather than queued), by its id."""
    return {run.id: run.state().training for run in active}


def rerun_if_changed(listed: dict[str, bool]) -> None:
    """Rerun the page if `training_by_id` of the active runs is no longer what was `listed`."""
    with show_errors_inline():
        tend_queue()
        if listed != training_by_id(active_runs()):
            st.rerun()
