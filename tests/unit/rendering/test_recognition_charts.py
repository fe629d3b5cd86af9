import json

import numpy as np

from cnn.rendering.charts import VALIDATION_COLOUR
from cnn.rendering.recognition_charts import NEW, SHOWN_DIGITS, map_chart, roc_chart


def test_the_roc_curve_rises_in_steps_from_nothing_to_everything_accepted():
    accepts, rejects = np.array([0, 0.25, 1]), np.array([0.5, 0, 0])
    chart = roc_chart(accepts, rejects, (0.25, 0.0))
    by_name = {each["name"]: each for each in chart["series"]}
    assert by_name["ROC curve"]["data"] == [[0, 0], [0, 50], [25, 100], [100, 100], [100, 100]]
    assert by_name["threshold"]["data"] == [[25, 100]]
    json.dumps(chart)


def test_a_curve_that_is_not_measured_says_what_is_missing():
    chart = roc_chart(np.empty(0), np.empty(0), None, "Add two")
    assert chart["title"]["text"] == "Add two"
    assert "series" not in chart


def test_the_map_has_a_name_a_symbol_and_the_new_drawing():
    points, labels = np.array([[0.0, 0], [2, 0], [5, 5]]), np.array([0, 0, 1])
    digits = np.zeros((SHOWN_DIGITS + 5, 2))
    chart = map_chart(["star", "<b>"], points, labels, digits, np.array([1.0, 1]))
    grey, star, star_name, other, _, new = chart["series"]
    assert len(grey["data"]) == SHOWN_DIGITS
    assert star["data"] == [[0, 0], [2, 0]]
    assert (star_name["data"], star_name["label"]["formatter"]) == ([[1, 0]], "{a}")
    assert (other["name"], other["data"]) == ("<b>", [[5, 5]])
    assert (new["name"], new["data"]) == (NEW, [[1, 1]])
    colours = [each["itemStyle"]["color"] for each in chart["series"]]
    assert colours.count(VALIDATION_COLOUR) == 1
    assert len(set(colours)) == 4
    json.dumps(chart)


def test_more_symbols_than_colours_are_shown():
    points = np.arange(40.0).reshape(20, 2)
    chart = map_chart(list("abcdefghijklmnopqrst"), points, np.arange(20), points[:1], None)
    assert len(chart["series"]) == 1 + 2 * 20


def test_a_map_without_drawings_says_what_is_missing():
    chart = map_chart([], np.empty((0, 2)), np.empty(0), np.zeros((3, 2)), None, "Add one")
    assert chart["title"]["text"] == "Add one"
