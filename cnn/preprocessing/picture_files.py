"""Read an image file as ink, as a canvas would give it."""

import io
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

import cv2
import numpy as np
from PIL import Image, ImageOps

from cnn.preprocessing.normalization import FAINT
from cnn.preprocessing.paper import edge_of, find_ink, shrink

MAX_SIDE = 8192  # pixels; phones take photographs of up to 50 million
WORKING_SIDE = 1024  # pixels; larger images are shrunk first, to save memory
FULL_VALUES = (1, 16, 255, 1023, 4095, 16383, 65535)  # the first that holds all is white
SMALLEST_SIDE = 20  # pixels; smaller images are enlarged first
GAP_SHARE = 0.1  # of the largest height; narrower gaps may be where the pen skipped
INK_DEVIATION = 40  # of 255; the lightness of a picture with both ink and paper varies more
TALL_SHARE = 0.5  # of the largest height; lower components may be part of a digit
# The extensions of each format that is accepted. MPO is Pillow's name for a JPEG that contains
# further images, such as the depth map that phones add.
FORMATS = {
    "PNG": {".png"},
    "JPEG": {".jpg", ".jpeg"},
    "MPO": {".jpg", ".jpeg"},
    "GIF": {".gif"},
    "BMP": {".bmp"},
    "WEBP": {".webp"},
    "TIFF": {".tif", ".tiff"},
    "AVIF": {".avif"},
}
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}  # of phones
TOO_LARGE = f"at most {MAX_SIDE:,} on each side are accepted. Crop it or scale it down."


class PictureError(ValueError):
    """The file is not a valid picture; the message says why and what is expected."""


@dataclass(frozen=True)
class Picture:
    """ink: (h, w) uint8, 0 background to 255 ink; note: a warning for the user, or empty.

    size: width and height of the file's picture; `ink` is smaller if that exceeds WORKING_SIDE,
    and larger if it is below SMALLEST_SIDE.
    """

    ink: np.ndarray
    size: tuple[int, int]
    note: str = ""


def read_picture(data: bytes, name: str) -> Picture:
    """Read the bytes of a picture called `name`, of one digit, dark on light or light on dark.

    Raises PictureError, with a message for the user, if that is impossible, or if there are several
    digits.
    """
    if not data:
        raise PictureError(f"{name} is empty; a PNG or JPEG picture of a digit is expected.")
    image = _open(data, name)
    try:
        image.load()
    except Exception:  # the decoders raise many types
        raise PictureError(f"{name} is damaged: it is truncated or cannot be decoded.") from None
    with suppress(Exception):  # Pillow raises many types on damaged EXIF data
        ImageOps.exif_transpose(image, in_place=True)
    note = ""
    extension = PurePath(name).suffix.lower()
    if extension and extension not in FORMATS[image.format]:
        actual = "JPEG" if image.format == "MPO" else image.format
        note = f"{name} has the extension {extension}, but is a {actual}; it was read as {actual}."
    ink = _ink(image)
    count = count_side_by_side(ink)
    if count > 1:
        raise PictureError(
            f"{name} seems to contain {count} digits side by side; crop the picture to one digit."
        )
    return Picture(ink, image.size, note)


def count_side_by_side(ink: np.ndarray) -> int:
    """Count the connected components of (h, w) uint8 that no column of the image shares.

    Components that overlap horizontally count as one; small ones do not count.
    """
    _, _, boxes, _ = cv2.connectedComponentsWithStats((ink > FAINT).astype(np.uint8))
    boxes = boxes[1:]  # the first is the background
    if not len(boxes):
        return 0
    heights = boxes[:, cv2.CC_STAT_HEIGHT]
    tall = boxes[heights >= TALL_SHARE * heights.max()]
    left = np.sort(tall[:, cv2.CC_STAT_LEFT])
    right = np.sort(tall[:, cv2.CC_STAT_LEFT] + tall[:, cv2.CC_STAT_WIDTH])
    gap = GAP_SHARE * heights.max()
    # A gap is to the left of a component if all that begin before it have ended.
    return 1 + int((left[1:] >= np.maximum.accumulate(right)[:-1] + gap).sum())


def _open(data: bytes, name: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # The size is checked below, with a message for the user.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise PictureError(f"{name} has far too many pixels; {TOO_LARGE}") from None
    except Exception:  # an unknown format, or a damaged header, of which many types are raised
        if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
            message = f"{name} is a HEIC; a PNG or JPEG is expected. Export it from Photos as JPEG."
            raise PictureError(message) from None
        raise PictureError(f"{name} is not a picture; a PNG or JPEG is expected.") from None
    if image.format not in FORMATS:
        raise PictureError(f"{name} is a {image.format}; a PNG or JPEG is expected.")
    if max(image.size) > MAX_SIDE:
        raise PictureError(f"{name} is {image.width:,} x {image.height:,} pixels; {TOO_LARGE}")
    return image


def _ink(image: Image.Image) -> np.ndarray:
    pixels = _enlarge(shrink(_as_rgb(image), WORKING_SIDE))
    if not _shows_only_ink(image):
        return find_ink(pixels)
    # Ink that fills most of a transparent picture must not be taken for the paper.
    height, width = pixels.shape[:2]
    margin, background = max(height, width) // 2, int(np.median(edge_of(pixels)))
    padded = np.pad(pixels, [(margin, margin)] * 2 + [(0, 0)], constant_values=background)
    return find_ink(padded)[margin : margin + height, margin : margin + width]


def _as_rgb(image: Image.Image) -> np.ndarray:
    """Convert to (h, w, 3) uint8, RGB; transparent pixels become background.

    A transparent picture is shrunk to WORKING_SIDE already.
    """
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow would clip 16 bits at 255 instead of scaling.
        values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
        return cv2.merge([_scale_values(values)] * 3)
    if not image.has_transparency_data:
        bands = cv2.split(np.asarray(image.convert("RGB")))
        return cv2.merge([_scale_values(band) for band in bands])
    pixels = shrink(np.asarray(image.convert("RGBA")), WORKING_SIDE)
    colour, alpha = pixels[:, :, :3], pixels[:, :, 3:] / 255
    visible = alpha[:, :, 0] > 0.5
    light = visible.any() and colour[visible].mean() > 127
    # If the border is opaque, the background is visible and has the majority's shade. Otherwise
    # only ink is visible: light ink needs a dark background, dark ink a light one.
    background = 255 if light == _has_opaque_border(pixels) else 0
    return (colour * alpha + background * (1 - alpha)).astype(np.uint8)


def _has_opaque_border(pixels: np.ndarray) -> bool:
    """Whether most of the outermost of (h, w, 4) pixels are opaque."""
    return bool(np.median(edge_of(pixels[:, :, 3])) > 127)


def _shows_only_ink(image: Image.Image) -> bool:
    """Whether all that is not transparent is of much the same lightness."""
    if not image.has_transparency_data:
        return False
    pixels = shrink(np.asarray(image.convert("RGBA")), WORKING_SIDE)
    visible = pixels[pixels[:, :, 3] > 127]
    same = not len(visible) or visible[:, :3].mean(axis=1).std() < INK_DEVIATION
    return same and not _has_opaque_border(pixels)


def _scale_values(values: np.ndarray) -> np.ndarray:
    """Scale values of fewer bits, such as 0 to 16 or 12 bits in 16, to 0 to 255 (uint8)."""
    highest = float(values.max())
    full = next((each for each in FULL_VALUES if highest <= each), highest)
    if values.dtype == np.uint8 and full == 255:
        return values
    return np.clip(values * (255 / full), 0, 255).astype(np.uint8)


def _enlarge(pixels: np.ndarray) -> np.ndarray:
    """Scale (h, w, 3) up if it is too small for strokes to be told from paper."""
    longer = max(pixels.shape[:2])
    if longer >= SMALLEST_SIDE:
        return pixels
    factor = 2 * SMALLEST_SIDE // longer
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
