"""Errors as messages on the page, never as tracebacks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.elements import exception

from cnn.config import ConfigError
from cnn.data.mnist import DataError
from cnn.jobs.errors import JobError
from cnn.runs.run import RunError

WORD_JOINER = "\u2060"  # invisible, of width 0
UNEXPECTED = (
    "An unexpected error occurred; its details are in the server's log. What was saved is kept. "
    "Reload the page, or choose another one in the menu. If it happens again, tell whoever runs "
    "this server."
)
# Streamlit logs an error that no page expects, and shows this in its place: with showErrorDetails =
# "none" in .streamlit/config.toml, without its type. Streamlit's own sentence is for programmers.
exception._GENERIC_UNCAUGHT_EXCEPTION_TEXT = UNEXPECTED


class LoadingError(RuntimeError):
    """TensorFlow or Keras cannot be imported; the message says why."""


@contextmanager
def show_errors_inline() -> Iterator[None]:
    """Show an error of a run, the data set or Keras in place of the rest of the block."""
    try:
        yield
    except (ConfigError, DataError, JobError, LoadingError, RunError) as error:
        show_error(str(error))


def show_error(message: str) -> None:
    """Show an error; names in `message`, from an address or a file, are not read as Markdown."""
    st.error(as_text(message))


def as_text(text: str) -> str:
    """Escape `text`, such as a name that a person typed, for use within a line of Markdown."""
    # Links, emoji and arrows are made of several characters, also if escaped, unless separated.
    separated = re.sub(
        r"(:(?=[^\W\d]|[+/-]|1\d+:|8b)|@|www(?=\.)|[-<>=~](?=[-<>=~]))", rf"\1{WORD_JOINER}", text
    )
    escaped = re.sub(r"([\\\[\]<>`$*_~#|&])", r"\\\1", " ".join(separated.split()))
    # At the beginning, a dash, a plus or a number would begin a list.
    return re.sub(r"^(?=[-+]|\d+[.)](?!\d))", WORD_JOINER, escaped)
