import json

import pytest

from cnn.rendering.comparison_charts import RUN_STYLES
from cnn.rendering.tradeoff_chart import TradeoffPoint, tradeoff_chart

SMALL = TradeoffPoint(0, 1_000, 0.9, "small, seed 0", "1,000 parameters")
OTHER = TradeoffPoint(0, 1_000, 0.912346, "small, seed 1", "1,000 parameters")
LARGE = TradeoffPoint(1, 64_000, 0.95, "large, seed 0", "64,000 parameters")


def chart(*points, labels=("small", "large")):
    shown = tradeoff_chart(labels, points, "parameters", "test accuracy")
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    return shown


def values(shown):
    return [[each["value"] for each in series["data"]] for series in shown["series"]]


def test_each_run_is_a_point_in_the_series_of_its_value_with_texts_for_the_tooltip():
    shown = chart(SMALL, LARGE, OTHER)
    assert values(shown) == [
        [
            [1000, 90, "small, seed 0", "1,000 parameters", "90.00 %"],
            [1000, 91.235, "small, seed 1", "1,000 parameters", "91.23 %"],
        ],
        [[64000, 95, "large, seed 0", "64,000 parameters", "95.00 %"]],
    ]
    assert [series["name"] for series in shown["series"]] == shown["legend"]["data"]
    assert (shown["xAxis"]["name"], shown["yAxis"]["name"]) == ("parameters", "test accuracy in %")
    assert (shown["yAxis"]["min"], shown["yAxis"]["max"]) == (90, 100)


def test_the_values_differ_in_colour_and_shape():
    shown = chart(*(SMALL._replace(place=i) for i in range(9)), labels=[*"abcdefghi"])
    looks = [(each["itemStyle"]["color"], each["symbol"]) for each in shown["series"]]
    assert looks == [*RUN_STYLES, ("#808080", "circle")]


def test_texts_are_no_part_of_the_template_of_a_tooltip():
    shown = chart(SMALL._replace(title="<img src=x>"))
    templates = {series["tooltip"]["formatter"] for series in shown["series"]}
    assert templates == {"{@[2]}<br>{@[3]}<br>test accuracy <b>{@[4]}</b>"}


@pytest.mark.parametrize(
    ("low", "high", "axis"),
    [
        (1_000, 64_000, ("log", 1_000, 70_000)),
        (34, 340, ("log", 30, 400)),
        (34, 339, ("value", 0, None)),
        (60, 60, ("value", 0, None)),
        (0, 10, ("value", 0, None)),
    ],
)
def test_the_axis_is_logarithmic_from_a_factor_of_ten_on(low, high, axis):
    shown = chart(SMALL._replace(x=low), LARGE._replace(x=high))["xAxis"]
    assert (shown["type"], shown["min"], shown["max"]) == axis


def test_a_selected_point_is_larger_and_framed_and_each_can_be_clicked():
    shown = chart(SMALL, OTHER._replace(selected=True))
    one, other = shown["series"][0]["data"]
    assert "symbolSize" not in one and "itemStyle" not in one
    assert other["symbolSize"] > shown["series"][0]["symbolSize"]
    thin = shown["series"][0]["itemStyle"]["borderWidth"]
    assert other["itemStyle"]["borderWidth"] > thin
    # Not "single": then a click would also send that the mark clicked before is not selected.
    assert {series["selectedMode"] for series in shown["series"]} == {"multiple"}


def test_without_points_the_chart_has_a_placeholder():
    shown = chart()
    assert shown["title"]["text"] == "No run has finished yet"
    assert shown["legend"]["data"] == ["small", "large"]
    assert (shown["yAxis"]["min"], shown["yAxis"]["max"]) == (0, 100)
    assert "title" not in chart(SMALL)
