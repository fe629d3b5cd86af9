"""Bad data gets a sentence, never a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from cnn.mnist import DataError
from cnn.runs import RunError
from ui.warmup import LoadingError


@contextmanager
def in_sentences() -> Iterator[None]:
    """Show what is wrong with a run or the data set where the page would have gone on."""
    try:
        yield
    except (DataError, LoadingError, RunError) as error:
        show_error(str(error))


def show_error(sentence: str) -> None:
    """Show a sentence that may hold names from an address or a file, as text and nothing else."""
    st.error(re.sub(r"([\[\]<`$*_~])", r"\\\1", sentence))
