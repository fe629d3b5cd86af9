"""The steps from a drawing to what the network reads, side by side, and what others would do."""

import numpy as np
import streamlit as st

from cnn.preprocessing.normalization import resize_ink
from cnn.preprocessing.picture_files import shrink
from cnn.rendering.images import paint, pixel_scale
from cnn.rendering.text import percent
from ui.draw.digit_board import Drawn
from ui.widgets.display import show_empty_picture, show_picture

SIDE = 112


def show_steps(drawn: Drawn | None, read) -> None:
    """Four pictures, and a fifth of the plain resize with what the network says to it.

    `read`: (n, 28, 28) uint8 -> (n, 10) probabilities.
    """
    st.subheader("How it is prepared", anchor="steps")
    with st.container(horizontal=True, gap="small", key="steps"):
        if drawn is None or drawn.fitted is None:
            _show_empty_steps(drawn is not None)
            return
        for picture, words in _steps(drawn):
            with st.container(width=SIDE + 24, gap=None):
                show_picture(_framed(picture), words, SIDE)
        with st.container(width=SIDE + 70, gap=None, key="plain_resize"):
            plain = resize_ink(drawn.ink)
            probabilities = read(plain[None])[0]
            said = f"{probabilities.argmax()} ({percent(float(probabilities.max()))})"
            show_picture(_framed(plain), "Not done here: the whole canvas resized", SIDE)
            st.caption(f"As most demos do. To that, this network says **{said}**.")


def _steps(drawn: Drawn):
    crop, scaled = drawn.fitted.crop, drawn.fitted.scaled
    canvas = "x".join(f" {side} " for side in drawn.ink.shape[::-1]).strip()
    yield drawn.ink, f"1 · As drawn, {canvas} pixels"
    yield crop, f"2 · Cropped to the ink, {crop.shape[1]} x {crop.shape[0]}"
    yield scaled, f"3 · Longer side 20, with an even pen: {scaled.shape[1]} x {scaled.shape[0]}"
    yield drawn.fitted.image, "4 · Its centre of mass in the middle of 28 x 28"


def _framed(picture: np.ndarray) -> bytes:
    """On a black square, so that all steps stand in one row."""
    side = max(picture.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = ((side - length) // 2 for length in picture.shape)
    square[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return paint(shrink(square, SIDE), pixel_scale(), side=SIDE)


def _show_empty_steps(without_ink: bool) -> None:
    words = (
        "The link holds only the last step; draw here to see the others"
        if without_ink
        else "Crop, scale, centre: the steps from a drawing to 28 x 28 pixels"
    )
    show_empty_picture(4 * SIDE, words, SIDE)
