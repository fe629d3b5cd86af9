"""A confusion matrix as a heatmap with selectable cells, as Apache ECharts options."""

import numpy as np

from cnn.rendering.chart_parts import Spec

# Light in both themes, so that the text on them is always readable.
ERROR, NONE, CORRECT = "#efae6d", "#ffffff", "#71c9bf"
TEXT, FAINT_TEXT = "#16212b", "#6b7780"
EDGE, FRAME = "#d5dadd", "#16212b"


def confusion_chart(
    values: np.ndarray, texts: list[str], names: list[str], selected: tuple[int, int]
) -> Spec:
    """A confusion matrix (n, n), counts or percent: rows are true classes, columns predicted ones.

    `texts` are the contents of the cells and `names` their tooltips, row by row, in the order of
    the first series. The cell `selected`, (row, column), is framed. Correct predictions and errors
    have different colour scales: on one, a few errors among thousands would not be visible.
    """
    count, flat = len(values), values.ravel()
    diagonal = np.eye(count, dtype=bool).ravel()
    correct, error = (int(np.where(diagonal == each, flat, -1).argmax()) for each in (True, False))
    shares = np.where(diagonal, flat / (flat[correct] or 1), -flat / (flat[error] or 1))
    cells = [
        {
            "value": [number % count, number // count, round(share, 4)],
            "name": names[number],
            "label": {"formatter": texts[number], "color": TEXT if share else FAINT_TEXT},
        }
        for number, share in enumerate(shares.tolist())
    ]
    axis = {"type": "category", "data": [str(each) for each in range(count)]}
    axis |= {"nameLocation": "middle", "axisTick": {"show": False}}
    edge = {"borderColor": EDGE, "borderWidth": 1}
    frame = {"borderColor": FRAME, "borderWidth": 3}
    return {
        "animation": False,
        "tooltip": {"formatter": "{b}"},
        "grid": {"left": 4, "right": 4, "top": 4, "bottom": 40},
        "xAxis": {**axis, "name": "predicted digit", "position": "top", "nameGap": 24},
        "yAxis": {**axis, "name": "true digit", "inverse": True, "nameGap": 20},
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
        "series": [
            {
                "type": "heatmap",
                "data": cells,
                "label": {"show": True},
                "itemStyle": edge,
                "selectedMode": "single",
                "select": {"itemStyle": edge},
                "emphasis": {"itemStyle": frame},
            },
            {
                "type": "heatmap",  # on top: the edges of other cells would cover the frame
                "data": [[selected[1], selected[0], 0]],
                "itemStyle": {"color": "transparent", **frame},
                "silent": True,
                "z": 3,
            },
        ],
    }
