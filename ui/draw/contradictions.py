"""Corrections that contradict a confident prediction, shown before fine-tuning on them."""

import streamlit as st

from cnn.dataset_facts import DatasetFacts
from cnn.rendering.text import percent, probability_text
from cnn.runs.corrections import CONFIDENT, Correction, CorrectionError, read_image
from ui.draw.corrections import TILE, delete_corrections
from ui.loading.errors import as_text, show_error
from ui.state.session import ASKED
from ui.state.visitor import corrections_folder
from ui.widgets.display import show_image

_ASKED = ASKED.of("fine_tuning")


def ask_about(contradicting: list[Correction], disabled: bool, data: DatasetFacts) -> bool:
    """Ask, after `question`, whether to fine-tune all the same; returns whether that was clicked.

    `contradicting`: the corrections for `data` to show, each with a button that removes it.
    """
    if not contradicting:
        _ASKED.pop()
    if not _ASKED.get():
        return False
    st.warning(
        f"Labels that contradict a prediction of at least {percent(CONFIDENT, 0)} confidence: "
        f"{len(contradicting)}. Fine-tuning on a wrong label lowers the test accuracy."
    )
    with st.container(horizontal=True, gap="small"):
        for each in contradicting:
            _show(each, data)
    with st.container(horizontal=True):
        confirmed = st.button("Fine-tune anyway", disabled=disabled)
        st.button("Cancel", on_click=_ASKED.pop)
    if confirmed:
        _ASKED.pop()
    return confirmed


def question() -> None:
    """Let `ask_about` ask from now on, until it is answered."""
    _ASKED.set(True)


def _show(correction: Correction, data: DatasetFacts) -> None:
    folder = corrections_folder()
    with st.container(width=TILE + 36, gap=None):
        try:
            image = read_image(folder, correction)
        except CorrectionError as error:
            show_error(str(error))
        else:
            confidence = probability_text(correction.probability)
            label, predicted = data.classes[correction.digit], data.classes[correction.predicted]
            text = f"labelled {label}, predicted {predicted} ({confidence})"
            show_image(image, as_text(text), TILE, alt=text)
        st.button(
            "Remove",
            key=f"remove_{correction.file}",
            on_click=delete_corrections,
            args=(folder, {correction.file}),
            type="tertiary",
        )
