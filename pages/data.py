"""Data: data sets to look at, to draw and to import, of which one is chosen for training."""

import streamlit as st

from cnn.runs.run import Network
from ui.data.dataset_actions import show_actions
from ui.data.draw_classes import show_drawing
from ui.data.duplicates_view import show_duplicates
from ui.data.import_files import show_import
from ui.data.overview import show_counts, show_means, show_samples
from ui.data.unlike_labels import show_unlike
from ui.loading.errors import as_text, show_errors_inline
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import choice_widget, pick_network
from ui.state.session import DATA_VIEW, DATA_VIEWS, IN_ADDRESS, SAVED_DATASET
from ui.widgets.dataset_choice import pick_dataset

LABELS = {"look": "Look at the data", "draw": "Draw your own", "file": "From a file"}


def show_dataset(network: Network) -> None:
    """Show everything about the chosen data set."""
    dataset = pick_dataset()
    kept = dataset.training_count - dataset.held_out
    st.caption(
        f"{kept:,} pictures for training, {dataset.held_out:,} for validation, "
        f"{dataset.test_count:,} for test; 28 x 28 pixels. Source: {as_text(dataset.source)}."
    )
    show_actions(dataset)
    write_address()
    with show_errors_inline():
        splits = dataset.load()
        show_counts(dataset, splits)
        show_means(dataset, splits.training)
        show_samples(dataset, splits.training)
        show_duplicates(dataset, splits)
        show_unlike(dataset, splits, network)


with open_page("Data", *IN_ADDRESS["data"]):
    network = pick_network()
    view = st.segmented_control(
        "View",
        DATA_VIEWS,
        default=DATA_VIEW.get(),
        required=True,
        format_func=LABELS.__getitem__,
        label_visibility="collapsed",
        **choice_widget(DATA_VIEW),
    )
    write_address()
    if view == "look":
        show_dataset(network)
    else:
        SAVED_DATASET.pop()
        (show_drawing if view == "draw" else show_import)()
    write_address()
