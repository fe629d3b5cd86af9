"""Links between pages."""

import streamlit as st

from cnn.runs.run import Run
from ui.state.navigation import ICONS
from ui.state.session import CHOSEN, EXPLORED, PICTURE, RUN, VIEW


def show_page_link(page: str, label: str, run: Run | None = None, view: str = VIEW.default) -> None:
    """Show a link to `page`, such as "draw", with the choices in its address.

    With `run`, a saved one, to its network there; `view`: the one of Explore. Without them in the
    link, the page would write them when it is opened, and *Back* would lead to the address without
    them.
    """
    keys = (*CHOSEN, *EXPLORED) if page == "explore" else CHOSEN
    chosen = {key.name: value for key in keys if (value := key.get()) != key.default}
    if run:
        chosen = {RUN.name: run.id, PICTURE.name: chosen.get(PICTURE.name)}
    if page == "explore" and view != VIEW.get():
        chosen[VIEW.name] = view
    query = {name: str(value) for name, value in chosen.items() if value}
    st.page_link(f"pages/{page}.py", label=label, icon=ICONS[page], query_params=query)


def link_to_network(run: Run, label: str) -> None:
    """Show links to Explore and Draw with the network of `run`, which has weights."""
    show_page_link("explore", label, run)
    show_page_link("draw", "Draw a digit", run)
