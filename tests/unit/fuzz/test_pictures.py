"""Damaged pictures of each format, and headers that promise too much: ink, or a PictureError.

1,200 damaged files and 400 headers: 1,600 in all. The memory of the process grows by less than
500 MB in them, of which a picture of the largest allowed size takes most.
"""

import io
import resource
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener

from cnn.preprocessing.picture_decoding import PictureError
from cnn.preprocessing.picture_files import read_picture
from tests.unit.fuzz.values import damaged

MAX_GROWTH_KB = 500_000
PICTURE = np.full((40, 32), 230, np.uint8)
PICTURE[8:32, 14:18] = 30
register_heif_opener()


def encoded(form: str, pixels: np.ndarray = PICTURE, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


FILES = {
    "png": encoded("PNG"),
    "png of 16 bits": encoded("PNG", PICTURE.astype(np.uint16) * 257),
    "png with transparency": encoded("PNG", np.dstack([PICTURE] * 3 + [255 - PICTURE // 2])),
    "jpeg": encoded("JPEG"),
    "jpeg with colours": encoded("JPEG", np.dstack([PICTURE] * 3), progressive=True),
    "gif": encoded("GIF"),
    "bmp": encoded("BMP"),
    "tiff": encoded("TIFF", compression="tiff_lzw"),
    "webp": encoded("WEBP", np.dstack([PICTURE] * 3)),
    "lossless webp": encoded("WEBP", np.dstack([PICTURE] * 3), lossless=True),
    "heif": encoded("HEIF", np.dstack([PICTURE] * 3)),
    "avif": encoded("AVIF", np.dstack([PICTURE] * 3)),
}


@pytest.fixture(autouse=True, scope="module")
def memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MAX_GROWTH_KB


def expect_ink_or_a_sentence(content: bytes) -> None:
    try:
        assert read_picture(content, "digit").ink.ndim == 2
    except PictureError as error:
        assert str(error).startswith("digit ") and str(error).endswith(".")


@pytest.mark.parametrize("form", FILES)
def test_an_undamaged_file_is_read(form):
    assert read_picture(FILES[form], "digit").ink.any()


@pytest.mark.parametrize("form", FILES)
@settings(max_examples=100)
@given(data=st.data())
def test_a_damaged_file_gives_ink_or_a_sentence(form, data):
    expect_ink_or_a_sentence(data.draw(damaged(FILES[form], edge=60)))


def test_a_picture_of_too_many_pixels_is_refused():
    with pytest.raises(PictureError, match="at most 51 million in all are accepted"):
        read_picture(gif_of(8192, 8192, 0, 0), "digit")


SIDES = st.sampled_from([0, 1, 2, 6200, 8192, 8193, 65_535, 2**24 - 1, 2**31 - 1, 2**32 - 1])


def png_of(width: int, height: int, depth: int, kind: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return FILES["png"][:8] + chunk + FILES["png"][33:]


def bmp_of(width: int, height: int, depth: int, kind: int) -> bytes:
    file = bytearray(FILES["bmp"])
    file[18:30] = struct.pack("<IIHH", width, height, 1, depth)
    file[30:34] = struct.pack("<I", kind)
    return bytes(file)


def gif_of(width: int, height: int, depth: int, kind: int) -> bytes:
    size = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    file = FILES["gif"].replace(struct.pack("<HH", 32, 40), size)
    return file[:10] + bytes([depth << 4 | kind]) + file[11:]


def jpeg_of(width: int, height: int, depth: int, kind: int) -> bytes:
    file = bytearray(FILES["jpeg"])
    at = file.index(b"\xff\xc0")
    file[at + 4 : at + 9] = struct.pack(">BHH", depth, height & 0xFFFF, width & 0xFFFF)
    return bytes(file)


@settings(max_examples=400)
@given(
    st.sampled_from([png_of, bmp_of, gif_of, jpeg_of]),
    *(SIDES, SIDES),
    st.sampled_from([0, 1, 2, 4, 8, 15]) | st.just(8),
    st.integers(0, 6),
)
def test_a_header_of_any_size_gives_ink_or_a_sentence(form, width, height, depth, kind):
    expect_ink_or_a_sentence(form(width, height, depth, kind))
