import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.data.mnist import load_digits
from ui.state import picture_url
from ui.state.picture_url import AddressError, ChosenPicture, picture_at

images = arrays(np.uint8, (28, 28))
RAMP = (np.arange(784) % 256).astype(np.uint8).reshape(28, 28)
NOISE = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def error_message(address):
    with pytest.raises(AddressError) as raised:
        picture_at(address)
    message = str(raised.value)
    assert message[0].isupper()
    assert message.endswith((".", "…"))
    return message


def address_of(content: bytes, source="drawing"):
    code = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
    return f"{source}-{code}"


@pytest.mark.parametrize("source", ["drawing", "upload"])
@given(image=images)
def test_an_image_is_restored_from_its_address(source, image):
    address = ChosenPicture(source, image).address
    picture = picture_at(address)
    assert (picture.source, picture.number, picture.label) == (source, None, None)
    np.testing.assert_array_equal(picture.image, image)
    assert picture.address == address


@pytest.mark.parametrize("image", [RAMP, NOISE, np.zeros_like(RAMP)])
def test_an_address_is_short_and_needs_no_escaping(image):
    address = ChosenPicture("drawing", image).address
    assert len(address) < 1100
    assert set(address) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.integers(0, 9999))
def test_a_test_digit_is_restored_from_its_number(number):
    digits = load_digits("test")
    picture = picture_at(f"test-{number}")
    np.testing.assert_array_equal(picture.image, digits.images[number])
    assert (picture.source, picture.number) == ("test", number)
    assert picture.label == digits.labels[number]
    assert picture.address == f"test-{number}"


def test_pictures_have_titles():
    assert (
        picture_url.test_digit(1234).title
        == f"Test digit 1,234, label {load_digits('test').labels[1234]}"
    )
    assert ChosenPicture("drawing", RAMP).title == "Your drawing"
    assert ChosenPicture("upload", RAMP).title == "Your picture"


@pytest.mark.parametrize("number", [-1, 10_000, 99_999])
def test_a_number_out_of_range_raises_an_error(number):
    with pytest.raises(AddressError) as raised:
        picture_url.test_digit(number)
    assert str(raised.value) == f"There is no test digit {number}; they are numbered 0 to 9,999."


def test_the_address_of_a_test_digit_out_of_range_raises_an_error():
    assert (
        error_message("test-99999") == "There is no test digit 99999; they are numbered 0 to 9,999."
    )


@pytest.mark.parametrize(
    "address",
    [
        *("", "-", "test", "test-", "test--1", "test-+1", "test-1.5", "test-1e3", "test- 1"),
        *(
            "test-٣",
            "test-" + "9" * 10_000,
            "Test-1",
            "train-1",
            "canvas-AAAA",
            "drawing",
            "upload",
        ),
        *("../../etc/passwd", "http://example.com", "test_1", " test-1", "é-1", "\0"),
    ],
    ids=lambda address: repr(address[:20]),
)
def test_an_address_that_does_not_name_a_picture_raises_an_error(address):
    error_message(address)


def test_a_long_address_is_abbreviated_in_the_message():
    assert len(error_message("x" * 100_000)) < 200


DAMAGED = "The picture in the address is incomplete or damaged; copy the whole link."


@pytest.mark.parametrize(
    "code",
    [
        *("", "A", "AAAA", "====", "eNp", "!!!!", "AA AA", "AAAA\n", "é", "日本", "\ud800", "%20"),
        *("A" * 2000, "A" * 2001, "A" * 1_000_000),
    ],
    ids=lambda code: ascii(code[:10]),
)
@pytest.mark.parametrize("source", ["drawing", "upload"])
def test_a_damaged_code_raises_an_error(source, code):
    assert error_message(f"{source}-{code}") == DAMAGED


@pytest.mark.parametrize("stray", [" ", "!", "\n", "%", ".", "é", "="])
def test_a_stray_character_raises_an_error(stray):
    address = ChosenPicture("drawing", RAMP).address
    for place in (len("drawing-"), 20, len(address) - 3):
        assert error_message(address[:place] + stray + address[place:]) == DAMAGED


@pytest.mark.parametrize("size", [0, 1, 783, 785, 28 * 29])
def test_another_number_of_pixels_raises_an_error(size):
    assert error_message(address_of(bytes(size))) == DAMAGED


def test_a_short_code_that_decompresses_to_gigabytes_raises_an_error():
    bomb = zlib.compress(bytes(1_400_000), 9)  # 1,377 bytes: as many as an address may hold
    address = f"drawing-{base64.urlsafe_b64encode(bomb).decode().rstrip('=')}"
    assert len(address) < 2000
    assert error_message(address) == DAMAGED


@pytest.mark.parametrize("image", [RAMP, NOISE], ids=["ramp", "noise"])
def test_an_address_cut_off_anywhere_never_shows_another_picture(image):
    address = ChosenPicture("drawing", image).address
    for length in range(len("drawing-"), len(address)):
        try:
            picture = picture_at(address[:length])
        except AddressError:
            continue
        np.testing.assert_array_equal(picture.image, image)
        assert length > len(address) - 8  # at most the checksum was cut off


@given(st.integers(0, 500), st.sampled_from("ABCxyz019-_"))
def test_a_wrong_letter_never_shows_another_picture(place, letter):
    address = ChosenPicture("drawing", NOISE).address
    place += len("drawing-")
    try:
        picture = picture_at(address[:place] + letter + address[place + 1 :])
    except AddressError:
        return
    np.testing.assert_array_equal(picture.image, NOISE)


@given(
    st.text() | st.builds("{}-{}".format, st.sampled_from(["test", "drawing", "upload"]), st.text())
)
def test_any_text_is_a_picture_or_raises_an_error_with_a_message(text):
    try:
        assert picture_at(text).image.shape == (28, 28)
    except AddressError as error:
        assert str(error)
