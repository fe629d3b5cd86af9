"""How a run ended, its figures, and the buttons that continue it."""

import streamlit as st

from cnn.dataset_facts import DatasetFacts
from cnn.jobs.resuming import can_resume, more_epochs_for, resume_training, unfinished_batches
from cnn.jobs.visitor_limits import check_epochs
from cnn.rendering.text import duration_text, percent
from cnn.runs.checkpoints import last_complete_epoch
from cnn.runs.run import Run, RunState
from ui.loading.errors import show_error, show_errors_inline
from ui.state.permission import check_may_change, may_change
from ui.state.selection import watch
from ui.state.session import SETTINGS_OPEN, STARTED
from ui.widgets.glossary import explain
from ui.widgets.links import link_to_network

MORE_EPOCHS = 5
FIGURE_WIDTH = 150
ENDS = {
    "finished": "Training finished",
    "stopped": "Training stopped",
    "failed": "Training failed",
    "interrupted": "Training was interrupted",
}


def show_end(run: Run, state: RunState) -> None:
    """Show how `run` ended and, if it can be resumed, what that trains again."""
    text = ENDS.get(state.status, "Training continues")
    if run.imported:
        text = "Imported, not trained here"
    if state.status == "stopped" and not run.saved_epochs():
        text = "Training was stopped before its first step"
    again = f" {_resume_text(run)}" if can_resume(run) and may_change(run.path) else ""
    if state.message:
        show_error(f"{text}. {state.message}{again.replace('*', '')}")  # not Markdown
    else:
        duration = f" after {duration_text(state.elapsed_s)}" if state.elapsed_s else ""
        st.markdown(f"{text}{duration}.{again}")


def _resume_text(run: Run) -> str:
    done, batches = last_complete_epoch(run), unfinished_batches(run)
    text = f"*Resume* continues at the start of epoch {done + 1}"
    if not batches:
        return f"{text}."
    count = "1 batch" if batches == 1 else f"{batches:,} batches"
    return f"{text}: {count} of the unfinished epoch will be trained again."


def show_figures(run: Run, state: RunState, next_steps: bool) -> None:
    """Show accuracy and loss on the test digits or, before they are used, on those held out.

    With `next_steps`, the buttons that continue the ended run are beside them, else a note.
    """
    epoch = run.last_saved_epoch if run.imported else last_complete_epoch(run)
    accuracy, loss = state.test_accuracy, state.test_loss
    tested = run.config.validation == "test" or accuracy is not None
    if epoch and accuracy is None:
        epochs = run.epochs()
        accuracy, loss = (float(epochs[f"val_{name}"][-1]) for name in ("accuracy", "loss"))
    name = "Test" if tested else "Validation"
    with st.container(horizontal=True, vertical_alignment="center", key="run_figures"):
        shown = ("–", "–") if accuracy is None else (percent(accuracy, 2), f"{loss:.4f}")
        for term, value in zip(("accuracy", "loss"), shown, strict=True):
            st.metric(f"{name} {term}", value, width=FIGURE_WIDTH, help=explain(term))
        with st.container(width="stretch", key="run_next", gap="xsmall"):
            when = "" if run.imported else f"After epoch {epoch}, "
            st.caption(_digits_text(run.data, when, accuracy, tested))
            if next_steps:
                with st.container(horizontal=True, vertical_alignment="center"):
                    _show_continue(run, state)
                    if epoch:
                        link_to_network(run, "Open in Explore")
            else:
                queued = state.status == "queued"
                st.caption(
                    f"{'It stays queued' if queued else 'Training continues'} if you leave this "
                    "page, close the tab or restart the server."
                )


def _digits_text(data: DatasetFacts, when: str, accuracy: float | None, tested: bool) -> str:
    """What the figures were measured on, and `when`, as in "After epoch 3, "."""
    if accuracy is None:
        return "No epoch is complete yet."
    if tested:
        errors = round((1 - accuracy) * data.test_count)
        count = "1 error" if errors == 1 else f"{errors:,} errors"
        text = f"{when}on the {data.test_count:,} test {data.nouns}: {count}."
    else:
        text = f"{when}on the {data.held_out:,} held-out training {data.nouns}."
    return text[0].upper() + text[1:]


def _show_continue(run: Run, state: RunState) -> None:
    done, more = last_complete_epoch(run), more_epochs_for(run, MORE_EPOCHS)
    more_epochs = None
    if not may_change(run.path):
        return
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
            check_may_change(run.path)
            check_epochs(last_complete_epoch(run) + more_epochs)
            resume_training(run, more_epochs)
            STARTED.set(run.id)
            SETTINGS_OPEN.set(False)
            watch(run)
            st.rerun()
