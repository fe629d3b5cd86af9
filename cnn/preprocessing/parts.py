"""Which parts of the ink are digits: not specks, frames, tables or underlines."""

import cv2
import numpy as np

SPECK = 0.12  # of the extent of the largest part; smaller ones are specks
FRAMED = 0.3  # of a frame's extent: what it surrounds is larger
CELLS = 3  # a part that has other parts in so many of its holes is a table; an 8 has two holes
FLAT, LONG = 5, 0.8  # an underline's width in its heights, and in widths of what is above it


def parts_of_digit(marks: np.ndarray, weakest: float, seed: float) -> np.ndarray:
    """Mask of the parts above `weakest` that reach `seed`, without frames, lines and specks."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((marks >= weakest).astype(np.uint8))
    strength = np.zeros(count, np.float32)
    np.maximum.at(strength, labels.ravel(), marks.ravel())
    keep = (strength >= seed) & (np.arange(count) > 0)  # the first is the paper
    start, size = boxes[:, :2], boxes[:, 2:4]
    extent = size.max(axis=1)
    keep &= ~_tables(labels, keep)
    keep &= extent >= SPECK * extent[keep].max(initial=0)
    for part in sorted(np.flatnonzero(keep), key=lambda part: -start[part, 1]):  # from below
        others = keep & (np.arange(count) != part)
        is_frame = _surrounds(part, start, size, others)
        if is_frame or (others.any() and _underlines(part, start, size, others)):
            keep[part] = False
    return keep[labels]


def _tables(labels: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Which of the `parts`, (n,) bool, are the lines of a table, with others in its cells."""
    tables = np.zeros(len(parts), bool)
    if np.count_nonzero(parts) <= CELLS:
        return tables
    mask = parts[labels].astype(np.uint8)
    outlines, levels = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    inside, around = levels[0].T[2:]  # of an outline: the first one in it, or -1; the one around it
    filled_cells = np.zeros(len(outlines), int)
    is_hole = np.zeros(len(outlines), bool)
    for number in range(len(outlines)):  # an outline comes after the one around it
        outer = around[number]
        is_hole[number] = outer >= 0 and not is_hole[outer]
        if is_hole[number] and inside[number] >= 0:
            filled_cells[outer] += 1
    for number in np.flatnonzero(filled_cells >= CELLS):
        column, row = outlines[number][0, 0]
        tables[labels[row, column]] = True
    return tables


def _surrounds(part: int, start: np.ndarray, size: np.ndarray, others: np.ndarray) -> bool:
    """Whether a part has another large one inside, as a printed box or a circle has."""
    end = start + size
    inside = others & (start > start[part]).all(axis=1) & (end < end[part]).all(axis=1)
    return bool(size[inside].max(initial=0) > FRAMED * size[part].max())


def _underlines(part: int, start: np.ndarray, size: np.ndarray, others: np.ndarray) -> bool:
    """Whether a part is a long line below all others."""
    width, height = size[part]
    left, right = start[others, 0].min(), (start + size)[others, 0].max()
    is_below = start[part, 1] >= (start + size)[others, 1].max()
    return bool(is_below and width > FLAT * height and width > LONG * (right - left))
