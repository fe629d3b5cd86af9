"""Lines of a round pen as the share of each pixel that they cover.

In plain arithmetic rather than by OpenCV's drawing functions, whose anti-aliasing is a
table of their own: `strokes.js` computes the same while one draws, to the grey level.
"""

import numpy as np


def line_coverage(lines: list[np.ndarray], width: float, shape: tuple[int, int]) -> np.ndarray:
    """Return the share, 0 to 1, of each pixel of `shape` that lines `width` pixels wide cover.

    lines: points (n, 2), x and y in pixels; the centre of the first pixel is at 0.5. A line of one
    point is a dot. The share is estimated by the distance of the pixel's centre to the edge.
    """
    radius = width / 2
    distance = np.sqrt(_squared_distances(lines, shape, radius + 0.5))
    return np.clip(radius + 0.5 - distance, 0, 1)


def _squared_distances(lines: list[np.ndarray], shape: tuple[int, int], reach: float) -> np.ndarray:
    """Squared distance of the centre of each pixel to the nearest line; infinite beyond `reach`."""
    nearest = np.full(shape, np.inf)
    y_centres, x_centres = (np.arange(length) + 0.5 for length in shape)
    for points in lines:
        starts, ends = (points[:-1], points[1:]) if len(points) > 1 else (points, points)
        # The pixels within reach of each piece: a few hundred of 25,600.
        first = np.floor(np.minimum(starts, ends) - reach).clip(0).astype(int)
        last = np.ceil(np.maximum(starts, ends) + reach).clip(0).astype(int)
        pieces = zip(starts, ends - starts, first, last, strict=True)
        for (x0, y0), (dx, dy), (left, top), (right, bottom) in pieces:
            part = nearest[top:bottom, left:right]
            x, y = x_centres[left:right] - x0, y_centres[top:bottom, None] - y0
            length = dx * dx + dy * dy
            # The point of the piece that is nearest, as a share of the way from its start.
            share = ((x * dx + y * dy) / length).clip(0, 1) if length > 0 else 0.0
            x, y = x - share * dx, y - share * dy
            np.minimum(part, x * x + y * y, out=part)
    return nearest
