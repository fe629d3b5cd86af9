"""A confusion matrix -> a heatmap to click on, as Apache ECharts options; see `charts`."""

import numpy as np

from cnn.rendering.chart_parts import Spec

# Light in both themes, so that the text on them is always readable.
WRONG, NONE, CORRECT = "#efae6d", "#ffffff", "#71c9bf"
TEXT, FAINT_TEXT = "#16212b", "#6b7780"
EDGE, FRAME = "#d5dadd", "#16212b"


def confusion_chart(
    values: np.ndarray, texts: list[str], names: list[str], picked: tuple[int, int]
) -> Spec:
    """A confusion matrix (n, n), counts or percent: rows are true classes, columns predicted ones.

    Of each cell, row by row: `texts` stand in it, `names` show when it is pointed at; it is the
    item of the same number in the first series. The cell `picked`, (row, column), is framed.
    Correct and wrong answers have a colour scale each: on one, a few mistakes among thousands could
    not be seen.
    """
    count, flat = len(values), values.ravel()
    correct = np.eye(count, dtype=bool).ravel()
    right, wrong = (int(np.where(correct == each, flat, -1).argmax()) for each in (True, False))
    shares = np.where(correct, flat / (flat[right] or 1), -flat / (flat[wrong] or 1))
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
            "inRange": {"color": [WRONG, NONE, CORRECT]},
            "text": [f"right: {texts[right]}", f"wrong: {texts[wrong]}"],
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
                "type": "heatmap",  # above the others, whose edges would cover the frame
                "data": [[picked[1], picked[0], 0]],
                "itemStyle": {"color": "transparent", **frame},
                "silent": True,
                "z": 3,
            },
        ],
    }
