"""How a run ended: its result, and the ways to go on with it."""

import streamlit as st

from cnn.constants import TEST_IMAGES
from cnn.jobs.queue import JobError
from cnn.jobs.resuming import can_resume, more_epochs_for, resume_training
from cnn.rendering.text import duration_text, percent
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.run import Run, RunState
from ui.loading.errors import show_error
from ui.state.selection import watch
from ui.state.session import STARTED
from ui.widgets.links import link_to_network

MORE_EPOCHS = 5
ENDS = {
    "finished": "Training finished",
    "stopped": "Training stopped",
    "failed": "Training failed",
    "interrupted": "Training was interrupted",
}


def show_end(run: Run, state: RunState) -> None:
    """How `run` ended, the buttons that go on with it, and its result."""
    words = ENDS.get(state.status, "Training goes on")
    if state.status == "stopped" and not run.saved_epochs():
        words = "Training was stopped before its first step"
    if state.message:
        show_error(f"{words}. {state.message}")
    else:
        took = f" after {duration_text(state.elapsed_s)}" if state.elapsed_s else ""
        st.markdown(f"{words}{took}.")
    _offer_more(run)
    if state.test_accuracy is not None:
        _show_result(run, state)


def _offer_more(run: Run) -> None:
    """The buttons that go on with `run`, where they apply."""
    done, more = last_complete_epoch(run), more_epochs_for(run, MORE_EPOCHS)
    asked = None
    with st.container(horizontal=True):
        if can_resume(run):
            to_end = f"Goes on after epoch {done}, the last whole one, up to {run.config.epochs}."
            if st.button("Resume", help=to_end if done else "Starts again: no epoch is whole."):
                asked = 0
        if more and run.state().status in ("finished", "stopped"):
            words = "1 more epoch" if more == 1 else f"{more} more epochs"
            if st.button(f"Train {words}", help=f"Goes on after epoch {done}, to {done + more}."):
                asked = more
    if asked is not None:
        try:
            resume_training(run, asked)
        except JobError as error:
            show_error(str(error))
        else:
            STARTED.set(run.id)
            watch(run)
            st.rerun()


def _show_result(run: Run, state: RunState) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.metric("Test accuracy", percent(state.test_accuracy, 2), width=180)
        st.metric("Test loss", f"{state.test_loss:.4f}", width=180)
    wrong = round((1 - state.test_accuracy) * TEST_IMAGES)
    st.caption(
        f"After epoch {last_complete_epoch(run)}, on the {TEST_IMAGES:,} test digits, from none of "
        f"which the network learned: {wrong:,} of them were read wrong."
    )
    with st.container(horizontal=True):
        link_to_network(run, "Look inside this network")
