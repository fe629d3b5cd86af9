"""The table of several uploaded files, with their predictions."""

import time
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cnn.evaluation.decision import decide
from cnn.preprocessing.paper import shrink
from cnn.rendering.images import paint, pixel_scale
from cnn.rendering.text import percent
from cnn.runs.run import Network
from ui.draw.uploaded_picture import UploadedPicture, open_upload, read_upload
from ui.loading.networks import recognizer_of
from ui.state.session import UPLOAD, UPLOAD_ROWS, UPLOADED, widget_value
from ui.widgets.display import data_url

MAX_FILES = 100
PROGRESS_AFTER_S = 2
SIDE = 56  # pixels of the small pictures


def show_upload_table(files: list[Any], network: Network) -> None:
    """Show a row for each of `files`, Streamlit's; the selected one becomes the chosen picture."""
    listed = files[:MAX_FILES]
    pictures = _read_all(listed)
    with st.container():  # the wait must not move the table
        recognizer = recognizer_of(network)
    left_out = f" The first {MAX_FILES} of {len(files)} files." if len(files) > MAX_FILES else ""
    st.caption(f"Select a row to open its picture.{left_out}")
    readable = [each for each in pictures if each.kept]
    probabilities = []
    if readable:
        images = np.stack([each.normalized.image for each in readable])
        probabilities = recognizer.probabilities(images)
    by_picture = iter(probabilities)
    rows = [
        _row(file.name, each, next(by_picture) if each.kept else None, network)
        for file, each in zip(listed, pictures, strict=True)
    ]
    key = _table_key(listed)
    st.dataframe(
        {name: [row[name] for row in rows] for name in rows[0]},
        column_config={
            "Picture": st.column_config.ImageColumn(width=70),
            "File": st.column_config.TextColumn(width=150),
            "Digit": st.column_config.NumberColumn(width=50),
            "Confidence": st.column_config.TextColumn(width=90),
            "Verdict": st.column_config.TextColumn(width=350),
        },
        row_height=SIDE,
        hide_index=True,
        placeholder="–",
        key=key,
        on_select=partial(_open_selected, key, pictures),
        selection_mode="single-row",
        alt="The uploaded files, with the predicted digit, its confidence and the verdict",
    )


def _read_all(files: list[Any]) -> list[UploadedPicture]:
    """Read those that are not read yet, with a progress bar if that takes long."""
    read, place, started = dict(UPLOADED.get()), st.empty(), time.monotonic()
    for number, file in enumerate(files):
        if file.file_id in read:
            continue
        if time.monotonic() - started > PROGRESS_AFTER_S:
            place.progress(number / len(files), f"Reading picture {number + 1} of {len(files)}")
        read[file.file_id] = read_upload(file.getvalue(), file.name)
        UPLOADED.set(dict(read))  # at once: a click meanwhile runs the page again
    place.empty()
    return [read[file.file_id] for file in files]


def _row(
    name: str, picture: UploadedPicture, probabilities: np.ndarray | None, network: Network
) -> dict[str, Any]:
    row = {"Picture": None, "File": name, "Digit": None, "Confidence": None}
    message = picture.message.removeprefix(f"{name} ")  # it is in the row already
    message = message[:1].upper() + message[1:]
    if probabilities is None:
        return {**row, "Verdict": message}
    decision = decide(probabilities, network.run.reject_threshold)
    verdict = {
        "digit": "Digit",
        "unsure": f"Unsure: {decision.best} or {decision.second}?",
        "not_a_digit": "Not a digit",
    }[decision.kind]
    ink = shrink(picture.kept[0], SIDE)
    row["Picture"] = data_url(paint(ink, pixel_scale(), ink.shape[0]))
    row["Digit"] = decision.best if decision.kind == "digit" else None
    row["Confidence"] = percent(decision.confidence)
    return {**row, "Verdict": f"{verdict}. {message}" if message else verdict}


def _table_key(files: list[Any]) -> str:
    """The key of the table: a new one for other files, as a selection is a row's number."""
    return UPLOAD_ROWS.of(f"{len(files)}_{files[-1].file_id}").name


def _open_selected(key: str, pictures: list[UploadedPicture]) -> None:
    files = (UPLOAD.get() or [])[:MAX_FILES]
    if len(files) < 2 or key != _table_key(files):  # outdated, see `selection.picked_value`
        return
    rows = (widget_value(key) or {}).get("selection", {}).get("rows", [])
    if rows and rows[0] < len(pictures):
        open_upload(pictures[rows[0]])
