"""The preprocessing of a digit, step by step, and the prediction without it."""

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import resize_ink
from cnn.preprocessing.pixels import shrink
from cnn.rendering.images import paint, pixel_scale
from cnn.rendering.text import probability_text
from cnn.runs.run import Network
from ui.draw.digit_board import DigitInput
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.widgets.display import show_empty_picture, show_picture

SIDE = 112


def show_steps(digit: DigitInput | None, network: Network) -> None:
    """Show the steps, and for comparison the whole drawing resized, with its prediction."""
    st.header("Preprocessing", anchor="preprocessing")
    with st.container(horizontal=True, gap="small", key="steps"):
        if digit is None:
            show_empty_picture(4 * SIDE, "Crop, scale, centre: from the drawing to 28 x 28", SIDE)
            return
        if digit.normalized is None:
            text = "A link contains only the 28 x 28 pixels; draw here to see the steps"
            show_empty_picture(4 * SIDE, text, SIDE)
            return
        for number, (picture, title) in enumerate(_steps(digit), 1):
            with st.container(width=SIDE + 24, gap=None):
                show_picture(_framed(picture), f"{number} · {title}", SIDE)
        with st.container(width=SIDE + 70, gap=None, key="plain_resize"):
            resized = resize_ink(digit.ink)
            probabilities = recognizer_of(network).probabilities(resized[None])[0]
            name = as_text(network.run.data.classes[probabilities.argmax()])
            predicted = f"{name} ({probability_text(float(probabilities.max()))})"
            whole = "picture" if digit.picture.source == "upload" else "canvas"
            show_picture(_framed(resized), f"For comparison: the whole {whole} resized", SIDE)
            st.caption(f"Prediction without preprocessing: **{predicted}**")


def _steps(digit: DigitInput) -> list[tuple[np.ndarray, str]]:
    steps = digit.normalized
    first = [(digit.ink, digit.origin)]
    if digit.before:
        grey, even, picture = digit.before
        first = [(grey, f"{digit.origin}, in grey")]
        if picture is not None:
            first = [
                (picture, f"{digit.origin}, in grey"),
                (grey, "The sheet in it, straightened"),
            ]
        first += [
            (even, "Light and shadow removed: paper becomes white"),
            (digit.ink, "Only the ink, without edges, lines and specks"),
        ]
    return [
        *first,
        (steps.crop, f"Cropped to the ink, {_size(steps.crop)}"),
        (steps.scaled, f"Longer side 20, stroke width normalised: {_size(steps.scaled)}"),
        (steps.image, "Centre of mass in the middle of 28 x 28"),
    ]


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"


def _framed(picture: np.ndarray) -> bytes:
    """Return `picture`, (h, w) uint8, centred on a black square, as PNG: all steps in one row."""
    side = max(picture.shape)
    margins = [((side - length) // 2, (side - length + 1) // 2) for length in picture.shape]
    return paint(shrink(np.pad(picture, margins), SIDE), pixel_scale(), side=SIDE)
