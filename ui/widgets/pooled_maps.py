"""Pooled maps side by side."""

import numpy as np
import streamlit as st

from cnn.rendering.images import Scale, paint
from ui.widgets.display import figure
from ui.widgets.layer_panel import shape_text

SIDE = 208  # pixels


def show_pooled(
    pooled: dict[str, np.ndarray], scales: dict[str, Scale], legends: bool = False
) -> None:
    """One picture for each map (h, w), in a row; with `legends`, a scale under each."""
    # Side by side on a phone too: they are there to be compared.
    figures = [
        figure(
            paint(values, scales[kind], SIDE),
            _caption(kind, values),
            2 * SIDE,
            scales[kind] if legends else None,
        )
        for kind, values in pooled.items()
    ]
    st.html(f'<div class="figures">{"".join(figures)}</div>')


def _caption(title: str, values: np.ndarray) -> str:
    return f"{title}: {shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}"
