"""Read a picture file for the detection, in memory alone: it is never written anywhere."""

from typing import NamedTuple

import numpy as np

from cnn.faces.pictures import as_grey
from cnn.faces.sliding import LONGEST_SIDE
from cnn.preprocessing.picture_decoding import decode_picture
from cnn.preprocessing.picture_files import as_rgb
from cnn.preprocessing.pixels import shrink

SHOWN_SIDE = 640  # pixels


class Photograph(NamedTuple):
    """shown: (h, w, 3) uint8, RGB, no side longer than SHOWN_SIDE; note: for the user, or empty."""

    shown: np.ndarray
    note: str = ""

    @property
    def searched(self) -> np.ndarray:
        """(h, w) uint8, grey, no side longer than LONGEST_SIDE: what the windows are taken of."""
        return shrink(as_grey(self.shown), LONGEST_SIDE)

    @property
    def factor(self) -> float:
        """How much larger `shown` is than `searched`."""
        return max(1.0, max(self.shown.shape) / LONGEST_SIDE)


def read_photograph(data: bytes, name: str) -> Photograph:
    """Read the bytes of a picture file called `name`. Raises PictureError if that is impossible."""
    image, note = decode_picture(data, name)
    # Scaled down while it is still packed: of 50 million pixels, the rest would take seconds.
    if image.mode in ("L", "RGB"):
        image.thumbnail((SHOWN_SIDE, SHOWN_SIDE), reducing_gap=2.0)
    return Photograph(shrink(as_rgb(image), SHOWN_SIDE), note)
