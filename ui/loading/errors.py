"""Bad data gets a sentence, never a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from cnn.config import ConfigError
from cnn.data.mnist import DataError
from cnn.jobs.queue import JobError
from cnn.runs.run import RunError

WORD_JOINER = "\u2060"  # is not seen, and has no width


class LoadingError(RuntimeError):
    """TensorFlow or Keras cannot be imported; the message says why."""


@contextmanager
def show_errors_inline() -> Iterator[None]:
    """Show what is wrong with a run or the data set where the page would have gone on."""
    try:
        yield
    except (ConfigError, DataError, JobError, LoadingError, RunError) as error:
        show_error(str(error))


def show_error(sentence: str) -> None:
    """Show a sentence that may hold names from an address or a file, as text and nothing else."""
    st.error(as_text(sentence))


def as_text(text: str) -> str:
    """Markdown that shows `text` as it is, within a line: a name that a person typed."""
    # Links, emoji and arrows come of several characters, also of escaped ones, unless parted.
    parted = re.sub(
        r"(:(?=[^\W\d]|[+/-]|1\d+:|8b)|@|www(?=\.)|[-<>=~](?=[-<>=~]))", rf"\1{WORD_JOINER}", text
    )
    return re.sub(r"([\\\[\]<>`$*_~#|&])", r"\\\1", parted)
