"""A button that restores what was deleted, and errors of callbacks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cnn.data.mnist import DataError
from cnn.jobs.errors import JobError
from cnn.runs.corrections import CorrectionError
from cnn.runs.run import RunError
from ui.loading.errors import show_error
from ui.state.session import PROBLEM


@contextmanager
def problems_kept() -> Iterator[None]:
    """Keep the message of an error in a callback, which runs before the page, for `show_undo`."""
    try:
        yield
    except (CorrectionError, DataError, JobError, RunError) as error:
        PROBLEM.set(str(error))


def show_undo(deleted: str, restore: Callable, *args: object) -> None:
    """Show what was `deleted`, if anything, a button to restore it, and errors of callbacks."""
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted: {deleted}.", width="content")
            st.button("Restore", on_click=restore, args=args, icon=":material/undo:")
    with st.container():  # always there, so that the elements below do not move
        if problem := PROBLEM.pop():
            show_error(problem)
