"""Read an image file as ink, as a canvas would give it."""

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_SIDE = 8192  # pixels; phones take photographs of up to 50 million
WORKING_SIDE = 2048  # pixels; larger images are shrunk first, to save memory
MIN_CONTRAST = 40  # of 255, between background and ink; with less, the image is blank
# Of the contrast: weaker marks are paper grain, shadows or JPEG artefacts.
BACKGROUND_SHARE = 0.25
TALL_SHARE = 0.5  # of the largest height; lower components may be part of a digit
# The extensions of each format that is accepted. MPO is Pillow's name for a JPEG that contains
# further images, such as the depth map that phones add.
FORMATS = {"PNG": {".png"}, "JPEG": {".jpg", ".jpeg"}, "MPO": {".jpg", ".jpeg"}}
EXTENSIONS = sorted(set().union(*FORMATS.values()))
TOO_LARGE = f"at most {MAX_SIDE:,} on each side are accepted. Crop it or scale it down."


class PictureError(ValueError):
    """The file is not a valid picture; the message says why and what is expected."""


@dataclass(frozen=True)
class Picture:
    """ink: (h, w) uint8, 0 background to 255 ink; note: a warning for the user, or empty.

    size: width and height of the file's picture; `ink` is smaller if that exceeds WORKING_SIDE.
    """

    ink: np.ndarray
    size: tuple[int, int]
    note: str = ""


def read_picture(data: bytes, name: str) -> Picture:
    """Read the bytes of a PNG or JPEG called `name`, dark on light or light on dark.

    Raises PictureError, with a message for the user, if that is impossible.
    """
    if not data:
        raise PictureError(f"{name} is empty; a PNG or JPEG picture of a digit is expected.")
    image = _open(data, name)
    try:
        image.load()
    except (OSError, SyntaxError, ValueError):
        raise PictureError(f"{name} is damaged: it is truncated or cannot be decoded.") from None
    with suppress(Exception):  # Pillow raises many types on damaged EXIF data
        ImageOps.exif_transpose(image, in_place=True)
    note = ""
    extension = PurePath(name).suffix.lower()
    if extension and extension not in FORMATS[image.format]:
        actual = "PNG" if image.format == "PNG" else "JPEG"
        note = f"{name} has the extension {extension}, but is a {actual}; it was read as {actual}."
    ink = _ink(shrink(_grey(image), WORKING_SIDE))
    count = count_side_by_side(ink)
    if count > 1:
        note += (
            f" {name} seems to contain {count} digits side by side; they were treated as one. Crop "
            "the picture to one digit."
        )
    return Picture(ink, image.size, note.strip())


def count_side_by_side(ink: np.ndarray) -> int:
    """Count the connected components of (h, w) uint8 that no column of the image shares.

    Components that overlap horizontally count as one; small ones do not count.
    """
    _, _, boxes, _ = cv2.connectedComponentsWithStats((ink > 127).astype(np.uint8))
    boxes = boxes[1:]  # the first is the background
    if not len(boxes):
        return 0
    heights = boxes[:, cv2.CC_STAT_HEIGHT]
    tall = boxes[heights >= TALL_SHARE * heights.max()]
    left = np.sort(tall[:, cv2.CC_STAT_LEFT])
    right = np.sort(tall[:, cv2.CC_STAT_LEFT] + tall[:, cv2.CC_STAT_WIDTH])
    # A gap is to the left of a component if all that begin before it have ended.
    return 1 + int((left[1:] >= right[:-1]).sum())


def _open(data: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # The size is checked below, with a message for the user.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise PictureError(f"{name} has far too many pixels; {TOO_LARGE}") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise PictureError(f"{name} is not a picture; a PNG or JPEG is expected.") from None
    if image.format not in FORMATS:
        raise PictureError(f"{name} is a {image.format}; a PNG or JPEG is expected.")
    if max(image.size) > MAX_SIDE:
        raise PictureError(f"{name} is {image.width:,} x {image.height:,} pixels; {TOO_LARGE}")
    return image


def _grey(image: Image.Image) -> np.ndarray:
    """Convert to (h, w) uint8, 0 black to 255 white; transparent pixels become background."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16 bits per pixel: Pillow would clip at 255 instead of scaling.
        return np.clip(np.asarray(image, dtype=np.float64) / 257, 0, 255).astype(np.uint8)
    if not image.has_transparency_data:
        return np.asarray(image.convert("L"))
    grey, alpha = (np.asarray(band, np.float64) for band in image.convert("LA").split())
    visible = alpha > 127
    light = visible.any() and grey[visible].mean() > 127
    # If the border is opaque, the background is visible and has the majority's shade. Otherwise
    # only ink is visible: light ink needs a dark background, dark ink a light one.
    opaque_border = np.median(_border(alpha)) > 127
    background = 255 if light == opaque_border else 0
    return (grey * alpha / 255 + background * (1 - alpha / 255)).astype(np.uint8)


def shrink(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Scale (h, w) uint8 down so that no side exceeds `longest`; smaller arrays are unchanged."""
    factor = longest / max(pixels.shape)
    if factor >= 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)


def _border(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _ink(grey: np.ndarray) -> np.ndarray:
    """Stretch the contrast from the background, seen at the border, to the strongest ink."""
    background = float(np.median(_border(grey)))
    difference = grey - background if background < 128 else background - grey
    contrast = difference.max()
    if contrast < MIN_CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    ink = np.clip((difference / contrast - BACKGROUND_SHARE) / (1 - BACKGROUND_SHARE), 0, 1)
    return np.rint(ink * 255).astype(np.uint8)
