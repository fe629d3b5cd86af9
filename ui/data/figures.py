"""Pictures of a data set with captions, several in one element."""

import html
from collections.abc import Iterable

import numpy as np
import streamlit as st

from cnn.rendering.images import paint, pixel_scale
from ui.widgets.display import data_url, figure_html

SIDE = 84  # pixels
GAP = 2  # pixels of a picture, between the two of a pair


def show_figures(pictures: Iterable[tuple[np.ndarray, str]], width: int = SIDE) -> None:
    """Show pictures (28, 28), 0 to 255, with their captions, `width` pixels wide, side by side."""
    figures = [figure_html(_png(picture), text, width) for picture, text in pictures]
    st.html(f'<div class="gallery">{"".join(figures)}</div>')


def show_pairs(pairs: Iterable[tuple[np.ndarray, np.ndarray, str]]) -> None:
    """Show pairs of pictures (28, 28) uint8 with a caption each."""
    figures = []
    for first, second, text in pairs:
        images = "".join(
            f'<img alt="{html.escape(f"{side}: {text}")}" src="{data_url(_png(picture))}">'
            for side, picture in (("Left", first), ("Right", second))
        )
        figures.append(
            f'<figure style="width:{2 * SIDE + 4}px"><div class="pair">{images}</div>'
            f"<figcaption>{html.escape(text)}</figcaption></figure>"
        )
    st.html(f'<div class="gallery">{"".join(figures)}</div>')


def _png(picture: np.ndarray) -> bytes:
    return paint(picture, pixel_scale(), SIDE)
