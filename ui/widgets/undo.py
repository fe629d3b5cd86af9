"""What was deleted can be brought back, and what goes wrong in a callback gets a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cnn.jobs.queue import JobError
from cnn.runs.corrections import CorrectionError
from cnn.runs.run import RunError
from ui.loading.errors import show_error
from ui.state.session import PROBLEM


@contextmanager
def problems_kept() -> Iterator[None]:
    """A callback runs before the page: what goes wrong in it is kept for `show_undo` to show."""
    try:
        yield
    except (CorrectionError, JobError, RunError) as error:
        PROBLEM.set(str(error))


def show_undo(deleted: str, restore_deleted: Callable, *args: object) -> None:
    """Say what was `deleted`, if anything, with a button for `restore_deleted(*args)`; and
    problems."""
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted: {deleted}.", width="content")
            st.button("Restore", on_click=restore_deleted, args=args, icon=":material/undo:")
    with st.container():  # always there, so that what follows keeps its place
        if problem := PROBLEM.pop():
            show_error(problem)
