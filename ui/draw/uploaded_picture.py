"""A file that was uploaded, or taken with the camera: read, and opened."""

import hashlib
from functools import partial
from typing import NamedTuple

import numpy as np

from cnn.detection.digits import DetectedDigit, classify_whole, detect_digits
from cnn.preprocessing.normalization import NormalizedDigit, normalize_image
from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import Picture, read_picture
from cnn.preprocessing.pixels import shrink
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.runs.run import Network
from ui.draw.detections import detections_of
from ui.state.picture_url import ChosenPicture
from ui.state.selection import choose
from ui.state.session import KEPT_UPLOADS, OPENED, PICTURE, UPLOAD_MESSAGE, WHOLE_AT
from ui.state.uploads import count_upload

MAX_KEPT = 10  # for *Back* and *Forward*
STEP_SIDE = 512  # pixels; of the steps before the ink, which are only shown


class UploadedPicture(NamedTuple):
    """What a file contains.

    key: a hash of the ink; ink: (h, w) uint8; normalized: all of it as one digit; origin: where it
    is from, and its size; grey, even, picture: as in `Separation`, but no side exceeds STEP_SIDE.
    These are empty or None if the file is refused. message: the reason, or a note, or empty.
    """

    key: str
    ink: np.ndarray | None
    normalized: NormalizedDigit | None
    origin: str
    message: str
    grey: np.ndarray | None = None
    even: np.ndarray | None = None
    picture: np.ndarray | None = None

    @property
    def address(self) -> str:
        """The address of the picture as one digit."""
        return _address(self.normalized)

    def digits(self, network: Network) -> list[DetectedDigit]:
        """The digits that `network` detects in the picture; all of it, for other data sets."""
        detect = detect_digits if network.run.data.is_mnist else classify_whole
        return detections_of(self.key, partial(detect, self.ink), network)


class KeptDigit(NamedTuple):
    """A digit of an upload: its ink, at most CANVAS_SIDE high and wide, and its origin.

    whole: the key of the picture that it is all or a part of; grey, even: the same part of it;
    picture: if it is all of a sheet that was straightened, the picture.
    """

    ink: np.ndarray
    normalized: NormalizedDigit
    origin: str
    whole: str
    grey: np.ndarray
    even: np.ndarray
    picture: np.ndarray | None = None


def read_upload(data: bytes, name: str, source: str = "Uploaded picture") -> UploadedPicture:
    """Read a file called `name`; `source` says where it is from."""
    try:
        count_upload(PictureError)
        picture = read_picture(data, name)
        normalized = normalize_image(picture.ink)
        if normalized is None:
            raise PictureError(f"{name} is blank: no ink stands out from the background.")
    except PictureError as error:
        return UploadedPicture("", None, None, "", str(error))
    ink, origin = picture.ink, f"{source}, {_size(picture)}"
    key = hashlib.sha256(repr(ink.shape).encode() + ink.tobytes()).hexdigest()
    # Copies, even of small ones: a part of a padded picture would keep all of it.
    grey, even, _, _, whole = picture.steps
    shown = (
        None if each is None else shrink(each, STEP_SIDE).copy() for each in (grey, even, whole)
    )
    return UploadedPicture(key, ink, normalized, origin, picture.note, *shown)


def open_upload(uploaded: UploadedPicture) -> None:
    """Open it; if it is refused, show why, and no earlier upload beside it.

    It is the chosen picture until `detect_in_opened` finds several digits in it.
    """
    if uploaded.ink is None:
        close_upload()
        UPLOAD_MESSAGE.set(("error", uploaded.message))
        return
    OPENED.set(uploaded)
    WHOLE_AT.set(_keep_whole(uploaded, uploaded.normalized))
    choose(PICTURE, WHOLE_AT.get())
    UPLOAD_MESSAGE.set(("note", uploaded.message))


def detect_in_opened(network: Network) -> list[DetectedDigit]:
    """Return the digits of the opened picture, if it is shown as a whole and has several pieces.

    Otherwise, as a single digit, it is the chosen picture. With another network this may change.
    """
    if not _is_whole_shown():
        return []
    opened = OPENED.get()
    digits = opened.digits(network)
    if len(digits) == 1:
        address = _keep_whole(opened, digits[0].normalized)
    else:  # several do not fit into an address
        address = None if digits else opened.address
    if address != WHOLE_AT.get():
        choose(PICTURE, address, by_widget=True)
        WHOLE_AT.set(address)
    return digits if len(digits) > 1 else []


def open_part(digits: list[DetectedDigit], number: int) -> None:
    """Choose one of the `digits` of the opened picture, counted from 0, as if it were all of it."""
    normalized, opened = digits[number].normalized, OPENED.get()
    margin = max(normalized.crop.shape) // 4
    ink = np.pad(normalized.crop, margin)
    origin = f"Digit {number + 1} of {len(digits)}, cut out of the picture"
    factor = max(opened.grey.shape) / max(opened.ink.shape)
    low, high = np.array(digits[number].box).reshape(2, 2)
    left, top = np.floor((low - margin) * factor).astype(int).clip(0)
    right, bottom = np.ceil((high + margin) * factor).astype(int)
    grey, even = (step[top:bottom, left:right] for step in (opened.grey, opened.even))
    _keep(KeptDigit(shrink(ink, CANVAS_SIDE), normalized, origin, opened.key, grey, even))
    choose(PICTURE, _address(normalized))


def is_part_shown() -> bool:
    """Return whether the chosen picture is one of several digits of the opened picture."""
    opened, kept = OPENED.get(), kept_digit(PICTURE.get())
    is_part = opened is not None and kept is not None and kept.whole == opened.key
    return is_part and not _is_whole_shown()


def show_whole() -> None:
    """Show the opened picture again, instead of one of its digits."""
    choose(PICTURE, WHOLE_AT.get())


def close_upload() -> None:
    """Close the opened picture, choose none if an upload was chosen, and show no message."""
    UPLOAD_MESSAGE.pop()
    OPENED.pop()
    if _is_upload_chosen():
        choose(PICTURE, None)


def is_upload_shown() -> bool:
    """Return whether an upload is shown, not a drawing."""
    return _is_upload_chosen() or _is_whole_shown()


def kept_digit(address: str | None) -> KeptDigit | None:
    """Return what was kept of the upload at `address`, or None, as for one from a link."""
    return KEPT_UPLOADS.get().get(address)


def _is_whole_shown() -> bool:
    return OPENED.get() is not None and PICTURE.get() == WHOLE_AT.get()


def _is_upload_chosen() -> bool:
    return (PICTURE.get() or "").startswith("upload-")


def _keep_whole(picture: UploadedPicture, normalized: NormalizedDigit) -> str:
    """Keep the picture as one digit, `normalized`. Returns its address."""
    ink = shrink(picture.ink, CANVAS_SIDE)
    steps = (picture.grey, picture.even, picture.picture)
    _keep(KeptDigit(ink, normalized, picture.origin, picture.key, *steps))
    return _address(normalized)


def _keep(digit: KeptDigit) -> None:
    kept, address = dict(KEPT_UPLOADS.get()), _address(digit.normalized)
    kept.pop(address, None)  # it becomes the newest
    KEPT_UPLOADS.set(dict(list(kept.items())[1 - MAX_KEPT :]) | {address: digit})


def _address(normalized: NormalizedDigit) -> str:
    return ChosenPicture("upload", normalized.image).address


def _size(picture: Picture) -> str:
    (width, height), (columns, rows) = picture.size, picture.whole
    scaled = "" if picture.size == picture.whole else f", scaled to {columns} x {rows}"
    return f"{width} x {height} pixels{scaled}"
