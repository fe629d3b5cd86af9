"""The losses of a learning-rate sweep as Apache ECharts options; see `charts`."""

import numpy as np

from cnn.evaluation.lr_suggestion import HIGHEST, LOWEST, smoothed_losses
from cnn.rendering.chart_parts import Spec, empty_chart, line, placeholder
from cnn.rendering.charts import TRAINING_COLOUR, VALIDATION_COLOUR

MAX_LOSS = 1.5  # times the first loss: larger ones are drawn at the top of the chart


def sweep_chart(sweep: dict[str, np.ndarray], suggested: float | None) -> Spec:
    """The loss at each learning rate as points, smoothed as a line; `suggested` is marked.

    The axis of learning rates is logarithmic.
    """
    rates, losses = sweep["rate"], sweep["loss"]
    chart = empty_chart("learning rate", "loss", HIGHEST)
    chart["xAxis"].update(type="log", min=LOWEST, minorTick={"show": True})
    chart["yAxis"].update(min=0, max=1)
    if not len(rates):
        chart["title"] = placeholder("The first points appear\nin a few seconds")
        return chart
    chart["yAxis"]["max"] = top = float(f"{MAX_LOSS * losses[0]:.2g}")
    data, smoothed = (
        [
            [float(f"{rate:.3g}"), float(f"{min(loss, top):.4g}")]
            for rate, loss in zip(rates, values, strict=True)
        ]
        for values in (losses, smoothed_losses(losses))
    )
    chart["series"] = [
        {
            "name": "each step",
            "type": "scatter",
            "data": data,
            "symbolSize": 4,
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.45},
        },
        line("smoothed", smoothed, TRAINING_COLOUR, symbol=False),
    ]
    if suggested:
        chart["series"][1]["markLine"] = {
            "symbol": "none",
            "precision": 9,  # the default rounds to hundredths
            "lineStyle": {"color": VALIDATION_COLOUR, "width": 2},
            "label": {"formatter": f"{suggested:g}", "color": VALIDATION_COLOUR},
            "data": [{"xAxis": suggested}],
        }
    return chart
