"""*It is a …*: the visitor tells the right digit; their list, and teaching it to the network."""

from datetime import datetime
from pathlib import Path

import numpy as np
import streamlit as st

from cnn.constants import CLASSES
from cnn.runs.corrections import (
    Correction,
    CorrectionError,
    add_correction,
    list_corrections,
    pack,
    read_image,
    remove_corrections,
    restore_deleted,
)
from cnn.runs.run import Network
from ui.draw.digit_board import Drawn
from ui.loading.errors import show_error
from ui.state.selection import renew_widgets, widget_key
from ui.state.session import CORRECTION_WORDS, DELETED_CORRECTIONS, JUST_TOLD, widget_value
from ui.state.visitor import visitor_list
from ui.widgets.display import show_image
from ui.widgets.undo import problems_kept, show_undo

TILE = 56


def ask_right_digit(drawn: Drawn, network: Network, probabilities: np.ndarray) -> None:
    """Show ten buttons, one for each digit that the drawing may be; a click keeps a correction."""
    folder = visitor_list()
    st.segmented_control(
        "Wrong, or just to have it learned? It is a",
        list(range(CLASSES)),
        key=widget_key("right_digit"),  # another one after each click: no button stays pressed
        on_change=_keep,
        args=(folder, drawn, network, probabilities),
    )
    if JUST_TOLD.pop():
        st.rerun()  # the list stands outside of what a stroke runs again
    message = CORRECTION_WORDS.get()
    with st.container(key="correction_words"):
        if message and message[0] == drawn.picture.address:
            (st.error if message[1] == "error" else st.caption)(message[2])


def _keep(folder: Path, drawn: Drawn, network: Network, probabilities: np.ndarray) -> None:
    digit = widget_value(widget_key("right_digit"))
    if digit is None:
        return
    renew_widgets()
    JUST_TOLD.set(True)
    best = int(probabilities.argmax())
    try:
        add_correction(
            folder,
            drawn.picture.image,
            digit=int(digit),
            predicted=best,
            probability=round(float(probabilities[best]), 6),
            run=network.run.id,
            epoch=network.epoch,
        )
        words = ("note", f"ResultCache in your list: a {digit}, which it read as {best}.")
    except CorrectionError as error:
        words = ("error", str(error))
    CORRECTION_WORDS.set((drawn.picture.address, *words))


def show_list() -> list[Correction]:
    """Show this visitor's corrections, to delete or to take away; returns them."""
    folder = visitor_list()
    corrections = list_corrections(folder)
    with st.container(key="corrections"):
        if not corrections:
            st.caption(
                "Empty so far. Draw a digit and say which it is: what you tell is kept here, on "
                "the computer that runs this app, for you alone, and the network can be taught it."
            )
        deleted = DELETED_CORRECTIONS.get()
        show_undo(str(len(deleted)) if deleted else "", _restore_deleted, folder)
        with st.container(horizontal=True, gap="small"):
            for each in corrections:
                _show_correction(folder, each)
        if corrections:
            _show_buttons(folder, corrections)
    return corrections


def _show_correction(folder: Path, correction: Correction) -> None:
    with st.container(width=TILE + 34, gap=None):
        try:
            image = read_image(folder, correction)
        except CorrectionError as error:
            show_error(str(error))
        else:
            show_image(image, f"a {correction.digit}, read as {correction.predicted}", TILE)
        st.button(
            "Delete",
            key=f"delete_{correction.file}",
            on_click=_delete,
            args=(folder, {correction.file}),
            type="tertiary",
        )


def _show_buttons(folder: Path, corrections: list[Correction]) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Take them away",
            lambda: pack(folder, corrections),
            f"corrections-{datetime.now():%Y-%m-%d}.zip",
            "application/zip",
            icon=":material/download:",
            on_click="ignore",
            help="A zip file of the pictures (PNG, 28 x 28) and the list (CSV).",
        )
        st.button(
            "Delete all",
            on_click=_delete,
            args=(folder, {each.file for each in corrections}),
            icon=":material/delete:",
        )


def _delete(folder: Path, files: set[str]) -> None:
    with problems_kept():
        DELETED_CORRECTIONS.set([*DELETED_CORRECTIONS.get(), *remove_corrections(folder, files)])


def _restore_deleted(folder: Path) -> None:
    with problems_kept():
        restore_deleted(folder, DELETED_CORRECTIONS.get())
        DELETED_CORRECTIONS.pop()
