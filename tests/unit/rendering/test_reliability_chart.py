import json

import numpy as np

from cnn.evaluation.metrics import Reliability
from cnn.rendering.charts import TRAINING_COLOUR, reliability_chart

NAN = float("nan")
MEASURED = Reliability(
    confidence=np.array([NAN, 0.45, 0.625, 0.875]),
    accuracy=np.array([NAN, 0.0, 0.5, 1.0]),
    count=np.array([0, 1, 10, 10_000]),
)


def plain(chart):
    """The chart as it is after its way to the browser, which knows no NaN."""
    return json.loads(json.dumps(chart, allow_nan=False))


def series(chart):
    return {each["name"]: each for each in chart["series"]}


def test_each_bin_with_answers_is_a_point_in_percent():
    chart = reliability_chart(MEASURED)
    assert plain(chart) == chart
    points = series(chart)["this network"]["data"]
    assert [each["value"] for each in points] == [[45, 0], [62.5, 50], [87.5, 100]]


def test_on_the_diagonal_answers_are_as_often_right_as_confident():
    line = series(reliability_chart(MEASURED))["as often right as confident"]
    assert line["data"] == [[0, 0], [100, 100]]
    assert line["lineStyle"]["type"] == "dashed"
    assert line["lineStyle"]["color"] != TRAINING_COLOUR


def test_both_axes_go_from_0_to_100_percent():
    chart = reliability_chart(MEASURED)
    for axis in (chart["xAxis"], chart["yAxis"]):
        assert (axis["min"], axis["max"]) == (0, 100)
        assert "%" in axis["name"]


def test_more_answers_make_a_larger_point_as_much_for_every_ten_times():
    points = series(reliability_chart(MEASURED))["this network"]["data"]
    one, ten, ten_thousand = (each["symbolSize"] for each in points)
    assert 4 <= one < ten < ten_thousand <= 40
    assert ten_thousand - ten == 3 * (ten - one)


def test_a_point_says_in_words_what_it_is_of():
    points = series(reliability_chart(MEASURED))["this network"]["data"]
    assert points[0]["name"] == "1 digit: 45.00 % confident, 0.00 % right"
    assert points[2]["name"] == "10,000 digits: 87.50 % confident, 100.00 % right"
    assert reliability_chart(MEASURED)["tooltip"]["formatter"] == "{b}"
