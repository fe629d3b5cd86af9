"""Strokes as a short text, for a page's address.

The points are simplified and rounded to pixels. Per stroke, the bytes are: width, number of points,
then x and y of each point relative to the one before; as varints, compressed with zlib, and encoded
as base64url.
"""

import base64
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

import cv2
import numpy as np

from cnn.preprocessing.strokes import Stroke

MAX_CODE_LENGTH = 1500  # characters; a number of five digits has about 300
MAX_BYTES = 20_000  # of a code, decompressed
MAX_COORDINATE = 4095  # pixels
TOLERANCES = (0.5, 1, 2)  # pixels between a stroke and its simplification, the first that fits


def encode_strokes(strokes: list[Stroke]) -> str | None:
    """Return the code of `strokes`. Returns None if there are none, or if it would be too long."""
    for tolerance in TOLERANCES if strokes else ():
        numbers = (number for each in strokes for number in _as_numbers(each, tolerance))
        compressed = zlib.compress(_as_varints(numbers), 9)
        code = base64.urlsafe_b64encode(compressed).decode().rstrip("=")
        if len(code) <= MAX_CODE_LENGTH:
            return code
    return None


def decode_strokes(code: str) -> list[Stroke]:
    """Return the strokes of `code`. Raises ValueError if it is damaged."""
    try:
        if len(code) > MAX_CODE_LENGTH:
            raise ValueError("too long")
        compressed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        # A short text can hold gigabytes of zeros.
        decompressor = zlib.decompressobj()
        strokes = list(_read_strokes(decompressor.decompress(compressed, MAX_BYTES)))
        if not strokes or not decompressor.eof:
            raise ValueError("incomplete")
    except (ValueError, OverflowError, zlib.error) as error:
        raise ValueError("The code of the strokes is damaged.") from error
    return strokes


def _read_strokes(data: bytes) -> Iterator[Stroke]:
    numbers = _read_varints(data)
    for width in numbers:
        count = next(numbers, 0)
        steps = [_signed(number) for number in islice(numbers, 2 * count)]
        points = np.cumsum(np.array(steps, np.float64).reshape(count, 2), axis=0)
        if not count or not width or np.abs(points).max() > MAX_COORDINATE:
            raise ValueError("out of bounds")
        yield Stroke(points, float(width))


def _as_numbers(stroke: Stroke, tolerance: float) -> Iterator[int]:
    points = np.clip(stroke.points, -MAX_COORDINATE, MAX_COORDINATE).astype(np.float32)
    simple = cv2.approxPolyDP(points[:, None], tolerance, closed=False)[:, 0].round().astype(int)
    yield from (max(1, round(stroke.width)), len(simple))
    steps = np.diff(simple, axis=0, prepend=[[0, 0]])
    yield from np.where(steps < 0, -2 * steps - 1, 2 * steps).ravel().tolist()


def _signed(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _as_varints(numbers: Iterable[int]) -> bytes:
    """Seven bits per byte, the lowest first; the eighth is set in all but the last byte."""
    varints = bytearray()
    for number in numbers:
        while number > 127:
            varints.append(number & 127 | 128)
            number >>= 7
        varints.append(number)
    return bytes(varints)


def _read_varints(varints: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in varints:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("incomplete")
