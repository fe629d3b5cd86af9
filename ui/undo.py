"""What was deleted can be brought back, and what goes wrong in a callback gets a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cnn.corrections import CorrectionError
from cnn.jobs import JobError
from cnn.runs import RunError
from ui.sentences import show_error
from ui.session import PROBLEM


@contextmanager
def problems_kept() -> Iterator[None]:
    """A callback runs before the page: what goes wrong in it is kept for `show_undo` to show."""
    try:
        yield
    except (CorrectionError, JobError, RunError) as error:
        PROBLEM.set(str(error))


def show_undo(deleted: str, bring_back: Callable, *args: object) -> None:
    """Say what was `deleted`, if anything, with a button for `bring_back(*args)`; and problems."""
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted: {deleted}.", width="content")
            st.button("Bring back", on_click=bring_back, args=args, icon=":material/undo:")
    with st.container():  # always there, so that what follows keeps its place
        if problem := PROBLEM.pop():
            show_error(problem)
