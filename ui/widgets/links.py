"""Links between pages."""

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from cnn.runs.run import Run
from ui.state.navigation import ICONS
from ui.state.session import CHOSEN, EPOCH, EXPLORE_VIEW, EXPLORED, RUN


def show_page_link(
    page: str, label: str, address: Mapping[str, str | None] = MappingProxyType({}), icon: str = ""
) -> None:
    """Show a link to `page`, such as "draw", with the choices and `address` as its query.

    Without the choices in the link, the page would write them when it is opened, and *Back* would
    lead to the address without them.
    """
    keys = (*CHOSEN, *EXPLORED) if page == "explore" else CHOSEN
    chosen = {key.name: value for key in keys if (value := key.get()) != key.default}
    if EXPLORE_VIEW.name in chosen:  # a link says which view it opens
        chosen[EXPLORE_VIEW.name] = EXPLORE_VIEW.default
    query = {name: str(value) for name, value in (chosen | dict(address)).items() if value}
    st.page_link(f"pages/{page}.py", label=label, icon=icon or ICONS[page], query_params=query)


def link_to_network(run: Run, label: str) -> None:
    """Show links to Explore and Draw with the network of `run`, which has weights."""
    network = {RUN.name: run.id, EPOCH.name: str(run.last_saved_epoch)}
    show_page_link("explore", label, network)
    what = "digit" if run.data.is_mnist else "picture"
    show_page_link("draw", f"Draw a {what}", network)
