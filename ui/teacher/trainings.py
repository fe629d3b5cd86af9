"""All trainings, and what was deleted: the teacher can end each."""

import shutil
from pathlib import Path

import streamlit as st

from cnn.datasets.catalog import datasets_path
from cnn.jobs.queue import active_runs, stop_training
from cnn.jobs.trash import TRASH
from cnn.jobs.visitor_limits import folder_bytes
from cnn.runs.run import runs_path
from ui.loading.errors import show_errors_inline
from ui.state.teacher import is_teacher
from ui.widgets.links import show_page_link
from ui.widgets.live import LIST_S, live_fragment
from ui.widgets.trainings import rerun_if_changed, show_training, training_by_id

LIST_HEIGHT = 330  # pixels: four trainings


def show_trainings() -> None:
    """Show everything that trains or waits, in the order of the queue, with the buttons to stop."""
    st.header("Trainings", anchor="trainings")
    active = active_runs()
    live_fragment(rerun_if_changed, LIST_S)(training_by_id(active))
    if not active:
        st.caption("Nothing is being trained, and nothing waits.")
        return
    high = LIST_HEIGHT if len(active) > 4 else "content"
    with st.container(border=True, gap="small", height=high, key="trainings"):
        for run in active:
            show_training(run)
    if len(active) > 1:
        with st.popover(f"Stop all {len(active)}", icon=":material/stop_circle:"):
            st.markdown("Complete epochs are kept; each run can be resumed later.")
            st.button("Stop all of them", key="stop_all", on_click=_stop_all, type="primary")


def _stop_all() -> None:
    with show_errors_inline():
        if is_teacher():
            for run in reversed(active_runs()):  # the queued ones first: none of them starts
                stop_training(run)


def show_deletion() -> None:
    """Show where runs and data sets are deleted, and what was deleted but can be restored."""
    st.header("Runs and data sets", anchor="kept")
    st.markdown("As the teacher, you can rename and delete those of all visitors:")
    with st.container(horizontal=True):
        show_page_link("compare", "Runs, on Compare")
        show_page_link("data", "Data sets, on Data")
    found = _deleted()
    if not found:
        st.caption("The trash is empty.")
        return
    size = sum(map(folder_bytes, found)) / 1e6
    runs = "1 deleted folder" if len(found) == 1 else f"{len(found)} deleted folders"
    st.caption(f"In the trash: {runs}, {size:,.0f} MB, which are kept for 30 days.")
    with st.popover("Empty the trash", icon=":material/delete_forever:"):
        st.markdown("Runs and data sets in the trash cannot be restored afterwards.")
        st.button("Delete them for good", key="empty_trash", on_click=_empty, type="primary")


def _deleted() -> list[Path]:
    folders = (runs_path() / TRASH, datasets_path() / TRASH)
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


def _empty() -> None:
    if is_teacher():
        for path in _deleted():
            shutil.rmtree(path, ignore_errors=True)
