"""Several detected digits: the number, the picture with their boxes, and a tile for each."""

import numpy as np
import streamlit as st

from cnn.detection.digits import DetectedDigit, number_of
from cnn.evaluation.decision import Decision
from cnn.preprocessing.segmentation import lines_of
from cnn.rendering.images import paint, pixel_scale
from cnn.rendering.text import probability_text
from ui.state.messages import sent_number
from ui.widgets.display import data_url
from ui.widgets.lens import lens_component

MAX_WIDTH, MAX_HEIGHT = 560, 420  # pixels of the picture
MAX_TILES = 60
LEGIBLE_HEIGHT = 26  # pixels; lower boxes have no number, which would cover the digits
MAX_LINES, MAX_COLUMNS = 6, 60  # of the number; the rest is left out
_LENS = lens_component("number")


def confidence_text(digits: list[DetectedDigit]) -> str:
    """The probability that all digits are correct, in percent, as if they were independent."""
    return probability_text(float(np.prod([each.decision.confidence for each in digits])))


def show_number(digits: list[DetectedDigit]) -> None:
    """Show the number, large, line by line, with "?" for each digit that is rejected."""
    lines = [number_of(line) for line in lines_of(digits)]
    longest = max(map(len, lines))
    if len(lines) == 1 and longest <= 12:
        size = "large"
    else:
        size = "small" if len(lines) <= 2 and longest <= 20 else "smallest"
    shown = [line[:MAX_COLUMNS] + "…" * (len(line) > MAX_COLUMNS) for line in lines[:MAX_LINES]]
    text = "<br>".join(shown + ["…"] * (len(lines) > MAX_LINES))
    note = (
        "? marks a rejected digit"
        if "?" in "".join(lines)
        else f"{confidence_text(digits)} that all are correct"
    )
    st.html(f'<p class="answer number {size}" role="status"><b>{text}</b> <span>{note}</span></p>')


def show_digits(ink: np.ndarray, digits: list[DetectedDigit], action: str) -> int | None:
    """Show `ink`, (h, w) uint8, with a box for each digit, and a tile for each of the first.

    `action` says what a click on one does. Returns the place in `digits` of the one that was just
    clicked, or None.
    """
    height, width = ink.shape
    factor = min(MAX_WIDTH / width, MAX_HEIGHT / height)
    lowest = min(bottom - top for _, top, _, bottom in (each.box for each in digits))
    tiles = [paint(each.normalized.image, pixel_scale(), 28) for each in digits[:MAX_TILES]]
    result = _LENS(
        key="number_lens",
        data={
            "picture": data_url(paint(ink, pixel_scale(), height)),
            "alt": f"The picture, with a box for each of {len(digits)} digits",
            "width": round(width * factor),
            "ratio": f"{width} / {height}",
            "boxes": [
                {
                    "place": _place(each.box, width, height),
                    "words": f"{number}: {_prediction(each.decision)}",
                    "accepted": each.decision.kind == "digit",
                }
                for number, each in enumerate(digits, 1)
            ],
            "tiles": [data_url(each) for each in tiles],
            "numbered": lowest * factor >= LEGIBLE_HEIGHT,
            "action": action,
        },
        on_opened_change=lambda: None,
    )
    return sent_number(result.opened, len(digits))


def tiles_note(count: int) -> str:
    """What to say of digits that have no tile; empty if there are none."""
    more = count - MAX_TILES
    return f" {MAX_TILES} of them have a tile, {more:,} more only a box." if more > 0 else ""


def _place(box: tuple[int, int, int, int], width: int, height: int) -> list[float]:
    """Left, top, width and height in percent of the picture."""
    left, top, right, bottom = box
    shares = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    return [round(100 * share, 2) for share in shares]


def _prediction(decision: Decision) -> str:
    return {
        "digit": f"{decision.best}, {probability_text(decision.confidence)}",
        "unsure": f"{decision.best} or {decision.second}?",
        "not_a_digit": "not a digit",
    }[decision.kind]
