"""Which pixels mattered: what the network says when a part of the picture is taken away.

Occlusion (Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014): a
window of paper is slid over the picture; where the answer suffers, there was what it rested on.
"""

from collections.abc import Callable

import numpy as np

WINDOW = 3  # pixels; of 3, 5 and 7 the one whose ranking hits hardest (benchmarks.saliency)
SMALLEST = 1e-6  # probabilities below this are all the same

PredictFunction = Callable[[np.ndarray], np.ndarray]  # (n, 28, 28) uint8 -> (n, 10) probabilities


def occlusion(
    image: np.ndarray, digit: int, read: PredictFunction, window: int = WINDOW
) -> np.ndarray:
    """How much each pixel of (28, 28) uint8 spoke for `digit`: (28, 28) float32, 0 without ink.

    For each place of the window, how much the log odds of `digit` fall when its ink is taken away;
    for each pixel, the mean over the windows that cover it. Above 0 it spoke for the digit, below 0
    against it.
    """
    side = len(image)
    corners = [(y, x) for y in range(1 - window, side) for x in range(1 - window, side)]
    boxes = [(slice(max(y, 0), y + window), slice(max(x, 0), x + window)) for y, x in corners]
    # Windows over paper change nothing, and need not be read.
    boxes = [box for box in boxes if image[box].any()]
    covered = np.repeat(image[None], len(boxes) + 1, axis=0)
    for number, box in enumerate(boxes):
        covered[number + 1][box] = 0
    odds = log_odds(read(covered)[:, digit])
    falls = np.zeros(image.shape, np.float64)
    for box, after in zip(boxes, odds[1:], strict=True):
        falls[box] += odds[0] - after
    return np.where(image > 0, falls / window**2, 0).astype(np.float32)


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """ln(p / (1 - p)), any shape, for probabilities kept a little away from 0 and 1."""
    p = np.clip(probabilities.astype(np.float64), SMALLEST, 1 - SMALLEST)
    return np.log(p / (1 - p))
