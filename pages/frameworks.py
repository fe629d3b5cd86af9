"""Frameworks: the same network in Keras, TensorFlow, PyTorch and JAX."""

import streamlit as st

from cnn.frameworks.catalog import FRAMEWORKS
from cnn.runs.run import NOTEBOOK_PATH
from ui.frameworks.codes import show_codes
from ui.frameworks.comparisons import show_check, show_missing, show_race
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network, pick_picture

READING_WIDTH = 780  # pixels

with open_page("Frameworks"):
    network = pick_network(NOTEBOOK_PATH)
    picture = pick_picture(network)
    write_address()
    with st.container(width=READING_WIDTH):
        st.markdown(
            "A network is arithmetic: any framework computes the same. **Keras** describes it by "
            "layers and computes with one of three others: **TensorFlow**, **PyTorch** or **JAX**. "
            "Below, the course notebook's network is written in all four. Train offers the three "
            "as *Backend*."
        )
        show_missing()
    code, check, race = st.tabs(["Code", "Check", "Race"])
    with code:
        chosen = st.pills(
            "Side by side",
            list(FRAMEWORKS),
            selection_mode="multi",
            default=["keras", "torch"],
            format_func=lambda name: FRAMEWORKS[name].title,
            key="shown_codes",
        )
        if chosen:
            show_codes([name for name in FRAMEWORKS if name in chosen])
        else:
            st.info("Choose one framework or more.")
    with check, st.container(width=READING_WIDTH):
        show_check(network, picture)
    with race, st.container(width=READING_WIDTH):
        show_race()
