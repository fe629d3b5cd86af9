"""A confusion matrix as a heatmap with selectable cells, as Apache ECharts options."""

import math

import numpy as np

from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.rendering.chart_parts import Spec

# Light in both themes, so that the text on them is always readable.
ERROR, NONE, CORRECT = "#efae6d", "#ffffff", "#71c9bf"
MOST_LABELLED = 20  # classes: the cells of more are too small for their contents
TEXT, FAINT_TEXT = "#16212b", "#6b7780"
EDGE, FRAME = "#d5dadd", "#16212b"


def confusion_chart(
    values: np.ndarray,
    texts: list[str],
    names: list[str],
    selected: tuple[int, int],
    data: DatasetFacts = MNIST_FACTS,
) -> Spec:
    """A confusion matrix (n, n), counts or percent: rows are true classes, columns predicted ones.

    `texts` are the contents of the cells and `names` their tooltips, row by row, in the order of
    the first series, and `data` has the classes. The cell `selected`, (row, column), is framed.
    Correct predictions and errors have different colour scales: on one, a few errors among
    thousands would not be visible.
    """
    count, flat = len(values), values.ravel()
    diagonal = np.eye(count, dtype=bool).ravel()
    correct, error = (int(np.where(diagonal == each, flat, -1).argmax()) for each in (True, False))
    shares = np.where(diagonal, flat / (flat[correct] or 1), -flat / (flat[error] or 1))
    named = list(data.classes) if len(data.classes) == count else [str(i) for i in range(count)]
    axis = {"type": "category", "data": named}
    axis |= {"nameLocation": "middle", "axisTick": {"show": False}}
    label = data.noun if data.is_mnist else "class"
    across, down = {}, {}
    if max(map(len, named)) > 2:  # the names of own classes may be long
        across, down = ({"width": width, "overflow": "truncate"} for width in (480 // count, 90))
        across, down = ({"axisLabel": {**each, "interval": 0}} for each in (across, down))
        axis["nameTextStyle"] = {"fontSize": 12}
    return {
        "animation": False,
        "tooltip": {"formatter": "{b}"},
        "grid": {"left": 4, "right": 4, "top": 4, "bottom": 40},
        "xAxis": {
            **axis,
            **across,
            "name": f"predicted {label}",
            "position": "top",
            "nameGap": 24,
        },
        "yAxis": {
            **axis,
            **down,
            "name": f"true {label}",
            "inverse": True,
            "nameGap": 100 if down else 20,
        },
        "visualMap": {
            "min": -1,
            "max": 1,
            "seriesIndex": 0,
            "inRange": {"color": [ERROR, NONE, CORRECT]},
            "text": [f"correct: {texts[correct]}", f"error: {texts[error]}"],
            "hoverLink": False,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemWidth": 10,
        },
        "series": [_cells(shares.tolist(), texts, names), _frame(selected)],
    }


def _cells(shares: list[float], texts: list[str], names: list[str]) -> Spec:
    """The cells, row by row, coloured by `shares`: -1 most errors, 0 none, 1 most correct."""
    count = math.isqrt(len(shares))
    edge = {"borderColor": EDGE, "borderWidth": 1}
    return {
        "type": "heatmap",
        "data": [
            {
                "value": [number % count, number // count, round(share, 4)],
                "name": names[number],
                "label": {"formatter": texts[number], "color": TEXT if share else FAINT_TEXT},
            }
            for number, share in enumerate(shares)
        ],
        "label": {"show": count <= MOST_LABELLED},
        "itemStyle": edge,
        "selectedMode": "single",
        "select": {"itemStyle": edge},
        "emphasis": {"itemStyle": {"borderColor": FRAME, "borderWidth": 3}},
    }


def _frame(selected: tuple[int, int]) -> Spec:
    """A frame round a cell, (row, column), on top: the edges of other cells would cover it."""
    return {
        "type": "heatmap",
        "data": [[selected[1], selected[0], 0]],
        "itemStyle": {"color": "transparent", "borderColor": FRAME, "borderWidth": 3},
        "silent": True,
        "z": 3,
    }
