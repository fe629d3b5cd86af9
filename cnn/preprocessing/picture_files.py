"""Read an image file as ink, as a canvas would give it."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from cnn.preprocessing.picture_decoding import decode_picture

WORKING_SIDE = 2048  # pixels; larger images are shrunk first, to save memory
MIN_CONTRAST = 40  # of 255, between background and ink; with less, the image is blank
# Of the contrast: weaker marks are paper grain, shadows or JPEG artefacts.
BACKGROUND_SHARE = 0.25
TALL_SHARE = 0.5  # of the largest height; lower components may be part of a digit


@dataclass(frozen=True)
class Picture:
    """ink: (h, w) uint8, 0 background to 255 ink; note: a warning for the user, or empty.

    size: width and height of the file's picture; `ink` is smaller if that exceeds WORKING_SIDE.
    """

    ink: np.ndarray
    size: tuple[int, int]
    note: str = ""


def read_picture(data: bytes, name: str) -> Picture:
    """Read the bytes of a picture file called `name`, dark on light or light on dark.

    Raises PictureError, with a message for the user, if that is impossible.
    """
    image, note = decode_picture(data, name)
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
