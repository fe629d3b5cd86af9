"""Arrays as PNG images, with one colour scale for each kind of quantity.

pixels       grey: black 0, white 255, as in MNIST
activations  black at 0, through purple and orange to pale yellow at the maximum ("inferno", which
             is perceptually uniform and suitable for the colour-blind)
weights      blue below 0, white at 0, red above; also for other signed quantities

Cells are enlarged to squares of whole pixels, without interpolation.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from cnn.constants import IMAGE_SIDE

SHADES = 253  # odd, so that a signed scale has a middle colour
GAP = 3  # pixels between two tiles
PNG_EFFORT = 3  # of 9: twice as fast as the default of 6, files a third larger
NUMBER_HEIGHT = 11  # pixels, of the number below a tile
FRAME = (64, 224, 205)  # the accent colour, lighter: on a black background
CORRECT, INCORRECT = (24, 122, 72), (196, 48, 43)  # white text is readable on both
CLEAR, TEXT = SHADES, SHADES + 1  # palette indices: transparent, and grey for numbers


@dataclass(frozen=True)
class Scale:
    """A colour scale: `palette`, (253, 3) uint8, spaced evenly from `low` to `high`."""

    kind: str
    low: float
    high: float
    palette: np.ndarray

    def indices(self, values: np.ndarray) -> np.ndarray:
        """The palette index of each value: any shape -> the same shape, uint8, 0 to 252."""
        span = (self.high - self.low) or 1.0
        last = len(self.palette) - 1
        share = (np.nan_to_num(values) - self.low) / span
        return np.rint(np.clip(share, 0, 1) * last).astype(np.uint8)


def _between(stops: list[tuple[int, int, int]]) -> np.ndarray:
    """A palette, (SHADES, 3) uint8, interpolated linearly between colours."""
    places = np.linspace(0, len(stops) - 1, SHADES)
    channels = [
        np.interp(places, range(len(stops)), channel) for channel in zip(*stops, strict=True)
    ]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


GREY = _between([(0, 0, 0), (255, 255, 255)])
INFERNO = cv2.applyColorMap(
    np.linspace(0, 255, SHADES).astype(np.uint8)[:, None], cv2.COLORMAP_INFERNO
)[:, 0, ::-1]
BLUE_WHITE_RED = _between(
    [(5, 48, 97), (67, 147, 195), (255, 255, 255), (214, 96, 77), (103, 0, 31)]
)


def readable_on(background: Sequence[int]) -> str:
    """Black or white, "#000" or "#fff", whichever has more contrast on an sRGB colour, 0 to 255.

    By the relative luminance of WCAG 2: both have the same contrast, 4.6, on 0.179.
    """
    shares = np.asarray(background) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return "#000" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "#fff"


def pixel_scale(white: float = 255) -> Scale:
    """For pixels from 0 to `white`: 255, or 1 if they are scaled."""
    return Scale("pixels", 0, white, GREY)


def activation_scale(*arrays: np.ndarray) -> Scale:
    """For values of at least 0: black at 0, brightest at the maximum of `arrays`."""
    return Scale("activations", 0, max(float(each.max()) for each in arrays), INFERNO)


def signed_scale(*arrays: np.ndarray) -> Scale:
    """For values of both signs: white at 0, symmetric, up to the largest magnitude in `arrays`."""
    largest = max(float(np.abs(each).max()) for each in arrays) or 1.0
    return Scale("weights", -largest, largest, BLUE_WHITE_RED)


def scale_for(*arrays: np.ndarray) -> Scale:
    """The signed scale if any value is negative, else the scale of activations."""
    return (signed_scale if min(each.min() for each in arrays) < 0 else activation_scale)(*arrays)


def paint(values: np.ndarray, scale: Scale, side: int) -> bytes:
    """One map (h, w) as a PNG about `side` pixels high."""
    return _paletted(_enlarged(scale.indices(values), max(1, side // values.shape[0])), scale)


def paint_picture(picture: np.ndarray, side: int) -> bytes:
    """A picture (h, w) or (h, w, 3) uint8, RGB, as a PNG: in a square of `side` pixels, centred."""
    shown = Image.fromarray(np.ascontiguousarray(picture)).convert("RGB")
    is_enlarged = max(shown.size) < side
    method = Image.Resampling.NEAREST if is_enlarged else Image.Resampling.BOX
    shown = ImageOps.contain(shown, (side, side), method)
    square = Image.new("RGBA", (side, side))
    square.paste(shown, ((side - shown.width) // 2, (side - shown.height) // 2))
    return _encode(square)


def paint_over(image: np.ndarray, values: np.ndarray, scale: Scale, side: int) -> bytes:
    """`values` (h, w) as the colours of `image` (h, w) uint8: a PNG of at most `side` pixels.

    Colours are multiplied by the pixels: the background stays black.
    """
    factor = max(1, side // image.shape[0])
    colours = scale.palette[scale.indices(values)] * (image / 255.0)[..., None]
    return _encode(Image.fromarray(_enlarged(np.rint(colours).astype(np.uint8), factor)))


def paint_spot(
    image: np.ndarray, rows: tuple[int, int], columns: tuple[int, int], side: int
) -> bytes:
    """`image` (h, w) uint8 with a framed region: a PNG of at most `side` pixels.

    `rows` and `columns` are half-open ranges; the frame is around them, within the image.
    """
    factor = max(1, side // image.shape[0])
    picture = Image.fromarray(_enlarged(image, factor)).convert("RGB")
    line = max(1, 2 * factor // 3)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(
        (
            max(columns[0] * factor - line, 0),
            max(rows[0] * factor - line, 0),
            min(columns[1] * factor + line, picture.width) - 1,
            min(rows[1] * factor + line, picture.height) - 1,
        ),
        outline=FRAME,
        width=line,
    )
    return _encode(picture)


def paint_sheet(images: np.ndarray, columns: int) -> bytes:
    """All of (n, h, w) uint8 without gaps, row by row, as one PNG with 16 shades of grey."""
    count, height, width = images.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width), np.uint8)
    sheet[:count] = (images + np.uint16(8)) // 17  # 0 to 15: half the size, no visible difference
    sheet = sheet.reshape(rows, columns, height, width).swapaxes(1, 2)
    picture = Image.fromarray(sheet.reshape(rows * height, columns * width), "P")
    picture.putpalette(np.arange(0, 256, 17, np.uint8).repeat(3).tobytes())
    return _encode(picture, bits=4)


def paint_predictions(
    images: np.ndarray, predictions: Sequence, correct: np.ndarray, columns: int, side: int
) -> bytes:
    """Images (n, h, w) uint8 with a green or red frame by `correct`, (n,) bool, as one PNG.

    Below each are its prediction, a class or the beginning of its name, and a tick or a cross, for
    the colour-blind. Each image is about `side` pixels high; gaps are transparent.
    """
    factor = max(1, side // images.shape[1])
    line = max(2, side // IMAGE_SIDE)
    high, wide = (length * factor + 2 * line for length in images.shape[1:])
    label = max(12, high // 4)
    rows, gap = -(-len(images) // columns), 2 * line
    size = (columns * (wide + gap) - gap, rows * (high + label + gap) - gap)
    sheet = Image.new("RGBA", size)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(0.66 * label)
    results = zip(images, predictions, correct, strict=True)
    for number, (image, prediction, is_correct) in enumerate(results):
        x, y = number % columns * (wide + gap), number // columns * (high + label + gap)
        box = (x, y, x + wide - 1, y + high + label - 1)
        pen.rectangle(box, fill=CORRECT if is_correct else INCORRECT)
        sheet.paste(Image.fromarray(_enlarged(image, factor)).convert("RGB"), (x + line, y + line))
        middle = y + high + (label - line) // 2
        room = wide - 4 * line - 1.2 * label  # beside the mark
        text = _fitting(str(prediction), font, room)
        pen.text((x + 2 * line, middle), text, fill="white", font=font, anchor="lm")
        _mark(pen, bool(is_correct), x + wide - line - 0.35 * label, middle, 0.26 * label)
    return _encode(sheet)


def _fitting(text: str, font: Any, room: float) -> str:
    """Return `text`, or its beginning and "…" if it is wider than `room` pixels."""
    if len(text) == 1 or font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text}…"


def _mark(pen: ImageDraw.ImageDraw, tick: bool, x: float, y: float, reach: float) -> None:
    """Draw a tick or a cross with centre (x, y) and radius `reach`."""
    if tick:
        lines = [[(-1, 0.1), (-0.3, 0.8), (1, -0.8)]]
    else:
        lines = [[(-0.8, -0.8), (0.8, 0.8)], [(-0.8, 0.8), (0.8, -0.8)]]
    for each in lines:
        points = [(x + reach * across, y + reach * down) for across, down in each]
        pen.line(points, fill="white", width=max(1, round(reach / 2.5)), joint="curve")


def paint_tiles(maps: np.ndarray, scale: Scale, columns: int, side: int) -> bytes:
    """Maps (h, w, n) as one PNG: tiles numbered from 0, row by row, about `side` pixels high."""
    height, width, count = maps.shape
    factor = max(1, side // height)
    columns = min(columns, count)
    rows = -(-count // columns)
    high, wide = height * factor, width * factor
    tiles = np.full((rows * columns, height, width), CLEAR, np.uint8)
    tiles[:count] = scale.indices(maps).transpose(2, 0, 1)
    sheet = _numbered(count, columns, high, wide).copy()
    # (rows, pixels, columns, pixels): a view that takes all tiles in one assignment.
    places = sheet.reshape(rows, high + NUMBER_HEIGHT + GAP, columns, wide + GAP)
    enlarged = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    places[:, :high, :, :wide] = enlarged.reshape(rows, columns, high, wide).swapaxes(1, 2)
    return _paletted(sheet[:-GAP, :-GAP], scale)


@lru_cache(maxsize=32)
def _numbered(count: int, columns: int, high: int, wide: int) -> np.ndarray:
    """Palette indices of a sheet of `count` numbered, empty tiles, with a gap after each."""
    rows = -(-count // columns)
    step_y, step_x = high + NUMBER_HEIGHT + GAP, wide + GAP
    picture = Image.new("P", (columns * step_x, rows * step_y), CLEAR)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default_imagefont()
    for number in range(count):
        y, x = number // columns * step_y, number % columns * step_x
        pen.text((x, y + high), str(number), fill=TEXT, font=font)
    return np.asarray(picture)


def paint_units(values: np.ndarray, scale: Scale, columns: int, side: int) -> bytes:
    """The values of a dense layer, (units,), as a PNG of squares, row by row."""
    rows = -(-len(values) // columns)
    sheet = np.full(rows * columns, CLEAR, np.uint8)
    sheet[: len(values)] = scale.indices(values)
    return _paletted(_enlarged(sheet.reshape(rows, columns), side), scale)


def _enlarged(cells: np.ndarray, factor: int) -> np.ndarray:
    return cells.repeat(factor, axis=0).repeat(factor, axis=1)


def _paletted(indices: np.ndarray, scale: Scale) -> bytes:
    """A PNG with the palette of `scale`: a third of the size of an RGB one."""
    picture = Image.fromarray(np.ascontiguousarray(indices), "P")
    palette = np.concatenate([scale.palette, [[0, 0, 0], [128, 128, 128]]]).astype(np.uint8)
    picture.putpalette(palette.tobytes())
    return _encode(picture, transparency=CLEAR, compress_level=PNG_EFFORT)


def _encode(picture: Image.Image, **options: Any) -> bytes:
    """`picture` as PNG; `options` as in Pillow's `save`."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()
