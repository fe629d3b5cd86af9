"""A feature map and its three poolings, and the arithmetic of each cell, in the browser."""

from itertools import combinations

import numpy as np

from cnn.arithmetic.perturbation import Pooling
from cnn.arithmetic.pooling import POOLING_FUNCTIONS, padding_around
from cnn.rendering.images import scale_for, signed_scale
from ui.widgets.lens import lens_component, packed, packed_scale

_LENS = lens_component("pooling")


def show_pooling_lens(
    title: str,
    feature_map: np.ndarray,
    pooling: Pooling,
    key: str,
) -> None:
    """Show (h, w) under max, average and sum, on one scale, and their differences.

    A cell at the pointer shows its window and the three results. With `picture`, (28, 28) uint8,
    and `fields`, the receptive fields of the pooled cells, also the part of it they depend on.
    """
    pooled = {kind: pool(feature_map, *pooling) for kind, pool in POOLING_FUNCTIONS.items()}
    differences = [one - other for one, other in combinations(pooled.values(), 2)]
    _LENS(
        key=key,
        data={
            "map": packed(feature_map),
            "pooled": {kind: packed(values) for kind, values in pooled.items()},
            "size": pooling.size,
            "stride": pooling.stride,
            "before": [padding_around(length, *pooling)[0] for length in feature_map.shape],
            "scales": {
                "input": packed_scale(scale_for(feature_map)),
                "pooled": packed_scale(scale_for(*pooled.values())),
                "differences": packed_scale(signed_scale(*differences)),
            },
            "names": {"input": title},
        },
    )
