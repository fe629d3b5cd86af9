"""What can be done with a data set: train on it, draw more, download, rename, delete."""

from pathlib import Path

import streamlit as st

from cnn.data.mnist import MNIST_PATH
from cnn.datasets.catalog import delete_dataset, rename_dataset, restore_dataset
from cnn.datasets.dataset import MNIST, Dataset
from cnn.datasets.drawings import is_drawn
from cnn.datasets.packing import pack_npz
from cnn.naming import MAX_NAME_LENGTH
from ui.data.drafts import draw_more
from ui.loading.errors import as_text
from ui.state.permission import check_may_change, may_change
from ui.state.selection import choose, renew_widgets
from ui.state.session import DATA, DATASET_NAME, DELETED_DATASET, SAVED_DATASET
from ui.widgets.links import show_page_link
from ui.widgets.undo import problems_kept, show_undo

OTHERS_DATASET = "Saved by another visitor: only they, or the teacher, can change or delete it."


def show_actions(dataset: Dataset) -> None:
    """Show the buttons for `dataset`, and what was deleted, to restore it."""
    saved = st.container()  # always there, so that what follows keeps its place
    if SAVED_DATASET.get() == dataset.id:
        saved.success(f"Saved: {as_text(dataset.name)}.", icon=":material/check:")
    with st.container(horizontal=True, vertical_alignment="center", key="dataset_actions"):
        show_page_link("train", "Train on it", {DATA.name: dataset.id})
        changeable = not dataset.ships and may_change(dataset.path)
        if is_drawn(dataset) and changeable:
            st.button("Draw more", on_click=draw_more, args=(dataset,), icon=":material/draw:")
        st.download_button(
            "Download",
            MNIST_PATH.read_bytes if dataset.ships else lambda: pack_npz(dataset),
            f"{dataset.id}.npz",
            "application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            help="An .npz file with x_train, y_train, x_test and y_test, as in Keras.",
        )
        if changeable:
            _show_rename(dataset)
            st.button("Delete", on_click=_delete, args=(dataset,), icon=":material/delete:")
    if not (dataset.ships or changeable):
        st.caption(OTHERS_DATASET)
    name, deleted = DELETED_DATASET.get() or ("", None)
    show_undo(name and f"data set {name}", _restore, deleted)


def _show_rename(dataset: Dataset) -> None:
    name = DATASET_NAME.of(f"{dataset.id}_{dataset.name}")  # a new field once it is renamed
    with st.popover("Rename", icon=":material/edit:"):
        st.text_input(
            "Name of the data set",
            value=dataset.name,
            max_chars=MAX_NAME_LENGTH,
            key=name.name,
            on_change=_rename,
            args=(dataset, name.name),
        )
        st.caption("Enter or Tab stores it.")


def _rename(dataset: Dataset, key: str) -> None:
    name = DATASET_NAME.of(key.removeprefix(f"{DATASET_NAME.name}_")).get()
    if name and name != dataset.name:
        with problems_kept():
            check_may_change(dataset.path)
            rename_dataset(dataset, name)
    renew_widgets()  # the label in the choice of data sets changes


def _delete(dataset: Dataset) -> None:
    with problems_kept():
        check_may_change(dataset.path)
        DELETED_DATASET.set((dataset.name, delete_dataset(dataset)))
        choose(DATA, MNIST.id)


def _restore(deleted: Path) -> None:
    with problems_kept():
        restored = restore_dataset(deleted)
        DELETED_DATASET.pop()
        choose(DATA, restored.id)
