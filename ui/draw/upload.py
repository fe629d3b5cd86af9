"""Uploads and photographs of digits, each of which is then processed like a drawing."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from cnn.runs.run import Network
from ui.draw.upload_table import show_upload_table
from ui.draw.uploaded_picture import (
    UploadedPicture,
    close_upload,
    is_upload_shown,
    open_upload,
    read_upload,
)
from ui.loading.errors import as_text, show_error
from ui.state.session import OPENED, PHOTOGRAPH, UPLOAD, UPLOAD_MESSAGE, UPLOADED
from ui.widgets.picture_input import (
    CAMERA_WIDTH,
    MAX_MEGABYTES,
    NO_CAMERA,
    TYPES,
    allows_camera,
)


def pick_upload(network: Network) -> None:
    """Show the upload or the camera, which set the chosen picture, and what was wrong with it.

    Several files are listed with their predictions.
    """
    source = st.segmented_control(
        "Picture from",
        ["Upload", "Camera"],
        default="Upload",
        required=True,
        key="picture_source",
        label_visibility="collapsed",
    )
    # Always there, so that a message does not replace what follows; above the field, where it is
    # seen without scrolling.
    notice = st.container()
    files = _show_uploader(network) if source == "Upload" else _show_camera(network)
    with notice:
        kind, message = UPLOAD_MESSAGE.get()
        if kind == "error":
            show_error(message)
        elif message:
            st.info(as_text(message))
    if len(files) > 1:
        show_upload_table(files, network)


def _show_uploader(network: Network) -> list[Any]:
    one = "One digit or several" if network.run.data.is_mnist else "One symbol"
    return st.file_uploader(
        "Upload pictures",
        accept_multiple_files=True,
        type=TYPES,
        key=UPLOAD.name,
        on_change=_take_files,
        max_upload_size=MAX_MEGABYTES,
        help=f"{one} in each, dark on light or light on dark: PNG, JPEG, HEIC, WebP, "
        "AVIF, TIFF, GIF or BMP. Of a PDF or a video, take a screenshot as PNG.",
    )


def _show_camera(network: Network) -> list[Any]:
    """Show the camera; returns no files, as a photograph is opened at once."""
    if not allows_camera(st.context.url):
        st.info(NO_CAMERA)
        return []
    what = "a digit or a number" if network.run.data.is_mnist else "a symbol"
    st.camera_input(
        f"Hold up {what}, dark on light paper",
        key=PHOTOGRAPH.name,
        on_change=_take_photograph,
        resolution="720p",
        width=CAMERA_WIDTH,
    )
    st.caption("The browser asks for your permission.")
    return []


def _take_photograph() -> None:
    photograph = PHOTOGRAPH.get()
    if photograph is None:  # cleared, for another
        close_upload()
    else:
        open_upload(read_upload(photograph.getvalue(), "The photograph", "Photograph"))


def _take_files() -> None:
    """Open the file that was added, if it is one, and forget those that were removed.

    Several new ones are read later, where their progress can be shown.
    """
    files = UPLOAD.get() or []
    read = {each.file_id: UPLOADED.get().get(each.file_id) for each in files}
    new = [each for each in files if read[each.file_id] is None]
    if len(new) == 1:
        read[new[0].file_id] = read_upload(new[0].getvalue(), new[0].name)
        open_upload(read[new[0].file_id])
    elif not _is_opened_among(read.values()):
        was_shown = is_upload_shown()
        close_upload()
        if was_shown and len(files) == 1:  # the last of several, which is no longer listed
            open_upload(read[files[0].file_id])
    UPLOADED.set({key: each for key, each in read.items() if each})


def _is_opened_among(pictures: Iterable[UploadedPicture | None]) -> bool:
    opened = OPENED.get()
    return opened is not None and opened.key in {each.key for each in pictures if each}
