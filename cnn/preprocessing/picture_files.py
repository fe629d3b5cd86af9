"""A picture that somebody brings -> ink, as the canvas would have given it."""

import io
import warnings
from dataclasses import dataclass
from pathlib import PurePath

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_SIDE = 8192  # pixels; telephones take photographs of up to 50 million
READ_SIDE = 2048  # pixels; larger ones are shrunk first, they would only take memory
MIN_CONTRAST = 40  # of 255 between paper and ink; below it there is no drawing, only paper
# Of the contrast: what is weaker is the paper's grain, a shadow or JPEG's ringing, not ink.
PAPER_SHARE = 0.25
TALL_SHARE = 0.5  # of the tallest thing's height; what is lower may be a part of a digit
JPEG_ENDINGS = (".jpg", ".jpeg")
# A telephone's JPEG with a second picture in it, such as depth, is called MPO.
FORMATS = {"PNG": (".png",), "JPEG": JPEG_ENDINGS, "MPO": JPEG_ENDINGS}


class PictureError(ValueError):
    """The file is no picture that can be read; the message says what it is and what is expected."""


@dataclass(frozen=True)
class Picture:
    """ink: (h, w) uint8, 0 paper to 255 ink; `note` is a sentence worth telling, mostly empty."""

    ink: np.ndarray
    note: str = ""


def read_picture(data: bytes, name: str) -> Picture:
    """The bytes of a PNG or JPEG file called `name` -> its ink, dark on light turned round.

    Raises PictureError, with a sentence for the person who sent it, where that cannot be done.
    """
    if not data:
        raise PictureError(f"{name} is empty; a PNG or JPEG picture of a digit is expected.")
    picture = _open(data, name)
    _check_size(picture, name)
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError):
        raise PictureError(f"{name} is damaged: it breaks off or cannot be decoded.") from None
    ending = PurePath(name).suffix.lower()
    note = ""
    if ending and ending not in FORMATS[picture.format]:
        kind = "PNG" if picture.format == "PNG" else "JPEG"
        note = f"{name} is called {ending} but holds a {kind}; it was read as that."
    ink = _ink(shrink(_grey(_upright(picture)), READ_SIDE))
    things = count_side_by_side(ink)
    if things > 1:
        note = (
            f"{name} seems to hold {things} digits side by side; they were read as if they were "
            "one. Cut the picture to one digit."
        )
    return Picture(ink, note)


def count_side_by_side(ink: np.ndarray) -> int:
    """How many things stand next to each other in (h, w) uint8, with paper from top to bottom
    between them; specks and dashes do not count."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats((ink > 127).astype(np.uint8))
    boxes = boxes[1:]  # the first is the paper
    if not len(boxes):
        return 0
    tallest = boxes[:, cv2.CC_STAT_HEIGHT].max()
    tall = boxes[boxes[:, cv2.CC_STAT_HEIGHT] >= TALL_SHARE * tallest]
    left = np.sort(tall[:, cv2.CC_STAT_LEFT])
    right = np.sort(tall[:, cv2.CC_STAT_LEFT] + tall[:, cv2.CC_STAT_WIDTH])
    # Sorted so, there is paper before a thing where all that began earlier has ended.
    return 1 + int((left[1:] >= right[:-1]).sum())


def _open(data: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # A size that Pillow would warn of is refused below, with a sentence.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise PictureError(f"{name} has far too many pixels; {_at_most()}") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise PictureError(f"{name} is not a picture; a PNG or JPEG is expected.") from None
    if picture.format not in FORMATS:
        raise PictureError(f"{name} holds a {picture.format}; a PNG or JPEG is expected.")
    return picture


def _check_size(picture: Image.Image, name: str) -> None:
    if max(picture.size) > MAX_SIDE:
        width, height = picture.size
        raise PictureError(f"{name} is {width:,} x {height:,} pixels; {_at_most()}")


def _at_most() -> str:
    return f"at most {MAX_SIDE:,} on each side are read. Cut it to the digit or make it smaller."


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera noted; as it is, where that note is damaged."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _grey(picture: Image.Image) -> np.ndarray:
    """(h, w) uint8, 0 black to 255 white; what is transparent becomes paper."""
    if picture.mode.startswith("I") or picture.mode == "F":
        # 16 bits a pixel: Pillow would cut off at 255 instead of scaling.
        deep = np.asarray(picture, dtype=np.float64)
        return np.clip(deep / 257, 0, 255).astype(np.uint8)
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("L"))
    grey, alpha = (np.asarray(band, np.float64) for band in picture.convert("LA").split())
    visible = alpha > 127
    light = visible.any() and grey[visible].mean() > 127
    # Where the border is there, the paper is, and only its corners are missing. Else there is ink
    # alone: light ink wants a dark paper beneath it, dark ink a light one.
    has_paper = np.median(_border(alpha)) > 127
    paper = 255 if light == has_paper else 0
    return (grey * alpha / 255 + paper * (1 - alpha / 255)).astype(np.uint8)


def shrink(pixels: np.ndarray, longest: int) -> np.ndarray:
    """(h, w) uint8 -> the same in small, so that neither side is over `longest`."""
    factor = longest / max(pixels.shape)
    if factor >= 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _border(picture: np.ndarray) -> np.ndarray:
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def _ink(grey: np.ndarray) -> np.ndarray:
    """Stretch from the paper, which the border shows, to the strongest ink: (h, w) uint8."""
    paper = float(np.median(_border(grey)))
    # Dark paper has light ink, as a canvas has; light paper is turned round.
    difference = grey - paper if paper < 128 else paper - grey
    contrast = difference.max()
    if contrast < MIN_CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    strength = difference / contrast
    ink = np.clip((strength - PAPER_SHARE) / (1 - PAPER_SHARE), 0, 1)
    return np.rint(ink * 255).astype(np.uint8)
