"""How many pictures of each class a data set has, as Apache ECharts options."""

from collections.abc import Mapping, Sequence

import numpy as np

from cnn.rendering.chart_parts import Spec

# Distinguishable for the colour-blind, and on a light and a dark background.
PART_COLOURS = ("#12a594", "#e5780b", "#7a5cc9")
ROW_HEIGHT, FRAME_HEIGHT = 22, 84  # pixels: of a class; of legend and axis
NAME_WIDTH = 96  # pixels: a longer name is cut off


def chart_height(classes: int) -> int:
    """Return the height of `counts_chart` in pixels."""
    return FRAME_HEIGHT + ROW_HEIGHT * classes


def counts_chart(classes: Sequence[str], counts: Mapping[str, np.ndarray]) -> Spec:
    """A bar a class, the first on top, divided into parts.

    counts: (classes,) pictures for each part, such as "training".
    """
    names = list(classes)
    return {
        "animation": False,
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 28, "containLabel": True},
        "legend": {"top": 0, "left": 8, "selectedMode": False},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {
            "type": "value",
            "name": "number of pictures",
            "nameLocation": "middle",
            "nameGap": 26,
            "minInterval": 1,
            "splitNumber": 4,
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisLabel": {"interval": 0, "width": NAME_WIDTH, "overflow": "truncate"},
            "axisTick": {"show": False},
        },
        "series": [
            {
                "name": part,
                "type": "bar",
                "stack": "pictures",
                "barCategoryGap": "25%",
                "data": each.tolist(),
                "itemStyle": {"color": colour},
            }
            for (part, each), colour in zip(counts.items(), PART_COLOURS, strict=False)
        ],
    }
