"""Uploading a picture of a digit: it goes the same way as a drawing."""

import streamlit as st

from cnn.preprocessing.normalization import normalize_image
from cnn.preprocessing.picture_files import PictureError, read_picture, shrink
from cnn.preprocessing.strokes import CANVAS_SIDE
from ui.draw.digit_board import keep_upload
from ui.loading.errors import show_error
from ui.state.session import UPLOAD, UPLOAD_WORDS


def pick_upload() -> None:
    """Show the upload, and what was wrong with the last file; a good one becomes the picture."""
    st.file_uploader(
        "Or a picture of a digit",
        # Any file may be tried: the sentence that follows says what it is instead.
        key=UPLOAD.name,
        on_change=_read_upload,
        help="PNG or JPEG, dark on light or light on dark, one digit and little else.",
    )
    kind, words = UPLOAD_WORDS.get()
    if kind == "error":
        show_error(words)
    elif words:
        st.info(words)


def _read_upload() -> None:
    UPLOAD_WORDS.pop()
    file = UPLOAD.get()
    if file is None:
        return
    try:
        picture = read_picture(file.getvalue(), file.name)
        fitted = normalize_image(picture.ink)
        if fitted is None:
            raise PictureError(f"{file.name} is blank: no ink stands out from its paper.")
    except PictureError as error:
        UPLOAD_WORDS.set(("error", str(error)))
        return
    keep_upload(shrink(picture.ink, CANVAS_SIDE), fitted)
    UPLOAD_WORDS.set(("note", picture.note))
