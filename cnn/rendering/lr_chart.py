"""A learning-rate sweep as a chart; see `charts`."""

import numpy as np

from cnn.evaluation.lr_suggestion import HIGHEST, LOWEST, smoothed_losses
from cnn.rendering.chart_parts import Spec, chart_of, line, note
from cnn.rendering.charts import TRAINING_COLOUR, VALIDATION_COLOUR

HIGHEST_SHOWN = 1.5  # times the first loss: what lies above is drawn at the chart's upper edge


def sweep_chart(sweep: dict[str, np.ndarray], suggested: float | None) -> Spec:
    """The loss at each learning rate as points, smoothed as a line; a mark at the one `suggested`.

    The rates are on a logarithmic axis, in its full length from the first point on.
    """
    rates, losses = sweep["rate"], sweep["loss"]
    chart = chart_of("learning rate", "loss", HIGHEST)
    chart["xAxis"].update(type="log", min=LOWEST, minorTick={"show": True})
    chart["yAxis"].update(min=0)
    if not len(rates):
        chart["yAxis"]["max"] = 1
        chart["title"] = note("The first points come in a few seconds")
        return chart
    top = float(f"{HIGHEST_SHOWN * losses[0]:.2g}")
    chart["yAxis"]["max"] = top
    smooth = smoothed_losses(losses)
    chart["series"] = [
        {
            "name": "each step",
            "type": "scatter",
            "data": _points(rates, losses, top),
            "symbolSize": 4,
            "itemStyle": {"color": TRAINING_COLOUR, "opacity": 0.45},
        },
        line("smoothed", _points(rates, smooth, top), TRAINING_COLOUR, symbol=False),
    ]
    if suggested:
        chart["series"][1]["markLine"] = {
            "symbol": "none",
            "precision": 9,  # else it is rounded to hundredths
            "lineStyle": {"color": VALIDATION_COLOUR, "width": 2},
            "label": {"formatter": f"{suggested:g}", "color": VALIDATION_COLOUR},
            "data": [{"xAxis": suggested}],
        }
    return chart


def _points(rates: np.ndarray, losses: np.ndarray, top: float) -> list[list[float]]:
    pairs = zip(rates.tolist(), np.minimum(losses, top).tolist(), strict=True)
    return [[float(f"{rate:.3g}"), float(f"{loss:.4g}")] for rate, loss in pairs]
