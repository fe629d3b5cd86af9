"""Pictures as text in a page's address, so that a link shows the same picture.

test-42        test digit 42 of MNIST, or test picture 42 of the data set of the network that the
               same address names
drawing-eNp…   28 x 28 pixels, compressed with zlib, encoded as base64url; likewise upload-…
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

import numpy as np

from cnn.constants import IMAGE_SHAPE, IMAGE_SIDE
from cnn.data.mnist import DataError
from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.datasets.settings import load_splits

IMAGE_BYTES = IMAGE_SIDE**2
MAX_CODE_LENGTH = 2000  # incompressible pixels need 1,060 characters


class AddressError(ValueError):
    """An address does not name a picture; the message says why."""


@dataclass(frozen=True)
class ChosenPicture:
    """The chosen picture. image: (28, 28) uint8, 0 (background) to 255 (ink).

    source: "test", "drawing", "upload", or "blank" in place of none. number, label: of a test
    digit, otherwise None. data: the data set of a test digit.
    """

    source: str
    image: np.ndarray
    number: int | None = None
    label: int | None = None
    data: DatasetFacts = MNIST_FACTS

    @property
    def address(self) -> str:
        """The text from which `picture_at` restores this picture."""
        if self.source == "test":
            return f"test-{self.number}"
        compressed = zlib.compress(self.image.tobytes(), 9)
        return f"{self.source}-{base64.urlsafe_b64encode(compressed).decode().rstrip('=')}"

    @property
    def title(self) -> str:
        """The picture's name in captions."""
        if self.source == "test":
            name = self.data.classes[self.label]
            return f"Test {self.data.noun} {self.number:,}, label {name}"
        if self.source == "blank":
            return "No picture"
        return {"drawing": "Your drawing", "upload": "Your picture"}[self.source]


def test_digit(number: int, data: DatasetFacts = MNIST_FACTS) -> ChosenPicture:
    """Return the test digit `number` of `data`.

    Raises AddressError if there is none of that number, or if the pictures are gone.
    """
    if not 0 <= number < data.test_count:
        raise AddressError(
            f"There is no test {data.noun} {number}; they are numbered 0 to "
            f"{data.test_count - 1:,}."
        )
    try:
        images, labels = load_splits(data).test
    except DataError as error:
        if data.is_mnist:
            raise
        raise AddressError(str(error)) from None
    return ChosenPicture("test", images[number], number, int(labels[number]), data)


def no_picture() -> ChosenPicture:
    """Return a blank picture, in place of one that is gone."""
    return ChosenPicture("blank", np.zeros(IMAGE_SHAPE, np.uint8))


def picture_at(address: str, data: DatasetFacts = MNIST_FACTS) -> ChosenPicture:
    """Return the picture at `address`, for a network trained on `data`.

    Raises AddressError if it does not name one.
    """
    source, _, code = address.partition("-")
    if source == "test" and code.isascii() and code.isdigit() and len(code) < 10:
        return test_digit(int(code), data)
    if source in ("drawing", "upload"):
        return ChosenPicture(source, _decode(code))
    raise AddressError(
        f"The address does not name a picture: {address[:40]!r} is not like test-42 or drawing-…."
    )


def _decode(code: str) -> np.ndarray:
    damaged = AddressError(
        "The picture in the address is incomplete or damaged; copy the whole link."
    )
    if len(code) > MAX_CODE_LENGTH:
        raise damaged
    try:
        compressed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        # Never decompress more than a picture needs: a short text can hold gigabytes of zeros.
        pixels = zlib.decompressobj().decompress(compressed, IMAGE_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise damaged from None
    if len(pixels) != IMAGE_BYTES:
        raise damaged
    return np.frombuffer(pixels, np.uint8).reshape(IMAGE_SHAPE)
