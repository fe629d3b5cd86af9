"""Pictures that scikit-image's package brings with it; nothing is downloaded."""

from functools import lru_cache

import cv2
import numpy as np

from cnn.constants import ASSETS_PATH, IMAGE_SHAPE, IMAGE_SIDE

FACES = 100  # of lfw_subset, the first; the others are parts of such photographs without one
# Without a face; each by its name in skimage.data.
TRAINING_PICTURES = (
    *("brick", "grass", "gravel", "coins", "text", "page", "moon", "cell", "clock", "retina"),
    *("stereo_motorcycle", "logo", "microaneurysms", "checkerboard"),
)
KEPT_OUT_PICTURES = (
    *("coffee", "rocket", "cat", "hubble_deep_field", "immunohistochemistry", "horse"),
)
SAMPLE = "astronaut"  # with one face
HARD_WINDOWS_PATH = ASSETS_PATH / "hard_windows.npz"
CONTRAST, LEAST_CONTRAST = 50, 10  # standard deviations, in grey levels


@lru_cache(maxsize=1)
def load_crops() -> tuple[np.ndarray, np.ndarray]:
    """100 faces and 100 pictures without one, (100, 28, 28) uint8 each, enlarged from 25 x 25.

    They are a part of Labeled Faces in the Wild (Huang et al., 2007), grey.
    """
    from skimage.data import lfw_subset

    crops = np.stack(
        [cv2.resize(each, IMAGE_SHAPE, interpolation=cv2.INTER_LINEAR) for each in lfw_subset()]
    )
    crops = np.rint(crops * 255).clip(0, 255).astype(np.uint8)
    crops.flags.writeable = False
    return crops[:FACES], crops[FACES:]


@lru_cache(maxsize=2)  # the sample; the others are read once
def load_packaged(name: str) -> np.ndarray:
    """The picture `name` of skimage.data, (h, w, 3) or (h, w) uint8."""
    import skimage.data

    picture = getattr(skimage.data, name)()
    picture = picture[0] if isinstance(picture, tuple) else picture  # of a stereo pair, the left
    picture = picture[..., :3] if picture.ndim == 3 else picture
    return np.uint8(255) * picture if picture.dtype == bool else picture


def as_grey(picture: np.ndarray) -> np.ndarray:
    """(h, w, 3) RGB or (h, w), uint8 -> (h, w) uint8: 0.299 R + 0.587 G + 0.114 B."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture


def even_light(images: np.ndarray) -> np.ndarray:
    """Give each of (n, 28, 28) uint8 the mean 128 and the same contrast; uint8.

    The standard deviation becomes CONTRAST, unless it is below LEAST_CONTRAST: then there is
    nothing but noise to see.
    """
    images = images.astype(np.float32)
    mean, deviation = (f(images, axis=(1, 2), keepdims=True) for f in (np.mean, np.std))
    lit = 128 + CONTRAST * (images - mean) / np.maximum(deviation, LEAST_CONTRAST)
    return np.rint(lit).clip(0, 255).astype(np.uint8)


def random_windows(names: tuple[str, ...], count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` square parts of the pictures, of any size from 28 pixels: (count, 28, 28) uint8."""
    windows = np.empty((count, *IMAGE_SHAPE), np.uint8)
    pictures = [as_grey(load_packaged(name)) for name in names]
    for i in range(count):
        picture = pictures[i % len(pictures)]
        side = round(IMAGE_SIDE * (min(picture.shape) / IMAGE_SIDE) ** rng.random())
        top, left = (rng.integers(0, each - side + 1) for each in picture.shape)
        windows[i] = _window(picture, left, top, side)
    return windows


def hard_windows() -> np.ndarray:
    """Windows of TRAINING_PICTURES that earlier networks took for faces: (n, 28, 28) uint8.

    `benchmarks.faces mine` has found them ("bootstrapping": Sung and Poggio, 1998).
    """
    with np.load(HARD_WINDOWS_PATH, allow_pickle=False) as arrays:
        numbers, places = arrays["pictures"], arrays["places"]
    pictures = [as_grey(load_packaged(name)) for name in TRAINING_PICTURES]
    return np.stack(
        [
            _window(pictures[number], *place)
            for number, place in zip(numbers.tolist(), places.tolist(), strict=True)
        ]
    )


def _window(picture: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    part = picture[top : top + side, left : left + side]
    return cv2.resize(part, IMAGE_SHAPE, interpolation=cv2.INTER_AREA)
