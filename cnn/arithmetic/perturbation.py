"""How far pooled maps change when the picture does: shifted, noisy, or with a thinner stroke."""

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
    """Windows of `size` x `size` cells, `stride` apart; `padding` is "valid" or "same"."""

    size: int
    stride: int
    padding: str


def shifted(images: np.ndarray, right: int = 0, down: int = 0) -> np.ndarray:
    """Move (n, h, w) by whole pixels, below 0 to the left and up; zeros come in, same dtype."""
    result = np.zeros_like(images)
    (to_y, from_y), (to_x, from_x) = _kept(down), _kept(right)
    result[:, to_y, to_x] = images[:, from_y, from_x]
    return result


def _kept(by: int) -> tuple[slice, slice]:
    """Where what stays on the picture comes to lie, along one side, and where it lay."""
    ahead, behind = slice(abs(by), None), slice(None, -abs(by) or None)
    return (ahead, behind) if by > 0 else (behind, ahead)


def noisy(images: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of standard deviation `amount` to (n, h, w) uint8, each pixel its own.

    `amount` is in steps of grey, of 255. What falls below 0 or above 255 is cut off there: paper
    cannot get lighter, so half of it stays as it was.
    """
    noise = rng.standard_normal(images.shape, dtype=np.float32) * amount
    return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)


def thinned(images: np.ndarray, share: float = 1.0) -> np.ndarray:
    """Take the outermost pixels off the lines of (n, h, w) uint8, all round; or a `share`, 0 to 1.

    At 1, a pixel becomes as pale as the palest of itself and its four neighbours (an erosion);
    below, it goes that share of the way.
    """
    eroded = np.stack([cv2.erode(image, _CROSS) for image in images])
    return np.rint((1 - share) * images + share * eroded).astype(np.uint8)


@dataclass(frozen=True)
class Perturbation:
    """Something that happens to pictures, more or less of it.

    `amounts` are what is tried; `measure` says of what, and `unit` follows a number. `usual` is one
    of them, and at 0 nothing happens. `apply` takes (n, 28, 28) uint8 and an amount, and gives the
    same shape.
    """

    title: str
    measure: str
    unit: str
    amounts: tuple[int, ...]
    default: int
    apply: Callable[[np.ndarray, int], np.ndarray]


PERTURBATIONS = (
    Perturbation(
        "Shift right",
        "pixels to the right",
        "pixel",
        tuple(range(-4, 5)),
        1,
        lambda images, by: shifted(images, right=by),
    ),
    Perturbation(
        "Shift down",
        "pixels down",
        "pixel",
        tuple(range(-4, 5)),
        1,
        lambda images, by: shifted(images, 0, by),
    ),
    Perturbation(
        "Noise",
        "standard deviation, in steps of grey, of 255",
        "of 255",
        (0, 20, 40, 60, 80),
        40,
        # The same noise each time, only stronger: else a chart would show chance.
        lambda images, by: noisy(images, by, np.random.default_rng(0)),
    ),
    Perturbation(
        "Thinner stroke",
        "% of the outermost pixels' ink",
        "%",
        (0, 25, 50, 75, 100),
        50,
        lambda images, by: thinned(images, by / 100),
    ),
)


def relative_change(
    before: np.ndarray, after: np.ndarray, axes: tuple[int, ...] = (-2, -1)
) -> np.ndarray:
    """‖after - before‖ / ‖before‖: by default (..., h, w) twice -> (...), a number for each map.

    ‖ ‖ is the L2 norm over `axes`, the root of the sum of squares. 0 is unchanged. Two maps of the
    same norm that are nowhere both above 0 are √2 = 1.41 apart. A map that was 0 everywhere gives 0
    where it still is, and infinity where it is not.
    """
    change = np.sqrt(np.square(after - before, dtype=np.float64).sum(axes))
    length = np.sqrt(np.square(before, dtype=np.float64).sum(axes))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(change == 0, 0.0, change / length)


def pool_maps(maps: np.ndarray, kind: str, pooling: Pooling) -> np.ndarray:
    """Pool many float maps at once: (n, h, w, channels) -> (n, rows, columns, channels).

    `kind` is one of POOLING_KINDS. It is what `cnn.arithmetic.pooling` computes map by map; here a
    window's cells are visited one after the other, but each for all windows and maps at a time.
    """
    if kind == UNPOOLED:
        return maps
    if kind == "average":
        ones = np.ones((1, *maps.shape[1:3], 1), maps.dtype)
        return pool_maps(maps, "sum", pooling) / pool_maps(ones, "sum", pooling)
    combine, beyond = (np.maximum, -np.inf) if kind == "max" else (np.add, 0)
    size, stride, padding = pooling
    sides = maps.shape[1:3]
    margins = [padding_around(length, size, stride, padding) for length in sides]
    if any(map(any, margins)):
        maps = np.pad(maps, [(0, 0), *margins, (0, 0)], constant_values=beyond)
    height, width = (output_length(length, size, stride, padding) * stride for length in sides)
    pooled = None
    for m in range(size):
        for n in range(size):
            cells = maps[:, m : m + height : stride, n : n + width : stride]
            pooled = cells.copy() if pooled is None else combine(pooled, cells, out=pooled)
    return pooled


def pooled_changes(before: np.ndarray, after: np.ndarray, pooling: Pooling) -> np.ndarray:
    """How far each of POOLING_KINDS changes: (n, h, w, channels) twice -> (kinds, n).

    All maps of a picture count as one: a single map that was nearly 0 changes by many times its
    norm, and a mean over maps would show nothing else. Without padding, a sum is size² times an
    average, which the division takes out: their changes are equal.
    """
    return np.stack(
        [
            relative_change(
                pool_maps(before, kind, pooling), pool_maps(after, kind, pooling), (-3, -2, -1)
            )
            for kind in POOLING_KINDS
        ]
    )


def changes_by_amount(
    perturbation: Perturbation, images: np.ndarray, read: MapsFunction, pooling: Pooling
) -> np.ndarray:
    """How far the maps that `read` gives for (n, 28, 28) uint8 change: (amounts, kinds, n)."""
    before = read(images)
    return np.stack(
        [
            pooled_changes(before, read(perturbation.apply(images, amount)), pooling)
            for amount in perturbation.amounts
        ]
    )
