"""Links between pages."""

import streamlit as st

from cnn.runs.run import Run
from ui.state.session import RUN


def link_to_network(run: Run, label: str) -> None:
    """Show links to Explore and Draw with the network of `run`, which has weights."""
    query = {RUN.name: run.id}
    st.page_link("pages/explore.py", label=label, icon=":material/layers:", query_params=query)
    draw = "Draw a digit"
    st.page_link("pages/draw.py", label=draw, icon=":material/draw:", query_params=query)
