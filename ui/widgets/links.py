"""Links between pages."""

import streamlit as st

from cnn.runs.run import Run
from ui.state.session import RUN


def link_to_network(run: Run, label: str) -> None:
    """Links to the pages that open the network of `run`, which has weights, and try it."""
    chosen = {RUN.name: run.id}
    st.page_link("pages/explore.py", label=label, icon=":material/layers:", query_params=chosen)
    words = "Draw a digit for it"
    st.page_link("pages/draw.py", label=words, icon=":material/draw:", query_params=chosen)
