"""The data set of the next training, and the links to look at it and to add another."""

import streamlit as st

from ui.state.session import DATA, DATA_VIEW
from ui.widgets.dataset_choice import pick_dataset
from ui.widgets.links import show_page_link


def show_data_choice() -> None:
    """Show the choice of the data set to train on, with links to the Data page."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="data_choice"):
        with st.container(width=360):
            dataset = pick_dataset()
        chosen = {DATA.name: dataset.id}
        show_page_link("data", "Look at the data", chosen)
        show_page_link("data", "Add data", chosen | {DATA_VIEW.name: "draw"}, ":material/add:")
