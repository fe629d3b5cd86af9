"""The visitor: a random name, kept in a cookie, and the width of the page in the browser.

The name is known to that browser alone: whoever has it has the visitor's drawings and runs. With
`st.login` it is made of the account instead, and so the same on all devices.
"""

import hashlib
import re
import secrets
from pathlib import Path
from typing import Any

import streamlit as st

from cnn.ownership import owner_name
from cnn.runs.corrections import list_path
from ui.state.messages import is_number
from ui.state.session import PAGE_WIDTH, VISITOR

COOKIE = "cnn_visitor"
LEAST_WIDTH = 50  # pixels


def cookie_component(cookie: str) -> Any:
    """Return the component that stores its `data`, a text, in the browser's `cookie` for a year.

    A page with https keeps it from pages without. Behind a path prefix, other sites of the same
    host do not receive it.
    """
    path = "/" + st.get_option("server.baseUrlPath").strip("/")
    return st.components.v2.component(
        cookie,
        js=f"""export default function ({{ data }}) {{
          const secure = location.protocol === "https:" ? "; secure" : "";
          document.cookie =
            `{cookie}=${{data}}; path={path}; max-age=31536000; samesite=strict${{secure}}`;
        }}""",
    )


_KEEP_COOKIE = cookie_component(COOKIE)
_MEASURE_WIDTH = st.components.v2.component(
    "cnn_page_width",
    js="""export default function ({ data, setStateValue }) {
      const page = document.querySelector('[data-testid="stMainBlockContainer"]');
      const { paddingLeft: left, paddingRight: right } = getComputedStyle(page);
      const inside = Math.floor(page.clientWidth - parseFloat(left) - parseFloat(right));
      const width = Math.min(inside, data.most);
      if (data.known !== width) setStateValue("width", width);
    }""",
)


def keep_visitor() -> None:
    """Store the visitor's name in a cookie; call it once per page run."""
    if not is_logged_in() and st.context.cookies.get(COOKIE) != visitor_id():
        _KEEP_COOKIE(data=visitor_id(), key="visitor_cookie")


def corrections_folder() -> Path:
    """Return the folder of this visitor's corrections."""
    return list_path(visitor_id())


def is_logged_in() -> bool:
    """Whether the visitor has logged in with `st.login`, where that is configured."""
    return bool(st.user.get("is_logged_in", False))


def owner() -> str:
    """Return the owner of what this visitor starts or saves (`cnn.ownership`)."""
    return owner_name(visitor_id())


def visitor_id() -> str:
    """Return the visitor's name: 32 hexadecimal digits."""
    if is_logged_in():
        account = f"{st.user.get('iss')} {st.user.get('sub')}"
        return hashlib.sha256(account.encode()).hexdigest()[:32]
    name = VISITOR.get() or st.context.cookies.get(COOKIE)
    if not re.fullmatch(r"[0-9a-f]{32}", str(name)):  # missing, or edited by hand
        name = secrets.token_hex(16)
    VISITOR.set(name)
    return name


def page_width(most: int) -> int:
    """Return the width that the page has for an element, in pixels: `most`, or what is there.

    It is `most` until the browser has said otherwise. The sidebar takes from the window's width,
    and the page's margins depend on it.
    """
    width = PAGE_WIDTH.get() or most
    data = {"known": width, "most": most}
    component = _MEASURE_WIDTH(data=data, key="page_width", on_width_change=lambda: None)
    if is_number(component.width, most + 1) and component.width >= LEAST_WIDTH:
        width = component.width
    PAGE_WIDTH.set(width)
    return width
