"""Detect all digits of a picture or a canvas: found, split where they touch, and classified."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from cnn.detection.touching import CUT_FACTOR, Classify, may_be_one, split_touching
from cnn.evaluation.decision import Decision, decide
from cnn.preprocessing.normalization import NormalizedDigit, normalize_image
from cnn.preprocessing.segmentation import (
    FoundDigit,
    find_digits_in_ink,
    height_of,
    in_reading_order,
    inside,
)

MAX_SPLITS = 40  # each takes some 20 ms
GAP = 0.1  # of the height of the taller: digits with a narrower gap may be one with a broken line


class DetectedDigit(NamedTuple):
    """box: left, top, right, bottom in pixels of the ink; probabilities: (classes,)."""

    box: tuple[int, int, int, int]
    normalized: NormalizedDigit
    probabilities: np.ndarray
    decision: Decision


def detect_digits(
    ink: np.ndarray, classify: Classify, reject_threshold: float
) -> list[DetectedDigit]:
    """Return the digits in the ink of a picture, (h, w) uint8, line by line; none if it is blank.

    All the ink, specks included, is one digit, as on the canvas for one digit, if it is in one
    piece, or if fewer than two of its pieces are digits and the whole is one: a pen may skip.
    """
    found = find_digits_in_ink(ink)
    normalized = normalize_image(ink) if found else None
    if normalized is None:
        return []
    boxes = np.array([each.box for each in found])
    box = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    whole = FoundDigit(box, inside(ink, box), normalized, [])
    if len(found) == 1:
        return classify_digits([whole], classify, reject_threshold)
    digits = classify_digits(_join_broken(found, classify), classify, reject_threshold)
    if verdict_of(digits) == "not_a_digit":
        as_one = _with_decisions([whole], _classify_all([whole], classify), reject_threshold)
        digits = as_one if verdict_of(as_one) == "digit" else digits
    return digits


def classify_whole(
    ink: np.ndarray, classify: Classify, reject_threshold: float
) -> list[DetectedDigit]:
    """Return all the ink of a picture, (h, w) uint8, as one picture to classify; none if blank.

    For other data sets than MNIST: what is several pieces may be one symbol.
    """
    normalized = normalize_image(ink)
    if normalized is None:
        return []
    height, width = ink.shape
    found = [FoundDigit((0, 0, width, height), ink, normalized, [])]
    return _with_decisions(found, _classify_all(found, classify), reject_threshold)


def classify_digits(
    found: list[FoundDigit], classify: Classify, reject_threshold: float
) -> list[DetectedDigit]:
    """Classify the digits in `found`, those that touch each for itself.

    Of very many that may be several, as the cells of a table, only the widest are split.
    """
    if not found:
        return []
    wholes, digits = _classify_all(found, classify), []
    doubtful = [
        number
        for number, (each, row) in enumerate(zip(found, wholes, strict=True))
        if row.max() < CUT_FACTOR or not may_be_one(each.ink)
    ]
    doubtful.sort(key=lambda number: found[number].ink.shape[0] / found[number].ink.shape[1])
    to_split = set(doubtful[:MAX_SPLITS])
    for number, (each, row) in enumerate(zip(found, wholes, strict=True)):
        parts = _split(each, classify) if number in to_split else [each]
        rows = [row] if len(parts) == 1 else _classify_all(parts, classify)
        digits += _with_decisions(parts, rows, reject_threshold)
    return in_reading_order(digits)


def _with_decisions(
    found: list[FoundDigit], rows: Iterable[np.ndarray], reject_threshold: float
) -> list[DetectedDigit]:
    return [
        DetectedDigit(each.box, each.normalized, row, decide(row, reject_threshold))
        for each, row in zip(found, rows, strict=True)
    ]


def _classify_all(digits: list[FoundDigit], classify: Classify) -> np.ndarray:
    return classify(np.stack([each.normalized.image for each in digits]))


def number_of(digits: list[DetectedDigit]) -> str:
    """The digits as text, "?" for each that is not accepted as a digit."""
    return "".join(
        str(each.decision.best) if each.decision.kind == "digit" else "?" for each in digits
    )


def verdict_of(digits: list[DetectedDigit]) -> str:
    """ "blank", "several", or what was decided of the only digit.

    Ink in several pieces of which fewer than two are digits is not a digit.
    """
    if len(digits) < 2:
        return digits[0].decision.kind if digits else "blank"
    accepted = sum(each.decision.kind == "digit" for each in digits)
    return "several" if accepted > 1 else "not_a_digit"


def _split(digit: FoundDigit, classify: Classify) -> list[FoundDigit]:
    parts = split_touching(digit.ink, classify)
    if len(parts) == 1:
        return [digit]
    left, top, *_ = digit.box
    digits = []
    for part in parts:
        rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
        box = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        ink = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        normalized = normalize_image(part)
        digits.append(FoundDigit(tuple(map(int, box)), ink, normalized, []))
    return digits


def _join_broken(found: list[FoundDigit], classify: Classify) -> list[FoundDigit]:
    """Join neighbours with a narrow gap if the network is surer of the whole than of a part."""
    joined: list[FoundDigit] = []
    for digit in found:
        whole = _union(joined[-1], digit) if joined and _are_near(joined[-1], digit) else None
        if whole is not None:
            images = [each.normalized.image for each in (whole, joined[-1], digit)]
            of_whole, *of_parts = classify(np.stack(images)).max(axis=1)
            if of_whole > min(of_parts):
                joined[-1] = whole
                continue
        joined.append(digit)
    return joined


def _are_near(one: FoundDigit, other: FoundDigit) -> bool:
    gap = other.box[0] - one.box[2]
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return gap < GAP * max(height_of(one), height_of(other)) and shared > 0


def _union(one: FoundDigit, other: FoundDigit) -> FoundDigit | None:
    boxes = np.array([one.box, other.box])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for (x, y, x_end, y_end), part, *_ in (one, other):
        place = ink[y - top : y_end - top, x - left : x_end - left]
        np.maximum(place, part, out=place)
    normalized = normalize_image(ink)
    box = (int(left), int(top), int(right), int(bottom))
    return None if normalized is None else FoundDigit(box, ink, normalized, [])
