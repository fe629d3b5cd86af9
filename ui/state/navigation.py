"""Which pages there are, and how every page begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from ui.loading.errors import show_errors_inline
from ui.state.selection import follow_address
from ui.state.session import APP_RAN

ICON_PATH = (
    Path(__file__).parents[1] / "icon.png"
)  # ours: Streamlit's would be fetched from outside


def app_pages() -> list:
    """The pages in the order of the menu; a new page is a file in pages/ and a line here."""
    return [
        st.Page("pages/learn.py", title="Learn", icon=":material/school:", default=True),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/compare.py", title="Compare", icon=":material/ssid_chart:"),
        st.Page("pages/explore.py", title="Explore", icon=":material/layers:"),
        st.Page("pages/draw.py", title="Draw", icon=":material/draw:"),
    ]


def configure_page() -> None:
    """The browser tab's title and icon, and the width; to be called before anything is shown."""
    st.set_page_config(page_title="CNN laboratory", page_icon=ICON_PATH, layout="wide")


@contextmanager
def open_page(title: str) -> Iterator[None]:
    """The frame of every page: `with open_page("Draw"): ...`

    Takes over what the address says, shows the title, and what is wrong with a run or the data set
    as a sentence.

    A server's first visitor may ask for /draw at once. Until a script has called `st.navigation`,
    Streamlit takes the files in pages/ for its old kind of multipage app, and runs the page without
    app.py. The call below ends that, and then the page is run again, the right way.
    """
    if not APP_RAN.get():
        APP_RAN.set(True)
        configure_page()
        st.navigation(app_pages())
        st.rerun()
    follow_address()
    st.title(title)
    with show_errors_inline():
        yield
