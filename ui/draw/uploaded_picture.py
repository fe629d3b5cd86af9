"""A file that was uploaded, or taken with the camera: read, and opened as the chosen picture."""

from typing import NamedTuple

from cnn.preprocessing.normalization import NormalizedDigit, normalize_image
from cnn.preprocessing.paper import shrink
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import Picture, read_picture
from cnn.preprocessing.strokes import CANVAS_SIDE
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import KEPT_UPLOAD, PICTURE, UPLOAD_MESSAGE


class UploadedPicture(NamedTuple):
    """What was read from a file.

    kept: as KEPT_UPLOAD; None if the file is refused. message: the reason, or a note, or empty.
    """

    kept: tuple | None
    message: str

    @property
    def normalized(self) -> NormalizedDigit | None:
        """The digit as network input; None if the file is refused."""
        return self.kept[1] if self.kept else None

    @property
    def address(self) -> str | None:
        """The address of the picture; None if the file is refused."""
        return ChosenPicture("upload", self.normalized.image).address if self.kept else None


def read_upload(data: bytes, name: str, source: str = "Uploaded picture") -> UploadedPicture:
    """Read a file called `name`; `source` says where it is from."""
    try:
        picture = read_picture(data, name)
        normalized = normalize_image(picture.ink)
        if normalized is None:
            raise PictureError(f"{name} is blank: no ink stands out from the background.")
    except PictureError as error:
        return UploadedPicture(None, str(error))
    kept = (shrink(picture.ink, CANVAS_SIDE), normalized, f"{source}, {_size(picture)}")
    return UploadedPicture(kept, picture.note)


def open_upload(uploaded: UploadedPicture) -> None:
    """Make it the chosen picture; if it is refused, show why, and no earlier upload beside it."""
    if uploaded.kept is None:
        close_upload()
        UPLOAD_MESSAGE.set(("error", uploaded.message))
        return
    choose(PICTURE, uploaded.address)
    KEPT_UPLOAD.set(uploaded.kept)
    UPLOAD_MESSAGE.set(("note", uploaded.message))


def close_upload() -> None:
    """Choose no picture if an upload was chosen, and show no message about it."""
    UPLOAD_MESSAGE.pop()
    if is_upload_chosen():
        choose(PICTURE, None)


def is_upload_chosen() -> bool:
    """Return whether the chosen picture is an upload, not a drawing or test digit."""
    return (PICTURE.get() or "").startswith("upload-")


def _size(picture: Picture) -> str:
    (width, height), (rows, columns) = picture.size, picture.ink.shape
    scaled = "" if (width, height) == (columns, rows) else f", scaled to {columns} x {rows}"
    return f"{width} x {height} pixels{scaled}"
