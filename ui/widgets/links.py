"""Links between pages."""

import streamlit as st

from cnn.runs.run import Run
from ui.state.navigation import ICONS
from ui.state.session import RUN


def show_page_link(page: str, label: str, run: Run | None = None) -> None:
    """Show a link to `page`, such as "draw"; with `run`, a saved one, to its network there."""
    query = {RUN.name: run.id} if run else None
    st.page_link(f"pages/{page}.py", label=label, icon=ICONS[page], query_params=query)


def link_to_network(run: Run, label: str) -> None:
    """Show links to Explore and Draw with the network of `run`, which has weights."""
    show_page_link("explore", label, run)
    show_page_link("draw", "Draw a digit", run)
