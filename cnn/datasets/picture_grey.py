"""Decoded picture files -> grey, 28 x 28, with what is transparent kept until all are known."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from cnn.datasets.scaling import fit


class Fitted(NamedTuple):
    """A grey picture of 28 x 28, and its opacity if some of it is transparent.

    image: (28, 28) uint8, on black; opacity: (28, 28) uint8, or None; lightness: the mean of what
    is opaque, 0 to 255.
    """

    image: np.ndarray
    opacity: np.ndarray | None = None
    lightness: float = 0.0

    def on(self, background: int) -> np.ndarray:
        """Return the picture on a background of one shade, 0 to 255: (28, 28) uint8."""
        if self.opacity is None:
            return self.image
        behind = (255 - self.opacity.astype(np.float32)) * (background / 255)
        return np.rint(np.minimum(self.image + behind, 255)).astype(np.uint8)


def fit_picture(image: Image.Image) -> Fitted:
    """Convert a decoded picture to grey and scale it to 28 x 28.

    Both are linear, so that the background can be added afterwards: scaling and compositing may
    change places if each pixel is first multiplied by its opacity.
    """
    if image.mode.startswith("I") or image.mode == "F":
        lowest_full = 1 if image.mode == "F" else 255
        return Fitted(fit(_from_wide_values(np.asarray(image, np.float32), lowest_full)))
    if not image.has_transparency_data:
        return Fitted(fit(np.asarray(image.convert("L"))))
    grey, opacity = np.moveaxis(np.asarray(image.convert("RGBA").convert("LA")), -1, 0)
    if opacity.min() == 255:
        return Fitted(fit(np.ascontiguousarray(grey)))
    weights = opacity.astype(np.float32) / 255
    lightness = float((grey * weights).sum() / max(float(weights.sum()), 1e-6))
    premultiplied = np.rint(grey * weights).astype(np.uint8)
    return Fitted(fit(premultiplied, 0), fit(np.ascontiguousarray(opacity), 0), lightness)


def _from_wide_values(values: np.ndarray, lowest_full: int) -> np.ndarray:
    """Scale values of more than 8 bits, or floats from 0 to 1, to 0 to 255: (h, w) -> uint8."""
    values = np.nan_to_num(values, posinf=0, neginf=0)
    highest = float(values.max())
    full = next((each for each in (lowest_full, 255) if highest <= each), 65535)
    return np.rint(np.clip(values * (255 / full), 0, 255)).astype(np.uint8)
