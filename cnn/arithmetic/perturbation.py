"""Perturbed images (shifted, noisy, thinned), and how much their pooled maps change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from cnn.arithmetic.pooling import output_length, padding_around

UNPOOLED = "no pooling"
POOLING_KINDS = (UNPOOLED, "max", "average", "sum")
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

MapsFunction = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n, h, w, channels) maps


class Pooling(NamedTuple):
    """Windows of `size` x `size` cells that move by `stride`; `padding` is "valid" or "same"."""

    size: int
    stride: int
    padding: str


def shifted(images: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """Shift (n, h, w) by whole pixels, negative ones left and up; zeros move in, same dtype."""
    height, width = images.shape[1:]
    margins = [(max(by, 0), max(-by, 0)) for by in (down, right)]
    padded = np.pad(images, [(0, 0), *margins])
    return padded[:, margins[0][1] :, margins[1][1] :][:, :height, :width]


def noisy(images: np.ndarray, amount: float) -> np.ndarray:
    """Add Gaussian noise of standard deviation `amount` to (n, h, w) uint8.

    `amount` is in grey levels, 0 to 255; the noise is the same for every amount, but for its scale.
    The result is clipped to 0 to 255, so about half of the background does not change.
    """
    noise = np.random.default_rng(0).standard_normal(images.shape, dtype=np.float32) * amount
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def thinned(images: np.ndarray, percent: float = 100) -> np.ndarray:
    """Erode the strokes of (n, h, w) uint8 by one pixel, or by `percent` of it, 0 to 100.

    At 100, a pixel becomes the minimum of itself and its four neighbours; below, a mixture.
    """
    eroded = np.stack([cv2.erode(image, _CROSS) for image in images])
    share = percent / 100
    return np.rint((1 - share) * images + share * eroded).astype(np.uint8)


@dataclass(frozen=True)
class Perturbation:
    """A change of images with adjustable strength.

    `amounts` are the strengths, of which 0 changes nothing; `measure` describes them, and `unit`
    follows a number. `apply` maps (n, 28, 28) uint8 and an amount to the same shape.
    """

    title: str
    measure: str
    unit: str
    amounts: tuple[int, ...]
    default: int
    apply: Callable[[np.ndarray, int], np.ndarray]


_SHIFTS = tuple(range(-4, 5))
_NOISE, _THINNING = "standard deviation (grey levels)", "% of the outermost pixels' ink"
PERTURBATIONS = (
    Perturbation("Shift right", "pixels to the right", "pixel", _SHIFTS, 1, shifted),
    Perturbation("Shift down", "pixels down", "pixel", _SHIFTS, 1, lambda x, by: shifted(x, 0, by)),
    Perturbation("Noise", _NOISE, "of 255", (0, 20, 40, 60, 80), 40, noisy),
    Perturbation("Thinner stroke", _THINNING, "%", (0, 25, 50, 75, 100), 50, thinned),
)


def relative_change(
    before: np.ndarray, after: np.ndarray, axes: tuple[int, ...] = (-2, -1)
) -> np.ndarray:
    """Return ‖after - before‖ / ‖before‖: by default (..., h, w) twice -> (...), one per map.

    ‖ ‖ is the L2 norm over `axes`. 0 is unchanged. Two maps of the same norm without a common
    active cell are √2 = 1.41 apart. For a map that was 0, it is 0 if it still is, else infinity.
    """
    change = np.sqrt(np.square(after - before, dtype=np.float64).sum(axes))
    norm = np.sqrt(np.square(before, dtype=np.float64).sum(axes))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(change == 0, 0.0, change / norm)


def pool_maps(maps: np.ndarray, kind: str, pooling: Pooling) -> np.ndarray:
    """Pool many float maps at once: (n, h, w, channels) -> (n, rows, columns, channels).

    `kind` is one of POOLING_KINDS. Equals `cnn.arithmetic.pooling` for each map, but loops over the
    cells of a window, each for all windows and maps at once.
    """
    if kind == UNPOOLED:
        return maps
    if kind == "average":
        ones = np.ones((1, *maps.shape[1:3], 1), maps.dtype)
        return pool_maps(maps, "sum", pooling) / pool_maps(ones, "sum", pooling)
    combine, outside = {"max": (np.maximum, -np.inf), "sum": (np.add, 0)}[kind]
    size, stride, padding = pooling
    sides = maps.shape[1:3]
    margins = [padding_around(length, size, stride, padding) for length in sides]
    if any(map(any, margins)):
        maps = np.pad(maps, [(0, 0), *margins, (0, 0)], constant_values=outside)
    height, width = (output_length(length, size, stride, padding) * stride for length in sides)
    pooled = None
    for m in range(size):
        for n in range(size):
            cells = maps[:, m : m + height : stride, n : n + width : stride]
            pooled = cells.copy() if pooled is None else combine(pooled, cells, out=pooled)
    return pooled


def pooled_changes(before: np.ndarray, after: np.ndarray, pooling: Pooling) -> np.ndarray:
    """Return the change for each of POOLING_KINDS: (n, h, w, channels) twice -> (kinds, n).

    The norm is over all maps of an image: a single map that was nearly 0 changes by many times its
    norm and would dominate a mean over maps. Without padding, sum and average change equally.
    """
    changes = []
    for kind in POOLING_KINDS:
        pair = [pool_maps(maps, kind, pooling) for maps in (before, after)]
        changes.append(relative_change(*pair, axes=(-3, -2, -1)))
    return np.stack(changes)


def changes_by_amount(
    perturbation: Perturbation, images: np.ndarray, maps_of: MapsFunction, pooling: Pooling
) -> np.ndarray:
    """Return `pooled_changes` of the maps of (n, 28, 28) uint8: (amounts, kinds, n)."""
    before = maps_of(images)
    perturbed = (perturbation.apply(images, amount) for amount in perturbation.amounts)
    return np.stack([pooled_changes(before, maps_of(each), pooling) for each in perturbed])
