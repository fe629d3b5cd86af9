"""Histograms over the epochs, one behind the other, as TensorBoard shows them."""

from collections.abc import Sequence

import numpy as np

from cnn.rendering.chart_parts import Spec, empty_chart, placeholder
from cnn.runs.histograms import Histogram

MOST_RIDGES = 12  # more would hide each other
OVERLAP = 2.5  # height of the highest ridge, in distances between two
OLDEST, NEWEST = np.array((189, 226, 221)), np.array((15, 118, 110))


def ridge_chart(histograms: Sequence[Histogram], name: str) -> Spec:
    """The histograms as ridges, the newest in front; `name` is that of the values.

    The heights are densities, in proportion within each ridge; all have the same area.
    """
    chart = empty_chart(name, "epoch", None)
    chart["legend"] = {"show": False}
    chart["tooltip"] = {"trigger": "item", "formatter": "{a}"}
    if not histograms:
        chart["title"] = placeholder("Not recorded")
        for axis in ("xAxis", "yAxis"):
            chart[axis]["show"] = False
        return chart
    chosen = np.unique(np.linspace(0, len(histograms) - 1, MOST_RIDGES).round().astype(int))
    shown = [histograms[i] for i in chosen]
    density = [_density(each) for each in shown]
    highest = max(float(each.max()) for each in density) or 1.0
    rows = [str(each.epoch) for each in shown]
    # A row per ridge: the epochs need not be evenly spaced.
    chart["yAxis"].update(
        type="value",
        inverse=True,
        min=-OVERLAP,
        max=len(rows) - 0.5,
        interval=1,
        nameLocation="start",
        axisLabel={"show": False},
        axisLine={"show": False, "onZero": False},
        axisTick={"show": False},
        splitLine={"show": False},
    )
    chart["xAxis"].update(scale=True, axisLine={"onZero": False})
    chart["series"] = [
        _ridge(place, (place + 1) / len(rows), epoch, each, heights * OVERLAP / highest)
        for place, (epoch, each, heights) in enumerate(zip(rows, shown, density, strict=True))
    ]
    return chart


def _density(histogram: Histogram) -> np.ndarray:
    """Counts (bins,) -> (bins,): the share of the values per unit of the axis."""
    width = (histogram.high - histogram.low) / len(histogram.counts) or 1.0
    return histogram.counts / max(1, histogram.counts.sum()) / width


def _ridge(place: int, age: float, epoch: str, histogram: Histogram, heights: np.ndarray) -> Spec:
    edges = np.linspace(histogram.low, histogram.high, len(heights) + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    red, green, blue = (OLDEST + (NEWEST - OLDEST) * age).astype(int)
    ends = [[edges[0], place], *zip(centres, place - heights, strict=True), [edges[-1], place]]
    return {
        "name": f"epoch {epoch}",
        "type": "line",
        "z": 2 + place,
        "data": [[float(f"{x:.4g}"), float(f"{y:.4g}")] for x, y in ends],
        "showSymbol": False,
        "lineStyle": {"width": 1, "color": "#ffffff"},
        "itemStyle": {"color": f"rgb({red},{green},{blue})"},
        "areaStyle": {"origin": place, "opacity": 0.9, "color": f"rgb({red},{green},{blue})"},
        "endLabel": {"show": True, "formatter": epoch, "color": "#808080", "distance": 4},
    }
