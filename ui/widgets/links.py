"""Links between pages."""

import streamlit as st

from cnn.runs.run import Run
from ui.state.session import RUN


def link_to_network(run: Run, label: str) -> None:
    """Show links to Explore and Draw with the network of `run`, which has weights."""
    for page, name, icon in (("explore", label, "layers"), ("draw", "Draw a digit", "draw")):
        path, query = f"pages/{page}.py", {RUN.name: run.id}
        st.page_link(path, label=name, icon=f":material/{icon}:", query_params=query)
