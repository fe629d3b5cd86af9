"""Pixel importance by occlusion: how much the predicted probability falls if pixels are erased.

Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014: a window of
background slides over the image; if the probability falls, the pixels under it are important.
"""

import itertools
from collections.abc import Callable

import numpy as np

WINDOW = 3  # pixels; of 3, 5 and 7 the one with the best ranking (benchmarks.occlusion)
EPSILON = 1e-6  # probabilities are clipped to [EPSILON, 1 - EPSILON]

PredictFunction = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n, 10) probabilities


def occlusion(
    image: np.ndarray, digit: int, predict: PredictFunction, window: int = WINDOW
) -> np.ndarray:
    """Return the importance of each pixel for `digit`: (28, 28) uint8 -> float32, 0 without ink.

    For each position of the window, the drop of the log odds of `digit` if its ink is erased; for
    each pixel, the mean over the windows that cover it. Positive values are evidence for the digit,
    negative ones against it.
    """
    spans = [slice(max(i, 0), i + window) for i in range(1 - window, len(image))]
    # Windows without ink change nothing.
    boxes = [box for box in itertools.product(spans, repeat=2) if image[box].any()]
    occluded = np.repeat(image[None], len(boxes) + 1, axis=0)
    for copy, box in zip(occluded[1:], boxes, strict=True):
        copy[box] = 0
    odds = log_odds(predict(occluded)[:, digit])
    drops = np.zeros(image.shape, np.float64)
    for box, after in zip(boxes, odds[1:], strict=True):
        drops[box] += odds[0] - after
    return np.where(image > 0, drops / window**2, 0).astype(np.float32)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Return ln(p / (1 - p)) of probabilities of any shape, clipped away from 0 and 1."""
    p = np.clip(probabilities.astype(np.float64), EPSILON, 1 - EPSILON)
    return np.log(p / (1 - p))
