"""Who is visiting, as far as this app needs to know: a random name, kept in a cookie."""

import re
import secrets
from pathlib import Path

import streamlit as st

from cnn.runs.corrections import list_path
from ui.state.session import KNOWN_WIDTH, VISITOR

COOKIE = "cnn_visitor"
_KEEP_COOKIE = st.components.v2.component(
    "cnn_visitor",
    js=f"""export default function ({{ data }}) {{
      document.cookie = `{COOKIE}=${{data}}; path=/; max-age=31536000; samesite=strict`;
    }}""",
)
_WATCH_WIDTH = st.components.v2.component(
    "cnn_window_width",
    js="""export default function ({ data, setStateValue }) {
      if (data !== window.innerWidth) setStateValue("width", window.innerWidth);
    }""",
)


def keep_visitor() -> None:
    """Have the browser keep this visitor's name, to be known again; once a page run."""
    if st.context.cookies.get(COOKIE) != _visitor():
        _KEEP_COOKIE(data=_visitor(), key="visitor_cookie")


def visitor_list() -> Path:
    """The folder of this visitor's corrections."""
    return list_path(_visitor())


def _visitor() -> str:
    name = VISITOR.get() or st.context.cookies.get(COOKIE)
    if not re.fullmatch(r"[0-9a-f]{32}", str(name)):  # none, or made up by hand
        name = secrets.token_hex(16)
    VISITOR.set(name)
    return name


def window_width(otherwise: int) -> int:
    """How wide the browser's window is, in pixels; `otherwise` until it has said so."""
    known = KNOWN_WIDTH.get() or otherwise
    said = _WATCH_WIDTH(data=known, key="window_width", on_width_change=lambda: None).width
    KNOWN_WIDTH.set(said or known)
    return said or known
