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
    """The chart as the browser receives it; JSON has no NaN."""
    return json.loads(json.dumps(chart, allow_nan=False))


def series(chart):
    return {each["name"]: each for each in chart["series"]}


def test_each_bin_with_predictions_is_a_point_in_percent():
    chart = reliability_chart(MEASURED)
    assert plain(chart) == chart
    points = series(chart)["this network"]["data"]
    assert [each["value"] for each in points] == [[45, 0], [62.5, 50], [87.5, 100]]


def test_the_diagonal_is_perfect_calibration():
    line = series(reliability_chart(MEASURED))["perfectly calibrated"]
    assert line["data"] == [[0, 0], [100, 100]]
    assert line["lineStyle"]["type"] == "dashed"
    assert line["lineStyle"]["color"] != TRAINING_COLOUR


def test_both_axes_go_from_0_to_100_percent():
    chart = reliability_chart(MEASURED)
    for axis in (chart["xAxis"], chart["yAxis"]):
        assert (axis["min"], axis["max"]) == (0, 100)
        assert "%" in axis["name"]


def test_the_size_of_a_point_grows_with_the_logarithm_of_its_count():
    points = series(reliability_chart(MEASURED))["this network"]["data"]
    one, ten, ten_thousand = (each["symbolSize"] for each in points)
    assert 4 <= one < ten < ten_thousand <= 40
    assert ten_thousand - ten == 3 * (ten - one)


def test_the_tooltip_of_a_point_has_count_confidence_and_accuracy():
    points = series(reliability_chart(MEASURED))["this network"]["data"]
    assert points[0]["name"] == "1 digit: confidence 45.0 %, accuracy 0.00 %"
    assert points[2]["name"] == "10,000 digits: confidence 87.5 %, accuracy 100.00 %"
    assert reliability_chart(MEASURED)["tooltip"]["formatter"] == "{b}"
