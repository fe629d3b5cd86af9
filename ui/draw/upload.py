"""Upload of a picture of a digit, which is then processed like a drawing."""

import streamlit as st

from cnn.preprocessing.normalization import normalize_image
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import Picture, read_picture, shrink
from cnn.preprocessing.strokes import CANVAS_SIDE
from ui.loading.errors import as_text, show_error
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import KEPT_UPLOAD, PICTURE, UPLOAD, UPLOAD_MESSAGE

# With `image/*`, a telephone offers its camera; not every browser counts the others to it.
TYPES = ["image/*", ".heic", ".heif", ".avif"]


def pick_upload() -> None:
    """Show the upload, which makes a readable file the chosen picture, and what was wrong."""
    st.file_uploader(
        "Upload a picture",
        type=TYPES,
        key=UPLOAD.name,
        on_change=_read_upload,
        help="One digit each, dark on light or light on dark: PNG, JPEG, HEIC, WebP, AVIF, TIFF, "
        "GIF or BMP. Of a PDF, save the page as PNG.",
    )
    kind, message = UPLOAD_MESSAGE.get()
    if kind == "error":
        show_error(message)
    elif message:
        st.info(as_text(message))


def _read_upload() -> None:
    UPLOAD_MESSAGE.pop()
    if (PICTURE.get() or "").startswith("upload-"):
        choose(PICTURE, None)  # no answer to a file that was removed, beside one that is refused
    file = UPLOAD.get()
    if file is None:
        return
    try:
        picture = read_picture(file.getvalue(), file.name)
        normalized = normalize_image(picture.ink)
        if normalized is None:
            raise PictureError(f"{file.name} is blank: no ink stands out from the background.")
    except PictureError as error:
        UPLOAD_MESSAGE.set(("error", str(error)))
        return
    choose(PICTURE, ChosenPicture("upload", normalized.image).address)
    KEPT_UPLOAD.set((shrink(picture.ink, CANVAS_SIDE), normalized, _origin(picture)))
    UPLOAD_MESSAGE.set(("note", picture.note))


def _origin(picture: Picture) -> str:
    (width, height), (rows, columns) = picture.size, picture.ink.shape
    scaled = "" if (width, height) == (columns, rows) else f", scaled to {columns} x {rows}"
    return f"Uploaded picture, {width} x {height} pixels{scaled}"
