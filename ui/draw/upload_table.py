"""The table of several uploaded files, with their predictions."""

import time
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cnn.dataset_facts import DatasetFacts
from cnn.detection.digits import DetectedDigit, number_of, verdict_of
from cnn.preprocessing.pixels import shrink
from cnn.rendering.images import paint, pixel_scale
from cnn.runs.run import Network
from ui.draw.number_view import confidence_text
from ui.draw.uploaded_picture import UploadedPicture, open_upload, read_upload
from ui.loading.networks import recognizer_of
from ui.state.messages import selected_rows
from ui.state.session import UPLOAD, UPLOAD_ROWS, UPLOADED, widget_value
from ui.widgets.display import data_url

MAX_FILES = 100
PROGRESS_AFTER_S = 2
OWN_VERDICTS = ("One of them", "Does not look like one of them")  # accepted, rejected
SIDE = 56  # pixels: the height of a row
MAX_DIGITS = 20  # of a number; the rest is left out


def show_upload_table(files: list[Any], network: Network) -> None:
    """Show a row for each of `files`, Streamlit's; the selected one becomes the chosen picture."""
    listed = files[:MAX_FILES]
    with st.container():  # the wait must not move the table
        recognizer_of(network)  # waits for Keras
        pictures, found = _read_all(listed, network)
    left_out = f" The first {MAX_FILES} of {len(files)} files." if len(files) > MAX_FILES else ""
    st.caption(f"Select a row to open its picture.{left_out}")
    rows = [
        _row(file.name, picture, digits, network.run.data)
        for file, picture, digits in zip(listed, pictures, found, strict=True)
    ]
    key = _table_key(listed)
    st.dataframe(
        {name: [row[name] for row in rows] for name in rows[0]},
        column_config={
            "Picture": st.column_config.ImageColumn(width=2 * SIDE),
            "File": st.column_config.TextColumn(width=150),
            "Prediction": st.column_config.TextColumn(width=90),
            "Confidence": st.column_config.TextColumn(width=90),
            "Verdict": st.column_config.TextColumn(width=350),
        },
        row_height=SIDE,
        hide_index=True,
        placeholder="–",
        key=key,
        on_select=partial(_open_selected, key, pictures),
        selection_mode="single-row",
        alt="The uploaded files, with the prediction, its confidence and the verdict",
    )


def _read_all(
    files: list[Any], network: Network
) -> tuple[list[UploadedPicture], list[list[DetectedDigit]]]:
    """Read the files, and the digits in each, with a progress bar if that takes long."""
    read, place, started = dict(UPLOADED.get()), st.empty(), time.monotonic()
    found = []
    for number, file in enumerate(files):
        if time.monotonic() - started > PROGRESS_AFTER_S:
            place.progress(number / len(files), f"Reading picture {number + 1} of {len(files)}")
        if file.file_id not in read:
            read[file.file_id] = read_upload(file.getvalue(), file.name)
            UPLOADED.set(dict(read))  # at once: a click meanwhile runs the page again
        picture = read[file.file_id]
        found.append([] if picture.ink is None else picture.digits(network))
    place.empty()
    return [read[file.file_id] for file in files], found


def _row(
    name: str, picture: UploadedPicture, digits: list[DetectedDigit], data: DatasetFacts
) -> dict[str, Any]:
    row = {"Picture": None, "File": name, "Prediction": None, "Confidence": None}
    message = picture.message.removeprefix(f"{name} ")  # it is in the row already
    message = message[:1].upper() + message[1:]
    if picture.ink is None:
        return {**row, "Verdict": message}
    kind = verdict_of(digits)
    accepted, rejected = ("Digit", "Not a digit") if data.is_mnist else OWN_VERDICTS
    verdict = {"digit": accepted, "several": f"Several digits: {len(digits)}"}.get(kind, rejected)
    if len(digits) > 1 and kind == "not_a_digit":
        verdict = f"Not a digit: {len(digits)} pieces of ink"
    if kind == "unsure":
        best, second = (
            data.classes[each] for each in (digits[0].decision.best, digits[0].decision.second)
        )
        verdict = f"Unsure: {best} or {second}?"
    row["Picture"] = data_url(_thumbnail(picture.ink))
    number = number_of(digits)
    if kind == "digit" and not data.is_mnist:
        number = data.classes[digits[0].decision.best]
    if kind in ("digit", "several"):
        row["Prediction"] = number[:MAX_DIGITS] + "…" * (len(number) > MAX_DIGITS)
    if len(digits) == 1 or (kind == "several" and "?" not in number):
        row["Confidence"] = confidence_text(digits)
    return {**row, "Verdict": f"{verdict}. {message}" if message else verdict}


def _thumbnail(ink: np.ndarray) -> bytes:
    """A small picture, at most twice as wide as high: the table would cut off the rest."""
    height, width = ink.shape
    margin = max(0, width // 2 - height) // 2
    small = shrink(np.pad(ink, [(margin, margin), (0, 0)]), 2 * SIDE)
    return paint(small, pixel_scale(), small.shape[0])


def _table_key(files: list[Any]) -> str:
    """The key of the table: a new one for other files, as a selection is a row's number."""
    return UPLOAD_ROWS.of(f"{len(files)}_{files[-1].file_id}").name


def _open_selected(key: str, pictures: list[UploadedPicture]) -> None:
    files = (UPLOAD.get() or [])[:MAX_FILES]
    if len(files) < 2 or key != _table_key(files):  # outdated, see `selection.picked_value`
        return
    for row in selected_rows(widget_value(key), len(pictures))[:1]:
        open_upload(pictures[row])
