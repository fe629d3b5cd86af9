"""The preprocessing of a digit, step by step, and the prediction without it."""

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import resize_ink
from cnn.preprocessing.paper import shrink
from cnn.rendering.images import paint, pixel_scale
from cnn.rendering.text import probability_text
from cnn.runs.run import Network
from ui.draw.digit_board import DigitInput
from ui.loading.errors import as_text
from ui.loading.networks import recognizer_of
from ui.widgets.display import show_empty_picture, show_picture

SIDE = 112


def show_steps(digit: DigitInput | None, network: Network) -> None:
    """Show four steps, and for comparison the whole drawing resized, with its prediction."""
    st.header("Preprocessing", anchor="preprocessing")
    with st.container(horizontal=True, gap="small", key="steps"):
        if digit is None:
            show_empty_picture(4 * SIDE, "Crop, scale, centre: from the drawing to 28 x 28", SIDE)
            return
        if digit.normalized is None:
            text = "A link contains only the 28 x 28 pixels; draw here to see the steps"
            show_empty_picture(4 * SIDE, text, SIDE)
            return
        for picture, title in _steps(digit):
            with st.container(width=SIDE + 24, gap=None):
                show_picture(_framed(picture), title, SIDE)
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
    return [
        (digit.ink, f"1 · {digit.origin}"),
        (steps.crop, f"2 · Cropped to the ink, {_size(steps.crop)}"),
        (steps.scaled, f"3 · Longer side 20, stroke width normalised: {_size(steps.scaled)}"),
        (steps.image, "4 · Centre of mass in the middle of 28 x 28"),
    ]


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]} x {picture.shape[0]}"


def _framed(picture: np.ndarray) -> bytes:
    """Return `picture`, (h, w) uint8, centred on a black square, as PNG: all steps in one row."""
    side = max(picture.shape)
    margins = [((side - length) // 2, (side - length + 1) // 2) for length in picture.shape]
    return paint(shrink(np.pad(picture, margins), SIDE), pixel_scale(), side=SIDE)
