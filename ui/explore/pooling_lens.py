"""A feature map and its three poolings, to point at: answered in the browser, not by the server."""

from itertools import combinations

import numpy as np

from cnn.arithmetic.pooling import POOLING_FUNCTIONS, padding_around
from cnn.arithmetic.receptive_field import ReceptiveField
from cnn.rendering.images import pixel_scale, scale_for, signed_scale
from ui.widgets.lens import lens_component, packed, packed_field, packed_scale

_LENS = lens_component("pooling")


def show_pooling_lens(
    title: str,
    feature_map: np.ndarray,
    size: int,
    stride: int,
    padding: str,
    key: str,
    picture: np.ndarray | None = None,
    fields: tuple[ReceptiveField, ReceptiveField] | None = None,
) -> None:
    """Show (h, w) under max, average and sum, these on one scale, and their differences.

    A cell that is pointed at shows its window and how the three make one number of it; with
    `picture` (28, 28) uint8 and the receptive field of the pooled cells, also what they see of it.
    """
    pooled = {
        kind: pool(feature_map, size, stride, padding) for kind, pool in POOLING_FUNCTIONS.items()
    }
    _LENS(
        key=key,
        data={
            "map": packed(feature_map),
            "pooled": {kind: packed(values) for kind, values in pooled.items()},
            "size": size,
            "stride": stride,
            "before": [padding_around(n, size, stride, padding)[0] for n in feature_map.shape],
            "scales": {
                "input": packed_scale(scale_for(feature_map)),
                "pooled": packed_scale(scale_for(*pooled.values())),
                "picture": packed_scale(pixel_scale()),
                "differences": packed_scale(signed_scale(*_differences(pooled))),
            },
            "names": {"input": title},
        }
        | packed_field(picture, fields),
    )


def _differences(pooled: dict[str, np.ndarray]) -> list[np.ndarray]:
    return [one - other for one, other in combinations(pooled.values(), 2)]
