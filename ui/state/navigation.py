"""The menu of pages, and the frame that all pages share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from ui.loading.errors import show_errors_inline
from ui.state.address import follow_address
from ui.state.session import APP_RAN, Key
from ui.state.teacher import has_teacher

# Streamlit's own icon would be fetched from the internet.
ICON_PATH = Path(__file__).parents[1] / "icon.png"
# The pages in the order of the menu, the first one at /. A new one is a file in pages/ and a line.
ICONS = {
    "learn": ":material/school:",
    "train": ":material/model_training:",
    "data": ":material/photo_library:",
    "compare": ":material/ssid_chart:",
    "explore": ":material/layers:",
    "draw": ":material/draw:",
    "recognise": ":material/fingerprint:",
    "frameworks": ":material/compare_arrows:",
    "teacher": ":material/co_present:",
}


def app_pages() -> list:
    """Return the pages for `st.navigation`; without a teacher, the teacher's is not in the menu."""
    return [
        st.Page(
            f"pages/{page}.py",
            title=page.capitalize(),
            icon=icon,
            default=page == "learn",
            visibility="hidden" if page == "teacher" and not has_teacher() else "visible",
        )
        for page, icon in ICONS.items()
    ]


# On a narrow window the menu covers the page, and Streamlit leaves it open after a choice.
_CLOSE_MENU = st.components.v2.component(
    "cnn_close_menu",
    js="""
let shown;
export default function ({ data }) {
  const menu = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]');
  if (shown && shown !== data && menu && window.innerWidth < 768)
    menu.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  shown = data;
}""",
)


def close_menu(page: str) -> None:
    """Close the menu on a telephone when the visitor has chosen another `page` in it."""
    _CLOSE_MENU(key="close_menu", data=page)


def configure_page() -> None:
    """Set the title and icon of the browser tab, and the layout; call it first."""
    st.set_page_config(page_title="CNN laboratory", page_icon=ICON_PATH, layout="wide")


@contextmanager
def open_page(title: str, *in_address: Key[Any]) -> Iterator[None]:
    """Frame a page: `with open_page("Draw"): ...` follows its address and shows title and errors.

    `in_address`: the choices that its address has, besides those of every page (CHOSEN). The page
    calls `write_address` where they are known.

    The first visitor of a server may request /draw directly. Until a script has called
    `st.navigation`, Streamlit treats the files in pages/ as its older kind of multipage app and
    runs the page without app.py. The call below ends that, and the page is rerun through app.py.
    """
    if not APP_RAN.get():
        APP_RAN.set(True)
        configure_page()
        st.navigation(app_pages())
        st.rerun()
    follow_address(title, in_address)
    st.title(title)
    with show_errors_inline():
        yield
