"""Arrays -> pictures (PNG), with one colour scale for each kind of quantity.

pixels       grey: black 0, white 255, as MNIST is
activations  black at 0, through purple and orange to pale yellow at the top ("inferno", made to be
             even in brightness and right for the colour-blind)
weights      blue below 0, white at 0, red above; also for anything else with a sign

A cell is enlarged to a square of whole pixels, never smoothed.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cnn.constants import IMAGE_SIDE

SHADES = 253  # odd, so that a signed scale has a middle
GAP = 3  # pixels between two tiles
PNG_EFFORT = 3  # of 9: twice as fast as the default of 6, for a third more weight
NUMBER_HEIGHT = 11  # pixels below a tile for its number
FRAME = (64, 224, 205)  # the accent colour, lighter: it stands on black
RIGHT, WRONG = (24, 122, 72), (196, 48, 43)  # white words can be read on both
CLEAR, TEXT = SHADES, SHADES + 1  # after the shades: see-through, and grey on light and dark


@dataclass(frozen=True)
class Scale:
    """What colours mean: `palette` (253, 3) uint8 spread evenly from `low` to `high`."""

    kind: str
    low: float
    high: float
    palette: np.ndarray

    def indices(self, values: np.ndarray) -> np.ndarray:
        """Where in the palette each value is: any shape -> the same, uint8 0 to 252."""
        span = (self.high - self.low) or 1.0
        last = len(self.palette) - 1
        share = (np.nan_to_num(values) - self.low) / span
        return np.rint(np.clip(share, 0, 1) * last).astype(np.uint8)


def _between(stops: list[tuple[int, int, int]]) -> np.ndarray:
    """A palette that runs straight from each colour to the next."""
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


def pixel_scale(white: float = 255) -> Scale:
    """For pixels, as they are stored, 0 to 255, or as a network is given them, 0 to 1."""
    return Scale("pixels", 0, white, GREY)


def activation_scale(*arrays: np.ndarray) -> Scale:
    """For values from 0 up: black at 0, brightest at the largest value in `arrays`."""
    return Scale("activations", 0, max(float(each.max()) for each in arrays), INFERNO)


def signed_scale(*arrays: np.ndarray) -> Scale:
    """For values of both signs: white at 0, as far to both sides as `arrays` reach."""
    reach = max(float(np.abs(each).max()) for each in arrays) or 1.0
    return Scale("weights", -reach, reach, BLUE_WHITE_RED)


def scale_for(*arrays: np.ndarray) -> Scale:
    """The signed scale where any value is below 0, else the one for activations."""
    return (signed_scale if min(each.min() for each in arrays) < 0 else activation_scale)(*arrays)


def paint(values: np.ndarray, scale: Scale, side: int) -> bytes:
    """One map (h, w) as a PNG about `side` pixels high, each cell a square of whole pixels."""
    return _paletted(_enlarged(scale.indices(values), max(1, side // values.shape[0])), scale)


def paint_over(image: np.ndarray, values: np.ndarray, scale: Scale, side: int) -> bytes:
    """`values` (h, w) in colours over `image` (h, w) uint8 in grey: a PNG of `side` pixels or less.

    Where there is no ink the paper shows, dark; ink has the colour of its value.
    """
    factor = max(1, side // image.shape[0])
    strength = (image / 255.0)[..., None]
    colours = scale.palette[scale.indices(values)]
    mixed = np.rint(colours * strength).astype(np.uint8)
    return _encode(Image.fromarray(_enlarged(mixed, factor)))


def paint_boxes(ink: np.ndarray, boxes: list[tuple[int, int, int, int]], width: int) -> bytes:
    """`ink` (h, w) uint8 as a PNG of `width` pixels, framed and numbered boxes over it.

    A box is (left, top, right, bottom) in pixels of `ink`.
    """
    factor = width / ink.shape[1]
    size = (width, max(1, round(ink.shape[0] * factor)))
    picture = Image.fromarray(ink).resize(size, Image.Resampling.LANCZOS).convert("RGB")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default_imagefont()
    for number, box in enumerate(boxes, 1):
        left, top, right, bottom = (round(side * factor) for side in box)
        pen.rectangle((left - 2, top - 2, right + 1, bottom + 1), outline=FRAME)
        pen.text((left, max(top - 14, 0)), str(number), fill=FRAME, font=font)
    return _encode(picture)


def paint_spot(
    image: np.ndarray, rows: tuple[int, int], columns: tuple[int, int], side: int
) -> bytes:
    """`image` (h, w) uint8 in grey, a spot of it framed: a PNG of `side` pixels or less.

    `rows` and `columns` are the spot's first and the one after its last. The frame lies around it,
    and within it only where the picture ends.
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
    """All of (n, h, w) uint8 edge to edge, row by row, as a PNG of 16 greys and no larger."""
    count, height, width = images.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width), np.uint8)
    sheet[:count] = (images + np.uint16(8)) // 17  # 0 to 15: half the weight, and nobody sees it
    sheet = sheet.reshape(rows, columns, height, width).swapaxes(1, 2)
    picture = Image.fromarray(sheet.reshape(rows * height, columns * width), "P")
    picture.putpalette(np.arange(0, 256, 17, np.uint8).repeat(3).tobytes())
    return _encode(picture, bits=4)


def paint_predictions(
    images: np.ndarray, guesses: np.ndarray, right: np.ndarray, columns: int, side: int
) -> bytes:
    """(n, h, w) uint8 in grey, framed green or red by `right`, (n,) bool, as one PNG, row by row.

    Below each stand its guess, of (n,), in words, and a tick or a cross: not all can tell red from
    green. A picture is about `side` pixels high, and the sheet see-through between them.
    """
    factor = max(1, side // images.shape[1])
    line = max(2, side // IMAGE_SIDE)
    high, wide = (length * factor + 2 * line for length in images.shape[1:])
    label = max(12, high // 4)
    rows, gap = -(-len(images) // columns), 2 * line
    size = (columns * (wide + gap) - gap, rows * (high + label + gap) - gap)
    sheet = Image.new("RGBA", size)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(0.66 * label)
    for number, (image, guess, is_right) in enumerate(zip(images, guesses, right, strict=True)):
        x, y = number % columns * (wide + gap), number // columns * (high + label + gap)
        box = (x, y, x + wide - 1, y + high + label - 1)
        pen.rectangle(box, fill=RIGHT if is_right else WRONG)
        sheet.paste(Image.fromarray(_enlarged(image, factor)).convert("RGB"), (x + line, y + line))
        middle = y + high + (label - line) // 2
        pen.text((x + 2 * line, middle), f"read as {guess}", fill="white", font=font, anchor="lm")
        _mark(pen, bool(is_right), x + wide - line - 0.35 * label, middle, 0.26 * label)
    return _encode(sheet)


def _mark(pen: ImageDraw.ImageDraw, tick: bool, x: float, y: float, reach: float) -> None:
    """A tick or a cross around (x, y), as far to all sides as `reach`."""
    if tick:
        lines = [[(-1, 0.1), (-0.3, 0.8), (1, -0.8)]]
    else:
        lines = [[(-0.8, -0.8), (0.8, 0.8)], [(-0.8, 0.8), (0.8, -0.8)]]
    for each in lines:
        points = [(x + reach * across, y + reach * down) for across, down in each]
        pen.line(points, fill="white", width=max(1, round(reach / 2.5)), joint="curve")


def paint_tiles(maps: np.ndarray, scale: Scale, columns: int, side: int) -> bytes:
    """All of (h, w, n) as one PNG: tiles numbered from 0, row by row, about `side` pixels high.

    On one scale, so that tiles can be compared.
    """
    height, width, count = maps.shape
    factor = max(1, side // height)
    columns = min(columns, count)
    rows = -(-count // columns)
    high, wide = height * factor, width * factor
    tiles = np.full((rows * columns, height, width), CLEAR, np.uint8)
    tiles[:count] = scale.indices(maps).transpose(2, 0, 1)
    sheet = _numbered(count, columns, high, wide).copy()
    # (rows, lines of a row, columns, lines of a column): all tiles are put in their places at once.
    places = sheet.reshape(rows, high + NUMBER_HEIGHT + GAP, columns, wide + GAP)
    enlarged = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    places[:, :high, :, :wide] = enlarged.reshape(rows, columns, high, wide).swapaxes(1, 2)
    return _paletted(sheet[:-GAP, :-GAP], scale)


@lru_cache(maxsize=32)
def _numbered(count: int, columns: int, high: int, wide: int) -> np.ndarray:
    """The sheet for `count` tiles, empty but for their numbers, with a gap after each."""
    rows = -(-count // columns)
    step_y, step_x = high + NUMBER_HEIGHT + GAP, wide + GAP
    picture = Image.new("P", (columns * step_x, rows * step_y), CLEAR)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default_imagefont()
    for number in range(count):
        y, x = number // columns * step_y, number % columns * step_x
        pen.text((x, y + high), str(number), fill=TEXT, font=font)
    return np.asarray(picture)


def paint_units(values: np.ndarray, scale: Scale, columns: int, side: int) -> bytes:
    """A dense layer's (units,) as a PNG of squares, row by row; the last row may be short."""
    rows = -(-len(values) // columns)
    sheet = np.full(rows * columns, CLEAR, np.uint8)
    sheet[: len(values)] = scale.indices(values)
    return _paletted(_enlarged(sheet.reshape(rows, columns), side), scale)


def _enlarged(cells: np.ndarray, factor: int) -> np.ndarray:
    return cells.repeat(factor, axis=0).repeat(factor, axis=1)


def _paletted(indices: np.ndarray, scale: Scale) -> bytes:
    """A palette's PNG: a third of an RGB one's weight, and its colours are exactly the scale's."""
    picture = Image.fromarray(np.ascontiguousarray(indices), "P")
    palette = np.concatenate([scale.palette, [[0, 0, 0], [128, 128, 128]]]).astype(np.uint8)
    picture.putpalette(palette.tobytes())
    return _encode(picture, transparency=CLEAR, compress_level=PNG_EFFORT)


def _encode(picture: Image.Image, **options: Any) -> bytes:
    """The PNG of `picture`; `options` are Pillow's."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()
