"""A picture with labelled boxes, as of a detector."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnn.rendering.images import FRAME

LINE, TEXT_SIZE, MARGIN = 2, 14, 3  # pixels
DARK = (15, 23, 42)  # text on FRAME: contrast 11


def paint_boxes(picture: np.ndarray, boxes: np.ndarray, labels: Sequence[str]) -> bytes:
    """A PNG of (h, w, 3) uint8, RGB, with a frame and a label for each of (n, 4) boxes.

    A box is left, top, right and bottom; its label is above it, or within if there is no room.
    """
    shown = Image.fromarray(np.ascontiguousarray(picture))
    pen, font = ImageDraw.Draw(shown), ImageFont.load_default(TEXT_SIZE)
    height = TEXT_SIZE + 2 * MARGIN
    for box, label in zip(np.rint(boxes).astype(int).tolist(), labels, strict=True):
        left, top, right, bottom = box
        pen.rectangle((left, top, right - 1, bottom - 1), outline=FRAME, width=LINE)
        y = top - height if top >= height else top
        width = font.getlength(label) + 2 * MARGIN
        x = max(0, min(left, shown.width - width))
        pen.rectangle((x, y, x + width, y + height), fill=FRAME)
        pen.text((x + MARGIN, y + height / 2), label, fill=DARK, font=font, anchor="lm")
    buffer = io.BytesIO()
    shown.save(buffer, "PNG")
    return buffer.getvalue()
