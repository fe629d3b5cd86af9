"""Separate ink from paper: light by place, colour, edges of a sheet, printed lines, specks.

Ink is what is narrow and does not reach the edge of the picture: shadows, tables, frames, and the
lines of ruled paper do reach it.
"""

from typing import NamedTuple

import cv2
import numpy as np

from cnn.preprocessing.parts import parts_of_digit
from cnn.preprocessing.pixels import edge_of, shrink
from cnn.preprocessing.sheets import sheet_corners, straightened

WIDEST = 0.35  # of the longer side: a stroke is narrower, a sheet or a shadow is wider
USUAL = 0.6  # of the longer side: surroundings of which most is paper
PREVIEW_SIDE = 128  # pixels, of the picture in which the channel is chosen
MORE_CONTRAST = 1.5  # times that of the lightness, for a single colour to be used instead
DARKEST_PAPER = 64  # of 255: the difference to darker paper is not enlarged
LEVELS = 24  # at which what reaches the edge is looked for
MIN_CONTRAST = 0.05  # of 3 x 3 pixels; paper is 0, black ink 1; with less, the picture is blank
# Standard deviations of the paper's grain: the mean of 3 x 3 pixels in a picture that is not blank,
# and each pixel of a stroke.
BLANK_GRAINS, WEAKEST_GRAINS = 2.2, 3
SEED, WEAKEST = 0.4, 0.16  # of the strongest ink: a stroke reaches SEED, and WEAKEST all along
# A digit that is cropped tightly touches the edge CONTACTS times at most, never along more than
# ALONG of a side; all else is less than LOST of it.
CONTACTS, ALONG, LOST = 4, 0.95, 0.3
BACKGROUND_SHARE = 0.25  # of the strongest ink nearby: blur and JPEG artefacts round a stroke


class Separation(NamedTuple):
    """The steps from a picture to its ink, each (h, w) uint8.

    grey: the lightness or the colour in which the ink is clearest, darker than the paper; even: the
    same relative to the paper at each place, which is 255; ink: 0 paper, 255 ink.

    Of a sheet on a table or a board, these are of the sheet alone, straightened; homography is
    (3, 3), from their pixels to those of the picture, and picture its lightness. Both are None if
    the steps are of the whole picture.
    """

    grey: np.ndarray
    even: np.ndarray
    ink: np.ndarray
    homography: np.ndarray | None = None
    picture: np.ndarray | None = None


def separate(pixels: np.ndarray) -> Separation:
    """Separate the ink of (h, w, 3) uint8, RGB, from its paper.

    If it is a filled rectangle, as a sheet on a table, a board or a plotted picture in a white
    margin, only what is within that counts, if there is any ink. It may be seen at an angle.
    """
    steps = _separate(pixels)
    corners = sheet_corners(steps.ink, steps.grey)
    if corners is None:
        return steps
    flat, homography = straightened(pixels, corners)
    inside = _separate(flat)
    if not inside.ink.any():
        return steps
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return inside._replace(homography=homography, picture=picture)


def _separate(pixels: np.ndarray) -> Separation:
    grey = _smooth(_clearest_channel(pixels))
    darkness = _darkness(grey)
    even = np.rint(255 * (1 - darkness)).astype(np.uint8)
    return Separation(grey, even, _strokes(_within(darkness), _grain(grey)))


def _clearest_channel(pixels: np.ndarray) -> np.ndarray:
    """The lightness or one of the colours, whichever shows the ink best, as dark on light."""
    lightness = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    channels = [lightness]
    if np.ptp(pixels, axis=2).max() > 0:
        channels += cv2.split(pixels)
    best, most = lightness, 0.0
    for channel in channels:
        small = shrink(channel, PREVIEW_SIDE)
        # Of single pixels, as thin lines make averages darker than the paper between them.
        usual = _usual(cv2.resize(channel, small.shape[::-1], interpolation=cv2.INTER_NEAREST))
        dark, light = _marks_by(small, usual), _marks_by(255 - small, 255 - usual)
        # Of two equal ones, ink is what covers less of the picture.
        likely_first = (dark, light) if small.mean() > 127 else (light, dark)
        marks = max(likely_first, key=_line_length)
        contrast = float(marks.max())
        if contrast > most * (MORE_CONTRAST if most else 1):
            best, most = channel if marks is dark else 255 - channel, contrast
    return best


def _line_length(marks: np.ndarray) -> float:
    """Length of the lines in their widths, times their squared contrast: little for a blot."""
    contrast = float(marks.max())
    if not contrast:
        return 0.0
    mask = np.pad(marks > contrast / 2, 1).astype(np.uint8)
    half_widths = cv2.distanceTransform(mask, cv2.DIST_L2, 3)[mask > 0]
    return contrast**2 * len(half_widths) / float(half_widths.mean()) ** 2


def _usual(grey: np.ndarray) -> np.ndarray:
    """The median of the surroundings of each pixel, (h, w) uint8."""
    half = round(USUAL * max(grey.shape) / 2)
    mirrored = cv2.copyMakeBorder(grey, *[half] * 4, cv2.BORDER_REFLECT)
    height, width = grey.shape
    return cv2.medianBlur(mirrored, 2 * half + 1)[half : half + height, half : half + width]


def _marks_by(grey: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """What is darker than the paper beside it and than `usual`, and does not reach the edge.

    Holes in light ink are darker than what is beside them, but as dark as is usual.
    """
    marks = _darkness(grey)
    unusual = (usual.astype(np.float32) - grey) / np.maximum(usual, DARKEST_PAPER)
    return np.minimum(_within(marks), np.maximum(unusual, 0))


def _smooth(grey: np.ndarray) -> np.ndarray:
    """Smooth dots of one-bit scans, and the grain of large photographs."""
    side = max(grey.shape)
    # Without grain, or with a JPEG's rounding alone, it would only fade and widen thin strokes.
    sigma = side / 600 if _roughness(grey) > 1 else 0.0
    if side > 60 and len(np.unique(grey)) <= 2 and _is_dithered(grey):
        sigma = max(1.5, sigma)
    return cv2.GaussianBlur(grey, (0, 0), sigma) if sigma > 0.5 else grey


def _is_dithered(grey: np.ndarray) -> bool:
    """Whether many single pixels differ from all around them."""
    return float((cv2.medianBlur(grey, 3) != grey).mean()) > 0.005


def _darkness(grey: np.ndarray) -> np.ndarray:
    """How much darker each pixel is than the paper round it, (h, w) float32, 0 to 1."""
    size = max(3, round(WIDEST * max(grey.shape)))
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    paper = paper.astype(np.float32)
    darkness = (paper - grey) / np.maximum(paper, DARKEST_PAPER)
    # The lightest grain is what is taken for paper; most of the picture is average paper.
    return np.maximum(darkness - np.median(darkness), 0)


def _grain(grey: np.ndarray) -> float:
    """The standard deviation of the paper's grain, in units of `_darkness`."""
    return 1.5 * _roughness(grey) / max(float(np.median(grey)), DARKEST_PAPER)


def _roughness(grey: np.ndarray) -> float:
    """The median difference of a pixel to the median of those around it, in grey levels."""
    return float(np.median(cv2.absdiff(grey, cv2.medianBlur(grey, 3))))


def _reaching_edge(marks: np.ndarray) -> np.ndarray:
    """The darkest level at which each pixel is connected to the edge: (h, w) float32.

    This is a morphological reconstruction by dilation, from the edge, at LEVELS levels.
    """
    reached = np.zeros_like(marks)
    for level in np.linspace(0, float(marks.max()), LEVELS, endpoint=False)[1:]:
        _, labels = cv2.connectedComponents((marks >= level).astype(np.uint8))
        at_edge = np.zeros(labels.max() + 1, bool)
        at_edge[edge_of(labels)] = True
        at_edge[0] = False
        if not at_edge.any():
            break
        mask = at_edge[labels]
        reached[mask] = level
    step = float(marks.max()) / LEVELS
    return np.minimum(marks, np.where(reached > 0, reached + step, 0))


def _within(marks: np.ndarray) -> np.ndarray:
    """Subtract what reaches the edge, unless it is a digit that is cropped tightly: (h, w)."""
    within = marks - _reaching_edge(marks)
    weakest = WEAKEST * float(marks.max())
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((marks > weakest).astype(np.uint8))
    left = np.count_nonzero(within > SEED * float(marks.max()))
    sides = [labels[0], labels[-1], labels[:, 0], labels[:, -1]]
    for part in np.unique(edge_of(labels))[1:]:
        touching = [side == part for side in sides]
        contacts = sum(np.count_nonzero(np.diff(each, prepend=False) & each) for each in touching)
        runs_along = max(each.mean() for each in touching) > ALONG
        if contacts <= CONTACTS and not runs_along and left < LOST * boxes[part, cv2.CC_STAT_AREA]:
            within = np.where(labels == part, marks, within)
    return within


def _strokes(marks: np.ndarray, grain: float) -> np.ndarray:
    """Keep the strokes of a digit, each as dark as it gets nearby: (h, w) uint8."""
    if float(cv2.blur(marks, (3, 3)).max()) <= max(MIN_CONTRAST, BLANK_GRAINS * grain):
        return np.zeros(marks.shape, np.uint8)
    strongest = float(marks.max())
    weakest = max(WEAKEST * strongest, WEAKEST_GRAINS * grain)
    marks = np.where(parts_of_digit(marks, weakest, SEED * strongest), marks, 0)
    # A stroke that becomes faint stays as wide: it is compared with what is nearby.
    size = max(3, round(max(marks.shape) / 12) | 1)
    nearby = cv2.dilate(marks, np.ones((size, size), np.uint8))
    nearby = np.maximum(cv2.blur(nearby, (size, size)), weakest)
    ink = np.clip((marks / nearby - BACKGROUND_SHARE) / (1 - BACKGROUND_SHARE), 0, 1)
    return np.rint(ink * 255).astype(np.uint8)
