"""Pictures as text that fits into a page's address, so that a link shows the same picture.

test-42        MNIST's test digit 42
drawing-eNp…   28 x 28 pixels, packed with zlib and written in base64url; likewise upload-…
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE, TEST_IMAGES
from cnn.data.mnist import load_digits

IMAGE_BYTES = IMAGE_SIDE**2
MAX_CODE_LENGTH = 2000  # incompressible pixels need 1,060 letters


class AddressError(ValueError):
    """An address names no picture; the message says what is wrong with it."""


@dataclass(frozen=True)
class ChosenPicture:
    """The picture being looked at. image: (28, 28) uint8, 0 paper to 255 ink.

    `number` and `label` are those of a test digit, None elsewhere.
    """

    source: str
    image: np.ndarray
    number: int | None = None
    label: int | None = None

    @property
    def address(self) -> str:
        """The text that `picture_at` turns into this picture again."""
        if self.source == "test":
            return f"test-{self.number}"
        packed = zlib.compress(self.image.tobytes(), 9)
        return f"{self.source}-{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"

    @property
    def title(self) -> str:
        """What people call the picture."""
        if self.source == "test":
            return f"Test digit {self.number:,}, a {self.label}"
        return {"drawing": "Your drawing", "upload": "Your picture"}[self.source]


def test_digit(number: int) -> ChosenPicture:
    """MNIST's test digit `number`, 0 to 9,999; AddressError where there is none of that number."""
    if not 0 <= number < TEST_IMAGES:
        raise AddressError(
            f"There is no test digit {number}; they go from 0 to {TEST_IMAGES - 1:,}."
        )
    digits = load_digits("test")
    return ChosenPicture("test", digits.images[number], number, int(digits.labels[number]))


def picture_at(address: str) -> ChosenPicture:
    """The picture that `address` names; AddressError, with a sentence, where it names none."""
    source, _, code = address.partition("-")
    if source == "test" and code.isascii() and code.isdigit() and len(code) < 10:
        return test_digit(int(code))
    if source in ("drawing", "upload"):
        return ChosenPicture(source, _unpacked(code))
    raise AddressError(
        f"The address names no picture: {address[:40]!r} is not like test-42 or drawing-…"
    )


def _unpacked(code: str) -> np.ndarray:
    broken = AddressError(
        "The picture in the address is incomplete or damaged; copy the whole link."
    )
    if len(code) > MAX_CODE_LENGTH:
        raise broken
    try:
        packed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        # Never unpack more than a picture needs: a short text can hold gigabytes of zeros.
        pixels = zlib.decompressobj().decompress(packed, IMAGE_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise broken from None
    if len(pixels) != IMAGE_BYTES:
        raise broken
    return np.frombuffer(pixels, np.uint8).reshape(IMAGE_SHAPE)
