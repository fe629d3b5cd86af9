"""The visitor: a random name, kept in a cookie, and the width of the browser's window."""

import re
import secrets
from pathlib import Path
from typing import Any

import streamlit as st

from cnn.runs.corrections import list_path
from ui.state.session import VISITOR, WINDOW_WIDTH

COOKIE = "cnn_visitor"


def cookie_component(cookie: str) -> Any:
    """Return the component that stores its `data`, a text, in the browser's `cookie` for a year."""
    return st.components.v2.component(
        cookie,
        js=f"""export default function ({{ data }}) {{
          document.cookie = `{cookie}=${{data}}; path=/; max-age=31536000; samesite=strict`;
        }}""",
    )


_KEEP_COOKIE = cookie_component(COOKIE)
_WATCH_WIDTH = st.components.v2.component(
    "cnn_window_width",
    js="""export default function ({ data, setStateValue }) {
      if (data !== window.innerWidth) setStateValue("width", window.innerWidth);
    }""",
)


def keep_visitor() -> None:
    """Store the visitor's name in a cookie; call it once per page run."""
    if st.context.cookies.get(COOKIE) != _visitor():
        _KEEP_COOKIE(data=_visitor(), key="visitor_cookie")


def corrections_folder() -> Path:
    """Return the folder of this visitor's corrections."""
    return list_path(_visitor())


def _visitor() -> str:
    name = VISITOR.get() or st.context.cookies.get(COOKIE)
    if not re.fullmatch(r"[0-9a-f]{32}", str(name)):  # missing, or edited by hand
        name = secrets.token_hex(16)
    VISITOR.set(name)
    return name


def window_width(default: int) -> int:
    """Return the width of the browser's window in pixels, `default` until it is known."""
    width = WINDOW_WIDTH.get() or default
    component = _WATCH_WIDTH(data=width, key="window_width", on_width_change=lambda: None)
    WINDOW_WIDTH.set(component.width or width)
    return component.width or width
