"""Read an image file as ink, as a canvas would give it."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from cnn.preprocessing.paper import Separation, separate
from cnn.preprocessing.picture_decoding import decode_picture
from cnn.preprocessing.pixels import edge_of, shrink

WORKING_SIDE = 1024  # pixels; larger images are shrunk first, to save memory
FULL_VALUES = (1, 16, 255, 1023, 4095, 16383, 65535)  # the first that holds all is white
SMALLEST_SIDE = 20  # pixels; smaller images are enlarged first
INK_DEVIATION = 40  # of 255; the lightness of a picture with both ink and paper varies more


@dataclass(frozen=True)
class Picture:
    """steps: from the picture to its ink; note: a warning for the user, or empty.

    size: width and height of the file's picture. whole: those of all that `ink` is a part of: less
    if they exceed WORKING_SIDE, more if they are below SMALLEST_SIDE.
    """

    steps: Separation
    size: tuple[int, int]
    whole: tuple[int, int]
    note: str = ""

    @property
    def ink(self) -> np.ndarray:
        """(h, w) uint8, 0 background to 255 ink."""
        return self.steps.ink

    def box_in_file(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of the file, of a `box` in those of `ink`.

        If a sheet was straightened, it is the smallest one around the box as it is in the file.
        """
        left, top, right, bottom = box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
        if self.steps.homography is not None:  # from and to the middles of pixels
            corners = cv2.perspectiveTransform(corners[:, None] - 0.5, self.steps.homography)[:, 0]
            corners += 0.5
        corners = (corners * np.array(self.size) / self.whole).clip(0, self.size)
        return tuple(np.rint([*corners.min(axis=0), *corners.max(axis=0)]).astype(int).tolist())


def read_picture(data: bytes, name: str) -> Picture:
    """Read the bytes of a picture called `name`, of digits, dark on light or light on dark.

    Raises PictureError, with a message for the user, if that is impossible.
    """
    image, note = decode_picture(data, name)
    size, image = image.size, reduced(image, WORKING_SIDE)
    pixels = _enlarge(shrink(as_rgb(image), WORKING_SIDE))
    steps = _separate_in_margin(pixels) if _shows_only_ink(image) else separate(pixels)
    return Picture(steps, size, pixels.shape[1::-1], note)


def reduced(image: Image.Image, side: int) -> Image.Image:
    """Scale a picture that is much larger than `side` down by a whole number, to twice that.

    A picture of 50 million pixels would take a gigabyte in what follows; this is done channel by
    channel. Smaller ones stay as they are.
    """
    factor = max(image.size) // (2 * side)
    if factor < 2:
        return image
    if image.has_transparency_data and image.mode not in ("LA", "RGBA"):
        image = image.convert("RGBA")
    if image.mode.startswith("I;") or image.mode == "1":
        image = image.convert("L" if image.mode == "1" else "I")
    if len(image.getbands()) == 1:
        return image.reduce(factor)
    channels = (image.getchannel(each) for each in image.getbands())
    return Image.merge(image.mode, [each.reduce(factor) for each in channels])


def _separate_in_margin(pixels: np.ndarray) -> Separation:
    """Separate ink that may fill most of the picture, and must not be taken for the paper."""
    height, width = pixels.shape[:2]
    margin, background = max(height, width) // 2, int(np.median(edge_of(pixels)))
    padded = np.pad(pixels, [(margin, margin)] * 2 + [(0, 0)], constant_values=background)
    inside = slice(margin, margin + height), slice(margin, margin + width)
    steps = separate(padded)
    if steps.homography is None:
        return Separation(*(step[inside] for step in steps[:3]))
    moved = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1]]) @ steps.homography
    return steps._replace(homography=moved, picture=steps.picture[inside])


def as_rgb(image: Image.Image) -> np.ndarray:
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
    """Scale (h, w, 3) up if it is too small to distinguish strokes from paper."""
    longer = max(pixels.shape[:2])
    if longer >= SMALLEST_SIDE:
        return pixels
    factor = 2 * SMALLEST_SIDE // longer
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
