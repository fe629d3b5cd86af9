"""The losses of the same batches in several frameworks."""

from collections.abc import Mapping, Sequence

from cnn.frameworks.network import STEPS
from cnn.rendering.chart_parts import Spec, empty_chart, line
from cnn.rendering.comparison_charts import RUN_STYLES


def race_chart(losses: Mapping[str, Sequence[float]]) -> Spec:
    """Return a line for each framework that has begun: the loss of each batch so far.

    The lines become thinner, so that those below are seen where they agree.
    """
    chart = empty_chart("batch", "loss", STEPS)
    chart["xAxis"]["min"] = 0
    chart["yAxis"]["min"] = 0
    chart["series"] = []
    begun = [(name, values) for name, values in losses.items() if values]
    for place, (name, values) in enumerate(begun):
        points = [[step, float(f"{loss:.5g}")] for step, loss in enumerate(values, start=1)]
        colour, _ = RUN_STYLES[list(losses).index(name)]
        series = line(name, points, colour, symbol=False)
        series["lineStyle"]["width"] = 1.5 * (len(begun) - place)
        chart["series"].append(series)
    if not begun:
        chart["yAxis"]["max"] = 2.5
    return chart
