"""Which steps of the lesson the visitor has done, kept in a cookie of their browser."""

import streamlit as st

from ui.lesson.steps import BY_NAME
from ui.state.session import LESSON_DONE
from ui.state.visitor import cookie_component

COOKIE = "cnn_lesson"
_KEEP = cookie_component(COOKIE)


def done_steps() -> tuple[str, ...]:
    """Return the names of the steps that this visitor has done."""
    done = LESSON_DONE.get()
    if done is None:  # a new session
        names = (st.context.cookies.get(COOKIE) or "").split(".")
        done = tuple(name for name in names if name in BY_NAME)
        LESSON_DONE.set(done)
    return done


def mark_done(name: str) -> None:
    """Note that the visitor has done the step `name`."""
    if name not in done_steps():
        LESSON_DONE.set((*done_steps(), name))


def keep_progress() -> None:
    """Store the done steps in the cookie; call it once per run of the bar."""
    _KEEP(data=".".join(done_steps()), key="lesson_progress")
