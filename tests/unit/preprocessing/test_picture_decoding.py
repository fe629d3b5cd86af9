import io
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from cnn.preprocessing.picture_decoding import EXTENSIONS, PictureError, decode_picture
from cnn.preprocessing.picture_files import read_picture

pytestmark = pytest.mark.filterwarnings("error")  # also of Pillow: decode_picture shows none

# An L: no reflection or rotation leaves it unchanged. Even, as HEIC and AVIF halve the colours.
PICTURE = np.full((40, 32), 255, np.uint8)
PICTURE[8:32, 8:12] = PICTURE[28:32, 8:24] = 0

EXTENSION = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "WEBP": ".webp",
    "AVIF": ".avif",
    "TIFF": ".tif",
    "GIF": ".gif",
    "BMP": ".bmp",
    "HEIF": ".heic",
}


def encoded(form, picture=PICTURE, orientation=None, **options):
    """A file of a format; skips the test if it cannot be written here."""
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow was built without AVIF")
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    if orientation:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif.tobytes()  # pillow-heif turns only bytes into HEIC's rotation
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def pixels_of(data, name="digit"):
    return np.asarray(decode_picture(data, name)[0].convert("L"))


@pytest.mark.parametrize("form", EXTENSION)
def test_each_format_is_read_by_its_own_extension_without_a_note(form):
    name = f"digit{EXTENSION[form]}"
    image, note = decode_picture(encoded(form), name)
    np.testing.assert_array_equal(np.asarray(image.convert("L")) > 127, PICTURE > 127)
    assert note == ""
    assert EXTENSION[form] in EXTENSIONS


@pytest.mark.parametrize("form", EXTENSION)
def test_each_format_is_read_by_its_content_if_the_extension_is_another(form):
    image, note = decode_picture(encoded(form), "digit.txt")
    np.testing.assert_array_equal(np.asarray(image.convert("L")) > 127, PICTURE > 127)
    kind = {"HEIF": "a HEIC", "AVIF": "an AVIF", "WEBP": "a WebP"}.get(form, f"a {form}")
    assert note.startswith(f"digit.txt has the extension .txt, but is {kind}; it was read as ")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
def test_a_picture_taken_with_the_phone_on_its_side_is_upright(form):
    stored = np.ascontiguousarray(np.rot90(PICTURE))
    pixels = pixels_of(encoded(form, stored, orientation=6))
    np.testing.assert_array_equal(pixels > 127, PICTURE > 127)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF"])
def test_of_several_frames_or_pages_the_first_counts(form):
    blank = Image.new("L", (32, 40), 255)
    pixels = pixels_of(encoded(form, save_all=True, append_images=[blank]))
    np.testing.assert_array_equal(pixels > 127, PICTURE > 127)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "P"])
def test_a_tiff_of_any_mode_is_read(mode):
    picture = Image.fromarray(PICTURE).convert("RGB")
    if mode == "LAB":
        picture = Image.merge(
            "LAB", [Image.fromarray(PICTURE), *[Image.new("L", (32, 40), 128)] * 2]
        )
    pixels = pixels_of(encoded("TIFF", picture.convert(mode) if mode != "LAB" else picture))
    np.testing.assert_array_equal(pixels > 127, PICTURE > 127)


def test_values_that_are_no_numbers_are_0():
    values = np.array([[np.nan, np.inf], [255, 0]], np.float32)
    image, _ = decode_picture(encoded("TIFF", values), "digit.tif")
    assert np.isfinite(np.asarray(image)).all()
    assert np.asarray(image)[0, 0] == 0


# Errors


def error_message(data, name="digit.png"):
    with pytest.raises(PictureError) as raised:
        decode_picture(data, name)
    return str(raised.value)


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("digit.txt", "7")
    return buffer.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG, "an SVG: a drawing of lines, not of pixels. Save it as PNG."),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<!DOCTYPE svg>" + SVG, "an SVG: "),
        (b"%PDF-1.7\n", "a PDF: a document, not a picture. Save its page as PNG,"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50), "a video. Pause it"),
        (b"\x1aE\xdf\xa3" + bytes(50), "a video. Pause it"),
        (b"RIFF\0\0\0\0AVI LIST", "a video. Pause it"),
        (b"<!DOCTYPE html><html><svg></svg></html>", "a web page. Save the picture on it"),
        (zipped(), "an archive or a document. Take the picture out of it"),
        (b"8BPS\0\1" + bytes(50), "a Photoshop file. Save it as PNG."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript file: a drawing of lines"),
        (b"\xff\x0a" + bytes(50), "a JPEG XL picture. Save it as PNG or JPEG."),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC that is damaged or cannot be decoded"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "an AVIF that is damaged or cannot be"),
        (b"hello", "not a picture; a picture is expected, as PNG, JPEG, HEIC, WebP,"),
    ],
)  # fmt: skip
def test_the_error_says_what_another_file_is_and_what_to_do(data, words):
    if b"heic" in data:
        pytest.importorskip("pillow_heif")
    assert error_message(data).startswith(f"digit.png is {words}")


@pytest.mark.parametrize(
    ("form", "kind"), [("ICO", "an icon"), ("JPEG2000", "a JPEG 2000 picture")]
)
def test_the_error_names_another_format(form, kind):
    assert error_message(encoded(form)).startswith(f"digit.png is {kind}. Save it as PNG")


def test_without_the_package_for_heic_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    assert error_message(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo.heic") == (
        "photo.heic is a HEIC, and the package that reads it is missing. Install it by pip install "
        "pillow-heif, or save the picture as JPEG."
    )


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_picture_that_is_too_large_is_refused_in_each_format(form):
    data = encoded(form, Image.new("L", (8200, 8)))
    assert "is 8,200 x 8 pixels; at most 8,192 on each side" in error_message(data)


# Damaged files

KINDS = [*EXTENSION, "transparent PNG", "16 bit PNG", "animated GIF", "float TIFF"]


def file_of(kind):
    two = {"save_all": True, "append_images": [Image.new("L", (32, 40))]}
    special = {
        "transparent PNG": lambda: encoded("PNG", np.stack([PICTURE, 255 - PICTURE], 2), 6),
        "16 bit PNG": lambda: encoded("PNG", PICTURE.astype(np.uint16) * 257),
        "animated GIF": lambda: encoded("GIF", **two),
        "float TIFF": lambda: encoded("TIFF", PICTURE.astype(np.float32)),
    }
    return special[kind]() if kind in special else encoded(kind)


def expect_ink_or_an_error(data):
    try:
        assert read_picture(data, "digit.png").ink.ndim == 2
    except PictureError as error:
        assert str(error).startswith("digit.png ")
        assert str(error).endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_truncated_anywhere_gives_ink_or_an_error(kind):
    data = file_of(kind)
    for length in range(0, len(data), max(1, len(data) // 150)):
        expect_ink_or_an_error(data[:length])


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_file_with_changed_bytes_gives_ink_or_an_error(kind, data):
    content = bytearray(file_of(kind))
    positions = st.integers(0, len(content) - 1)
    for position, value in data.draw(
        st.dictionaries(positions, st.integers(0, 255), min_size=1)
    ).items():
        content[position] = value
    expect_ink_or_an_error(bytes(content))


STARTS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"II*\0", b"MM\0*"]
STARTS += [b"RIFF\0\1\0\0WEBPVP8 ", b"\0\0\0\x1cftypheic", b"\0\0\0\x1cftypavif", b"<?xml<svg"]


@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_give_ink_or_an_error(start, data):
    expect_ink_or_an_error(start + data)
