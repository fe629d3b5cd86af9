"""Lines of digits, from their reading order."""

from itertools import pairwise

from cnn.detection.digits import DetectedDigit
from cnn.preprocessing.segmentation import SAME_LINE


def lines_of(digits: list[DetectedDigit]) -> list[list[DetectedDigit]]:
    """Divide digits in reading order into lines; a line may rise or fall."""
    if not digits:
        return []
    lines = [digits[:1]]
    for previous, digit in pairwise(digits):
        if _begins_line(previous.box, digit.box):
            lines.append([])
        lines[-1].append(digit)
    return lines


def _begins_line(previous: tuple[int, int, int, int], box: tuple[int, int, int, int]) -> bool:
    """Whether `box` is to the left of the one before it, or above or below it."""
    shared = min(box[3], previous[3]) - max(box[1], previous[1])
    lower = min(box[3] - box[1], previous[3] - previous[1])
    return box[0] + box[2] < previous[0] + previous[2] or shared < SAME_LINE * lower
