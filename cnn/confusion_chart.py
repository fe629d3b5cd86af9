"""A confusion matrix -> a heatmap to click on, as Apache ECharts options; see `charts`."""

import numpy as np

from cnn.chart_parts import Spec

# Light in both themes, so that the text on them is always readable.
WRONG, NONE, CORRECT = "#efae6d", "#ffffff", "#71c9bf"
TEXT, FAINT_TEXT = "#16212b", "#6b7780"
EDGE, FRAME = "#d5dadd", "#16212b"


def confusion_chart(
    values: np.ndarray, texts: list[list[str]], names: list[list[str]], picked: tuple[int, int]
) -> Spec:
    """A confusion matrix (n, n), counts or percent: rows are true classes, columns predicted ones.

    `texts` stand in the cells, `names` show when a cell is pointed at; the cell `picked`, (row,
    column), is framed. Correct and wrong answers have a colour scale each: on one, a few mistakes
    among thousands could not be seen. Cell (row, column) is item n · row + column of the series.
    """
    count = len(values)
    correct = np.eye(count, dtype=bool)
    most = {is_correct: values[correct == is_correct].max() for is_correct in (True, False)}
    shares = np.where(correct, values / (most[True] or 1), -values / (most[False] or 1))

    def text_of(largest: float) -> str:
        row, column = np.argwhere(values == largest)[0]
        return texts[row][column]

    def cell(row: int, column: int) -> Spec:
        return {
            "value": [column, row, round(float(shares[row, column]), 4)],
            "name": names[row][column],
            "label": {
                "formatter": texts[row][column],
                "color": TEXT if values[row, column] else FAINT_TEXT,
            },
        }

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
            "text": [f"right: {text_of(most[True])}", f"wrong: {text_of(most[False])}"],
            "hoverLink": False,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemWidth": 10,
        },
        "series": [
            {
                "type": "heatmap",
                "data": [cell(row, column) for row in range(count) for column in range(count)],
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
