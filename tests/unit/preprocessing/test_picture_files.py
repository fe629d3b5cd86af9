import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from cnn.preprocessing.picture_decoding import MAX_SIDE, PictureError
from cnn.preprocessing.picture_files import read_picture

# An L, 255 for ink: no reflection or rotation leaves it unchanged.
INK = np.zeros((40, 32), np.uint8)
INK[8:32, 8:12] = INK[28:32, 8:24] = 255
DARK_ON_LIGHT = 255 - INK
TRANSPARENCY = np.stack([np.zeros_like(INK), INK], axis=2)  # black ink on a transparent background

# From the stored image to the upright image, by EXIF orientation.
UPRIGHT = {
    1: lambda image: image,
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda image: np.rot90(image, -1),
    7: lambda image: np.rot90(np.transpose(image), 2),
    8: np.rot90,
}


def encoded(picture, form="PNG", **options):
    """Encode an array or a Pillow image as a file."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def ink_in(data, name="digit.png"):
    picture = read_picture(data, name)
    assert picture.ink.dtype == np.uint8
    return picture.ink


def exif_orientation(number):
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def png_header(width, height):
    """A PNG with the given size in its header, without the pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each))
        for each in (chunk, data, b"IEND")
    )


# Valid files


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1"])
@pytest.mark.parametrize("picture", [DARK_ON_LIGHT, INK], ids=["dark on light", "light on dark"])
def test_a_png_of_any_mode_gives_its_ink(mode, picture):
    data = encoded(Image.fromarray(picture).convert(mode))
    np.testing.assert_array_equal(ink_in(data), INK)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("picture", [DARK_ON_LIGHT, INK], ids=["dark on light", "light on dark"])
def test_a_jpeg_gives_its_ink_without_artefacts(mode, picture):
    data = encoded(Image.fromarray(picture).convert(mode), "JPEG", quality=60)
    ink = ink_in(data, "digit.jpg")
    assert ink.shape == INK.shape
    assert ink[INK == 255].min() > 150
    assert ink[INK == 0].max() < 60


@given(st.integers(0, 255), st.integers(0, 255))
def test_ink_of_any_grey_on_paper_of_any_grey(ink, paper):
    assume(abs(ink - paper) >= 40 and max(ink, paper) > 16)  # fewer are scaled: see below
    np.testing.assert_array_equal(ink_in(encoded(np.where(INK, ink, paper).astype(np.uint8))), INK)


def expect_ink_or_an_error(data):
    try:
        assert ink_in(data).ndim == 2
    except PictureError as error:
        assert str(error).startswith("digit.png ")
        assert str(error).endswith(".")


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=6)))
def test_a_picture_of_a_few_pixels_gives_ink_or_an_error(grey):
    expect_ink_or_an_error(encoded(grey))


def test_grey_ink_on_grey_paper_is_stretched():
    grey = np.where(INK == 255, 90, 200).astype(np.uint8)
    np.testing.assert_array_equal(ink_in(encoded(grey)), INK)


def test_ink_at_the_border_does_not_change_the_background():
    within = DARK_ON_LIGHT.copy()
    within[2:6, 14:24] = 120  # a fainter stroke
    reaching = within.copy()
    reaching[:, 8:12] = reaching[28:32] = 0
    expected = ink_in(encoded(within))
    expected[:, 8:12] = expected[28:32] = 255
    assert expected[2, 20] > 127
    np.testing.assert_array_equal(ink_in(encoded(reaching)), expected)


def test_shadows_are_not_ink():
    shaded = DARK_ON_LIGHT.copy()
    shaded[:4, :] = 215  # a shadow along the upper edge
    np.testing.assert_array_equal(ink_in(encoded(shaded)), INK)


def test_dark_ink_on_a_transparent_background():
    np.testing.assert_array_equal(ink_in(encoded(TRANSPARENCY)), INK)


def test_light_ink_on_a_transparent_background():
    white = np.stack([np.full_like(INK, 255), INK], axis=2)
    np.testing.assert_array_equal(ink_in(encoded(white)), INK)


def test_transparent_pixels_are_background_in_any_colour():
    hidden = TRANSPARENCY.copy()
    hidden[:, :, 0] = np.random.default_rng(0).integers(0, 256, INK.shape)
    hidden[:, :, 0][INK == 255] = 0
    np.testing.assert_array_equal(ink_in(encoded(hidden)), INK)


@pytest.mark.parametrize("mode", ["P", "L", "1"])
def test_a_transparent_colour_is_background(mode):
    picture = Image.fromarray(DARK_ON_LIGHT).convert(mode)
    np.testing.assert_array_equal(ink_in(encoded(picture, transparency=255)), INK)


def test_transparent_corners_are_background():
    card = np.stack([DARK_ON_LIGHT, np.full_like(INK, 255)], axis=2)
    card[:3, :3, 1] = card[-3:, -3:, 1] = 0
    np.testing.assert_array_equal(ink_in(encoded(card)), INK)


def test_a_bold_digit_may_fill_most_of_a_transparent_image():
    y, x = np.ogrid[-1:1:60j, -0.7:0.7:42j]
    around = y**2 + (x / 0.7) ** 2
    ring = np.where((around <= 1) & (around > 0.1), 255, 0).astype(np.uint8)  # a fat 0
    assert (ring > 0).mean() > 0.6
    for grey in (0, 255):
        picture = np.stack([np.full_like(ring, grey), ring], axis=2)
        np.testing.assert_array_equal(ink_in(encoded(picture)), ring)


def test_16_bits_per_pixel_give_the_same_ink_as_8_bits():
    grey = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)
    grey[[0, -1]], grey[:, [0, -1]] = 200, 200
    deep = grey.astype(np.uint16) * 257
    np.testing.assert_allclose(
        ink_in(encoded(deep)).astype(int), ink_in(encoded(grey)).astype(int), atol=2
    )


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize(("form", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg")])
def test_images_are_rotated_by_their_exif_orientation(orientation, form, name):
    data = encoded(DARK_ON_LIGHT, form, exif=exif_orientation(orientation))
    expected = UPRIGHT[orientation](INK)
    ink = ink_in(data, name)
    assert ink.shape == expected.shape
    np.testing.assert_array_equal(ink > 127, expected > 127)


@pytest.mark.filterwarnings("ignore")  # from Pillow, about damaged EXIF data
@pytest.mark.parametrize(
    "exif", [b"garbage", b"Exif\0\0", b"MM\0*\0\0\0\x08\xff\xff", b"II*\0\xff\xff\xff\xff"]
)
@pytest.mark.parametrize(("form", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg")])
def test_damaged_exif_data_is_ignored(exif, form, name):
    ink = ink_in(encoded(DARK_ON_LIGHT, form, exif=exif), name)
    np.testing.assert_array_equal(ink > 127, INK > 127)


def test_a_jpeg_that_contains_a_second_image_is_read():
    # Pillow calls a JPEG with several images (such as a depth map) an MPO.
    picture = Image.fromarray(DARK_ON_LIGHT).convert("RGB")
    data = encoded(picture, "MPO", save_all=True, append_images=[picture.resize((16, 20))])
    np.testing.assert_array_equal(ink_in(data, "photo.jpg") > 127, INK > 127)


@pytest.mark.parametrize("grey", [0, 1, 100, 127, 128, 200, 255])
def test_a_blank_image_has_no_ink(grey):
    assert not ink_in(encoded(np.full((30, 30), grey, np.uint8))).any()


@pytest.mark.parametrize("grey", [20, 128, 235])
def test_paper_grain_is_not_ink(grey):
    grain = np.random.default_rng(0).integers(-19, 20, (60, 60)) + grey
    assert not ink_in(encoded(grain.astype(np.uint8))).any()


@pytest.mark.parametrize("grey", [0, 20, 128, 235])
def test_paper_grain_with_16_bits_per_pixel_is_not_ink(grey):
    grain = np.random.default_rng(0).integers(0, 20, (60, 60)) + grey
    assert not ink_in(encoded((grain * 257).astype(np.uint16))).any()


def test_a_single_pixel_is_blank():
    assert not ink_in(encoded(np.zeros((1, 1), np.uint8))).any()


def test_the_largest_image_is_read():
    wide = np.full((8, MAX_SIDE), 255, np.uint8)
    wide[2:6, 100:200] = 0
    assert ink_in(encoded(wide)).max() == 255


# Notes


def note_for(data, name):
    return read_picture(data, name).note


@pytest.mark.parametrize("name", ["digit.png", "DIGIT.PNG", "digit", "my.digit.png"])
def test_a_matching_extension_gives_no_note(name):
    assert note_for(encoded(INK), name) == ""


@pytest.mark.parametrize("name", ["digit.jpg", "digit.jpeg", "DIGIT.JPG"])
def test_both_extensions_of_jpeg_match(name):
    assert note_for(encoded(INK, "JPEG"), name) == ""


def test_a_jpeg_called_png_is_read_with_a_note():
    data = encoded(DARK_ON_LIGHT, "JPEG")
    assert note_for(data, "digit.png") == (
        "digit.png has the extension .png, but is a JPEG; it was read as JPEG."
    )
    np.testing.assert_array_equal(ink_in(data, "digit.png") > 127, INK > 127)


def test_a_png_called_jpg_is_read_with_a_note():
    assert "has the extension .jpg, but is a PNG" in note_for(encoded(INK), "digit.jpg")


# Errors

EXPECTED = "a picture is expected, as PNG, JPEG, HEIC, WebP, AVIF, TIFF, GIF or BMP."


def error_message(data, name="digit.png"):
    with pytest.raises(PictureError) as raised:
        read_picture(data, name)
    return str(raised.value)


def test_an_empty_file_raises_an_error():
    assert error_message(b"") == f"digit.png is empty; {EXPECTED}"


@pytest.mark.parametrize("data", [b"hello", b"\0" * 1000, b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_a_file_that_is_not_a_picture_raises_an_error(data):
    assert error_message(data) == f"digit.png is not a picture; {EXPECTED}"


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_truncated_picture_raises_an_error(form):
    noise = np.random.default_rng(0).integers(0, 256, (50, 50)).astype(np.uint8)
    data = encoded(noise, form)
    assert error_message(data[: len(data) // 2]) == (
        "digit.png is damaged: it is truncated or cannot be decoded."
    )


@pytest.mark.parametrize(("width", "height"), [(20_000, 10), (10, 20_000), (MAX_SIDE + 1, 1)])
def test_the_error_states_the_size_of_a_picture_that_is_too_large(width, height):
    data = encoded(Image.new("L", (width, height)))
    assert error_message(data) == (
        f"digit.png is {width:,} x {height:,} pixels; at most 8,192 on each side are accepted. "
        "Crop it or scale it down."
    )


@pytest.mark.parametrize("side", [10_000, 20_000, 2**31 - 1])
def test_a_small_file_with_a_huge_size_in_its_header_raises_an_error(side):
    assert "at most 8,192 on each side are accepted." in error_message(png_header(side, side))


def test_the_first_frame_of_an_animated_png_is_read():
    first, second = np.full((30, 20), 255, np.uint8), np.full((30, 20), 255, np.uint8)
    first[5:25, 9:12] = second[14:17, 2:18] = 0
    data = encoded(first, save_all=True, append_images=[Image.fromarray(second)])
    np.testing.assert_array_equal(ink_in(data), ink_in(encoded(first)))


def test_the_size_is_that_of_the_file_upright_also_if_the_ink_is_smaller():
    photo = np.full((1500, 3000), 255, np.uint8)
    picture = read_picture(encoded(photo, "JPEG", exif=exif_orientation(6)), "photo.jpg")
    assert picture.size == (1500, 3000)
    assert picture.ink.shape == (1024, 512)
