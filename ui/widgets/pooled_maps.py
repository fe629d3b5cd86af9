"""Pooled maps side by side."""

import numpy as np
import streamlit as st

from cnn.rendering.images import Scale, paint
from ui.widgets.display import figure_html
from ui.widgets.layer_panel import shape_text

SIDE = 208  # pixels


def show_pooled(
    pooled: dict[str, np.ndarray], scales: dict[str, Scale], legends: bool = False
) -> None:
    """Show maps (h, w) in a row; with `legends`, a colour scale below each."""
    # Side by side on a phone too, for comparison.
    figures = [
        figure_html(
            paint(values, scales[kind], SIDE),
            f"{kind}: {shape_text(values.shape)}, {values.min():.3g} to {values.max():.3g}",
            2 * SIDE,
            scales[kind] if legends else None,
        )
        for kind, values in pooled.items()
    ]
    st.html(f'<div class="figures">{"".join(figures)}</div>')
