"""A feature map and its three poolings, to point at: answered in the browser, not by the server."""

from pathlib import Path

import numpy as np
import streamlit as st

from cnn.pictures import Scale, scale_for
from cnn.pooling import POOLING_FUNCTIONS, padding_before

_HERE = Path(__file__).parent
_LENS = st.components.v2.component(
    "cnn_pooling_lens",
    html='<div class="lens"></div>',
    css=(_HERE / "pooling_lens.css").read_text(encoding="utf-8"),
    js=(_HERE / "pooling_lens.js").read_text(encoding="utf-8"),
)


def show_pooling_lens(
    feature_map: np.ndarray, size: int, stride: int, padding: str, shared: bool
) -> None:
    """Show (h, w) under max, average and sum; a cell that is pointed at shows its window and sum.

    With `shared`, the poolings are on one scale, else each on its own.
    """
    pooled = {
        kind: pool(feature_map, size, stride, padding) for kind, pool in POOLING_FUNCTIONS.items()
    }
    one = scale_for(*pooled.values())
    scales = {"input": scale_for(feature_map)}
    scales |= {kind: one if shared else scale_for(values) for kind, values in pooled.items()}
    _LENS(
        key="pooling_lens",
        data={
            "map": _rounded(feature_map),
            "pooled": {kind: _rounded(values) for kind, values in pooled.items()},
            "size": size,
            "stride": stride,
            "before": [padding_before(n, size, stride, padding) for n in feature_map.shape],
            "scales": {name: [each.low, each.high, each.kind] for name, each in scales.items()},
            "palettes": {each.kind: _colours(each) for each in scales.values()},
        },
    )


def _rounded(values: np.ndarray) -> list[list[float]]:
    """Six digits are more than anybody reads, and a third of the weight."""
    return [[float(f"{value:.6g}") for value in line] for line in values.tolist()]


def _colours(scale: Scale) -> list[str]:
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in scale.palette.tolist()]
