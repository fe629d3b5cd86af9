"""The visitor's corrections: drawings with the correct digit, to fine-tune on or download."""

from datetime import datetime
from pathlib import Path

import numpy as np
import streamlit as st

from cnn.dataset_facts import DatasetFacts
from cnn.runs.corrections import (
    Correction,
    CorrectionError,
    add_correction,
    corrections_for,
    data_key,
    pack,
    read_image,
    remove_corrections,
    restore_deleted,
)
from cnn.runs.run import Network
from ui.draw.digit_board import DigitInput
from ui.loading.errors import as_text, show_error
from ui.state.selection import renew_widgets, widget_key
from ui.state.session import (
    CORRECTION_ADDED,
    CORRECTION_MESSAGE,
    DELETED_CORRECTIONS,
    widget_value,
)
from ui.state.visitor import corrections_folder
from ui.widgets.display import show_image
from ui.widgets.undo import problems_kept, show_undo

TILE = 84


def ask_correct_digit(digit: DigitInput, network: Network, probabilities: np.ndarray) -> None:
    """Show a button for each class; a click saves `digit` with that label as a correction.

    `probabilities`: what `network` predicts for its classes.
    """
    data = network.run.data
    st.segmented_control(
        "Correct digit" if data.is_mnist else "Correct class",
        list(range(len(data.classes))),
        format_func=lambda label: as_text(data.classes[label]),
        key=widget_key("correct_digit"),  # a new key after each click: no button stays pressed
        on_change=_save,
        args=(digit, network, probabilities),
        help="Saves the drawing with this label to your corrections, to fine-tune the network on.",
    )
    if CORRECTION_ADDED.pop():
        st.rerun()  # the list of corrections is outside of the fragment
    address, kind, message = CORRECTION_MESSAGE.get()
    with st.container(key="correction_message"):
        if address == digit.picture.address:
            (show_error if kind == "error" else st.caption)(message)


def _save(digit: DigitInput, network: Network, probabilities: np.ndarray) -> None:
    label = widget_value(widget_key("correct_digit"))
    if label is None:
        return
    renew_widgets()
    CORRECTION_ADDED.set(True)
    predicted = int(probabilities.argmax())
    try:
        add_correction(
            corrections_folder(),
            digit.picture.image,
            digit=int(label),
            predicted=predicted,
            probability=round(float(probabilities[predicted]), 6),
            run=network.run.id,
            epoch=network.epoch,
            data=data_key(network.run.data),
        )
        names = [as_text(network.run.data.classes[each]) for each in (int(label), predicted)]
        message = ("note", "Saved to your corrections: {}, predicted as {}.".format(*names))
    except CorrectionError as error:
        message = ("error", str(error))
    CORRECTION_MESSAGE.set((digit.picture.address, *message))


def show_corrections(data: DatasetFacts) -> list[Correction]:
    """Show this visitor's corrections for `data`, to delete or download. Returns them."""
    folder = corrections_folder()
    corrections = corrections_for(folder, data)
    label = data.noun if data.is_mnist else "class"
    with st.container(key="corrections"):
        if not corrections:
            st.caption(
                f"No corrections yet. Select the correct {label} of a drawing to save it here, on "
                "the computer that runs this app. Only you see it."
            )
        deleted = DELETED_CORRECTIONS.get()
        show_undo(
            "1 correction"
            if len(deleted) == 1
            else f"{len(deleted)} corrections"
            if deleted
            else "",
            _restore_deleted,
            folder,
        )
        with st.container(horizontal=True, gap="small"):
            for each in corrections:
                _show_correction(folder, each, data)
        if not corrections:
            return []
        with st.container(horizontal=True):
            st.download_button(
                "Download",
                lambda: pack(folder, corrections),
                f"corrections-{datetime.now():%Y-%m-%d}.zip",
                "application/zip",
                icon=":material/download:",
                on_click="ignore",
                help="A zip file with the pictures (PNG, 28 x 28) and the list (CSV).",
            )
            arguments = (folder, {each.file for each in corrections})
            st.button(
                "Delete all", on_click=delete_corrections, args=arguments, icon=":material/delete:"
            )
    return corrections


def _show_correction(folder: Path, correction: Correction, data: DatasetFacts) -> None:
    with st.container(width=TILE + 6, gap=None):
        try:
            image = read_image(folder, correction)
        except CorrectionError as error:
            show_error(str(error))
        else:
            correct, predicted = data.classes[correction.digit], data.classes[correction.predicted]
            text = f"Correct: {correct}, predicted: {predicted}"
            show_image(image, as_text(text), TILE, alt=text)
        st.button(
            "Delete",
            key=f"delete_{correction.file}",
            on_click=delete_corrections,
            args=(folder, {correction.file}),
            type="tertiary",
        )


def delete_corrections(folder: Path, files: set[str]) -> None:
    """Delete `files` from the list in `folder`; *Restore* brings them back."""
    with problems_kept():
        DELETED_CORRECTIONS.set([*DELETED_CORRECTIONS.get(), *remove_corrections(folder, files)])


def _restore_deleted(folder: Path) -> None:
    with problems_kept():
        restore_deleted(folder, DELETED_CORRECTIONS.get())
        DELETED_CORRECTIONS.pop()
