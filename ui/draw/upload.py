"""Uploads and photographs of digits, each of which is then processed like a drawing."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

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

# With `image/*`, a telephone offers its camera; not every browser counts the three to it. The
# others are refused by `read_upload`, which says what to do, as Streamlit does not.
TYPES = ["image/*", ".heic", ".heif", ".avif", "application/*", "text/*", "video/*", "audio/*"]
MAX_MEGABYTES = 20  # of a file; a picture of a digit is far smaller
CAMERA_WIDTH = 480  # pixels, on a wider page


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
        st.info(
            "There is no camera here: browsers allow one only on pages with https, or on "
            "localhost. Take the picture with the camera of the device and upload it."
        )
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


def allows_camera(url: str | None) -> bool:
    """Return whether browsers allow a camera on a page at `url`; None: it is not known yet.

    They do in a "secure context" (W3C): with https, or on the same machine.
    """
    address = urlsplit(url or "")
    host = address.hostname or ""
    is_local = host in ("localhost", "::1") or host.startswith("127.")
    return address.scheme != "http" or is_local or host.endswith(".localhost")


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
