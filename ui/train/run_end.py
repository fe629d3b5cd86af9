"""How a run ended, its accuracy, and the buttons that continue it."""

import streamlit as st

from cnn.config import HELD_OUT_DIGITS
from cnn.constants import TEST_IMAGES
from cnn.jobs.resuming import can_resume, more_epochs_for, resume_training
from cnn.rendering.text import duration_text, percent
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.run import Run, RunState
from ui.loading.errors import show_error, show_errors_inline
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
    """Show how `run` ended, the buttons that continue it, and its accuracy and loss."""
    text = ENDS.get(state.status, "Training continues")
    if state.status == "stopped" and not run.saved_epochs():
        text = "Training was stopped before its first step"
    if state.message:
        show_error(f"{text}. {state.message}")
    else:
        duration = f" after {duration_text(state.elapsed_s)}" if state.elapsed_s else ""
        st.markdown(f"{text}{duration}.")
    _show_continue(run, state)
    _show_result(run, state)


def _show_continue(run: Run, state: RunState) -> None:
    done, more = last_complete_epoch(run), more_epochs_for(run, MORE_EPOCHS)
    more_epochs = None
    with st.container(horizontal=True):
        if can_resume(run):
            to_end = f"Continues after epoch {done}, up to epoch {run.config.epochs}."
            restart = "Starts again from the beginning: no epoch is complete."
            if st.button("Resume", help=to_end if done else restart):
                more_epochs = 0
        if more and state.status in ("finished", "stopped"):
            label = "Train 1 more epoch" if more == 1 else f"Train {more} more epochs"
            if st.button(label, help=f"Continues after epoch {done}, up to epoch {done + more}."):
                more_epochs = more
    if more_epochs is not None:
        with show_errors_inline():
            resume_training(run, more_epochs)
            STARTED.set(run.id)
            watch(run)
            st.rerun()


def _show_result(run: Run, state: RunState) -> None:
    """Show accuracy and loss on the test digits or, before they are used, on those held out."""
    epoch = last_complete_epoch(run)
    if state.test_accuracy is not None:
        name, accuracy, loss = "Test", state.test_accuracy, state.test_loss
        errors = round((1 - accuracy) * TEST_IMAGES)
        digits = f"{TEST_IMAGES:,} test digits, which are not used for training: {errors:,} errors."
    elif epoch and run.config.validation == "held_out":
        epochs = run.epochs()
        name, accuracy, loss = "Validation", epochs["val_accuracy"][-1], epochs["val_loss"][-1]
        digits = (
            f"{HELD_OUT_DIGITS:,} held-out training digits. The test digits are used once, after "
            "the last epoch."
        )
    else:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.metric(f"{name} accuracy", percent(accuracy, 2), width=180)
        st.metric(f"{name} loss", f"{loss:.4f}", width=180)
    st.caption(f"After epoch {epoch}, on the {digits}")
    with st.container(horizontal=True):
        link_to_network(run, "Open in Explore")
