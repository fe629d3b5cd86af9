"""Find a sheet on a table, a board or a plotted picture, also seen at an angle; straighten it."""

import cv2
import numpy as np

from cnn.preprocessing.pixels import edge_of

# A sheet or a board is a part of the ink above SOLID, or of what is lighter or darker, as wide and
# high as BOARD of the longer side, that fills FILLED of its rectangle, and its outline RECTANGULAR
# of it; EDGE of its shorter side is left out.
SOLID, BOARD, FILLED, RECTANGULAR, EDGE = 127, 0.25, 0.5, 0.9, 0.03
CORNER = 0.02  # of its length: an outline that deviates less from four lines is a quadrilateral
FOCAL = 0.8  # focal length, of the longer side: of telephones and webcams about 0.7 to 0.9


def sheet_corners(ink: np.ndarray, grey: np.ndarray) -> np.ndarray | None:
    """Return the corners of a sheet or a board, (4, 2), clockwise from the top left, or None.

    ink, grey: (h, w) uint8, as of `cnn.preprocessing.paper.Separation`.

    It is what was taken for ink; or, if that is the table, where there is little of it, then what
    is lighter or darker (N. Otsu, "A threshold selection method from gray-level histograms", 1979).
    """
    corners = _filled_rectangle((ink > SOLID).astype(np.uint8))
    if corners is None:
        _, light = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        inside = (each for each in (light, 1 - light) if not edge_of(each).any())
        candidates = map(_filled_rectangle, inside)
        corners = next((each for each in candidates if each is not None), None)
    return corners


def _filled_rectangle(mask: np.ndarray) -> np.ndarray | None:
    """The corners of the largest part of a mask if it is a rectangle, also at an angle.

    mask: (h, w) uint8, 0 or 1. They are (4, 2), x and y, from the one at the top left clockwise.
    None if the part has another shape or is small.
    """
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea, default=None)
    if outline is None:
        return None
    left, top, width, height = cv2.boundingRect(outline)
    if min(width, height) < BOARD * max(mask.shape):
        return None
    right, bottom = left + width - 1, top + height - 1
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    if cv2.contourArea(outline) < RECTANGULAR * cv2.contourArea(corners):
        corners = _four_corners(outline)
        if corners is None or cv2.contourArea(outline) < RECTANGULAR * cv2.contourArea(corners):
            return None
    filled = cv2.fillConvexPoly(np.zeros_like(mask), corners.astype(np.int32), 1)
    return corners if mask[filled > 0].mean() >= FILLED else None


def _four_corners(outline: np.ndarray) -> np.ndarray | None:
    """The corners of a convex quadrilateral, as of `_filled_rectangle`; None of others."""
    corners = cv2.approxPolyDP(outline, CORNER * cv2.arcLength(outline, True), True)[:, 0]
    if len(corners) != 4 or not cv2.isContourConvex(corners):
        return None
    if cv2.contourArea(corners, oriented=True) < 0:
        corners = corners[::-1]
    return np.roll(corners, -corners.sum(axis=1).argmin(), axis=0).astype(np.float32)


def straightened(pixels: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is within `corners` as a rectangle, without its edge, and the homography from it.

    pixels: (h, w, 3) uint8; the homography, (3, 3), leads to their places.
    """
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = (float(max(sides[at], sides[at + 2])) for at in (0, 1))
    proportion = _proportion(corners, pixels.shape)
    # No side becomes shorter than it is seen.
    width, height = max(width, height * proportion), max(height, width / proportion)
    factor = min(1.0, max(pixels.shape) / max(width, height))
    width, height = (1 + round(length * factor) for length in (width, height))
    inset = 1 + round(EDGE * min(width, height))
    size = (max(1, width - 2 * inset), max(1, height - 2 * inset))
    flat = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]) - inset
    homography = cv2.getPerspectiveTransform(flat.astype(np.float32), corners)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(pixels, homography, size, flags=flags), homography


def _proportion(corners: np.ndarray, shape: tuple[int, ...]) -> float:
    """Width by height of the rectangle that a camera sees in a picture of `shape` as `corners`.

    The columns of a homography from the unit square are what the camera makes of its sides (Z.
    Zhang, "A flexible new technique for camera calibration", 2000). The corners alone give the
    focal length only of a rectangle that is turned about two axes, so a usual one is assumed.
    """
    middle = (np.array(shape[1::-1]) - 1) / 2
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    seen = ((corners - middle) / (FOCAL * max(shape))).astype(np.float32)
    across, down, _ = cv2.getPerspectiveTransform(unit, seen).T
    return float(np.linalg.norm(across) / np.linalg.norm(down))
