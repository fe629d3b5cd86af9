"""The teacher: a visitor who has given the password, or whose account is named, in the secrets.

    # .streamlit/secrets.toml
    teacher_password = "at least 12 characters"
    teachers = ["ada@example.org"]  # accounts, with st.login

A cookie keeps a signature of the visitor's name with the password, so that the password itself is
never stored, and another one ends all of them.
"""

import hmac
import time
from collections import deque

import streamlit as st

from ui.state.session import TEACHER
from ui.state.visitor import cookie_component, is_logged_in, visitor_id

COOKIE = "cnn_teacher"
MOST_FAILURES, WITHIN_S = 20, 60.0  # wrong passwords on this server, before all have to wait
_KEEP_COOKIE = cookie_component(COOKIE)
_failures: deque[float] = deque(maxlen=MOST_FAILURES)


def has_teacher() -> bool:
    """Whether the secrets name a teacher."""
    return bool(_password() or _accounts())


def takes_password() -> bool:
    """Whether the secrets have a teacher's password."""
    return bool(_password())


def is_teacher() -> bool:
    """Whether this visitor is the teacher."""
    verified = is_logged_in() and st.user.get("email_verified", True)
    if verified and str(st.user.get("email")).casefold() in _accounts():
        return True
    given = TEACHER.get()
    given = str(st.context.cookies.get(COOKIE, "") if given is None else given)
    return bool(_password()) and hmac.compare_digest(given.encode(), _signature().encode())


def sign_in(password: str) -> str:
    """Make this visitor the teacher if `password` is right; returns a sentence if it is not."""
    if len(_failures) == MOST_FAILURES and time.monotonic() - _failures[0] < WITHIN_S:
        return "There were too many wrong passwords; try again in a minute."
    if not hmac.compare_digest(password.encode(), _password().encode()):
        _failures.append(time.monotonic())
        return "This is not the password."
    TEACHER.set(_signature())
    return ""


def sign_out() -> None:
    """Make this visitor an ordinary one again."""
    TEACHER.set("")


def keep_teacher() -> None:
    """Store in the cookie whether this visitor is the teacher; call it once per page run."""
    given = TEACHER.get()
    if given is not None:  # not compared with the cookie, which is that of the session's beginning
        _KEEP_COOKIE(data=given, key="teacher_cookie")


def _password() -> str:
    return str(st.secrets.get("teacher_password", "")) if _secrets_exist() else ""


def _accounts() -> list[str]:
    accounts = st.secrets.get("teachers", []) if _secrets_exist() else []
    accounts = [accounts] if isinstance(accounts, str) else accounts
    return [str(each).casefold() for each in accounts]


def _secrets_exist() -> bool:
    return st.secrets.load_if_toml_exists()


def _signature() -> str:
    return hmac.new(_password().encode(), visitor_id().encode(), "sha256").hexdigest()
