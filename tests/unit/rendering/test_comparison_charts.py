import json
import re

import numpy as np
import pytest

from cnn.rendering.comparison_charts import (
    RUN_STYLES,
    Curve,
    compare_chart,
    result_chart,
    spread_chart,
)

EPOCHS = {
    "epoch": np.array([1.0, 2.0]),
    "loss": np.array([0.5, 0.25]),
    "accuracy": np.array([0.75, 0.875]),
    "val_loss": np.array([0.4, 0.3]),
    "val_accuracy": np.array([0.8, 1.0]),
    "elapsed_s": np.array([1.5, 3.25]),
}
EMPTY = np.empty(0)
NO_EPOCHS = {name: np.empty(0) for name in EPOCHS}
CURVE = Curve("max", EPOCHS, 5)


def chart(*curves, metric="accuracy", by="epoch", log=False):
    shown = compare_chart(curves, metric, by, log)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown  # JSON has no NaN
    return shown


def data(shown):
    """The points of each series, without their text."""
    return [[point[:3] for point in series["data"]] for series in shown["series"]]


def test_accuracy_is_shown_in_percent_by_epoch_with_seconds():
    shown = chart(CURVE)
    assert data(shown) == [[[1, 80, 1.5], [2, 100, 3.25]], [[1, 75, 1.5], [2, 87.5, 3.25]]]
    assert shown["yAxis"]["name"] == "accuracy in %"
    assert (shown["xAxis"]["name"], shown["xAxis"]["min"], shown["xAxis"]["max"]) == ("epoch", 1, 5)


def test_by_seconds_the_points_have_their_epochs():
    shown = chart(CURVE, metric="loss", by="seconds")
    assert data(shown) == [[[1.5, 0.4, 1], [3.25, 0.3, 2]], [[1.5, 0.5, 1], [3.25, 0.25, 2]]]
    assert shown["yAxis"]["name"] == "loss"
    assert (shown["xAxis"]["name"], shown["xAxis"]["min"]) == ("seconds", 0)
    assert shown["xAxis"]["max"] is None


def test_on_a_logarithmic_axis_the_accuracy_is_replaced_by_the_error():
    shown = chart(CURVE, log=True)
    assert shown["yAxis"]["type"] == "log"
    assert shown["yAxis"]["name"] == "error in %"
    # Without the error of 0.
    assert data(shown) == [[[1, 20, 1.5]], [[1, 25, 1.5], [2, 12.5, 3.25]]]
    assert (shown["yAxis"]["min"], shown["yAxis"]["max"]) == (10, 30)
    axis = chart(CURVE, metric="loss", log=True)["yAxis"]
    assert (axis["name"], axis["min"], axis["max"]) == ("loss", 0.2, 0.5)
    even = {**EPOCHS, "loss": np.array([0.2, 0.2]), "val_loss": np.array([0.2, 0.2])}
    axis = chart(Curve("max", even, 2), metric="loss", log=True)["yAxis"]
    assert axis["min"] < axis["max"]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize("by", ["epoch", "seconds"])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_omitted(metric, by, log, value):
    for name in EPOCHS:
        damaged = {**EPOCHS, name: np.array([value, 0.5])}
        chart(Curve("max", damaged, 5), metric=metric, by=by, log=log)
    damaged = {**EPOCHS, "val_loss": np.array([value, 0.3])}
    assert data(chart(Curve("max", damaged, 5), metric="loss"))[0] == [[2, 0.3, 3.25]]


def test_each_run_has_one_legend_entry_for_both_of_its_lines():
    shown = chart(CURVE, Curve("sum", EPOCHS, 9))
    assert [series["name"] for series in shown["series"]] == ["max", "max", "sum", "sum"]
    assert shown["legend"]["data"] == ["max", "sum"]
    assert shown["xAxis"]["max"] == 9
    kinds = [series["lineStyle"].get("type", "solid") for series in shown["series"]]
    assert kinds == ["solid", "dashed", "solid", "dashed"]


def test_the_tooltip_has_the_run_the_kind_and_the_units():
    validation, training = chart(CURVE)["series"]
    template = validation["tooltip"]["formatter"]
    assert template == "{a}<br>validation accuracy, epoch {@[0]}, {@[2]} s: <b>{@[3]}</b>"
    assert "training accuracy" in training["tooltip"]["formatter"]
    template = chart(CURVE, metric="loss", by="seconds", log=True)["series"][0]["tooltip"][
        "formatter"
    ]
    assert template == "{a}<br>validation loss, {@[0]} s, epoch {@[2]}: <b>{@[3]}</b>"


def test_the_texts_of_the_tooltip_have_two_places_for_an_accuracy_and_four_for_a_loss():
    def texts(**options):
        return [point[3] for point in chart(CURVE, **options)["series"][0]["data"]]

    assert texts() == ["80.00 %", "100.00 %"]
    assert texts(log=True) == ["20.00 %"]
    assert texts(metric="loss") == ["0.4000", "0.3000"]


def test_the_tooltip_templates_are_html_without_the_label():
    shown = chart(Curve("<img src=x> {a}", EPOCHS, 2))
    for series in shown["series"]:
        assert "img" not in series["tooltip"]["formatter"]


def test_before_the_first_epoch_the_chart_has_a_placeholder():
    for log in (False, True):
        shown = chart(Curve("max", NO_EPOCHS, 5), log=log)
        assert data(shown) == [[], []]
        assert shown["title"]["text"] == "The first points appear\nafter epoch 1"
        assert (shown["yAxis"]["type"], shown["yAxis"]["max"]) == ("value", 100)
    assert chart()["title"]["text"] == "No run yet"
    assert "title" not in chart(CURVE, Curve("sum", NO_EPOCHS, 5))


def test_a_single_epoch_is_in_the_middle_of_its_axis():
    axis = chart(Curve("max", EPOCHS, 1))["xAxis"]
    assert (axis["min"] + axis["max"]) / 2 == 1


def test_the_grid_is_below_the_legend():
    one, eight = chart(CURVE), chart(*(Curve(str(i), EPOCHS, 2) for i in range(8)))
    assert eight["grid"]["top"] - one["grid"]["top"] == 7 * 22
    assert len(eight["series"]) == 16


def test_the_accuracies_of_an_experiment_have_their_mean_range_and_runs():
    shown = result_chart(["max", "sum", "min"], [np.array([0.9, 0.94]), np.array([0.92]), EMPTY])
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    whiskers, marks = (series["data"] for series in shown["series"])
    assert shown["xAxis"]["data"] == ["max", "sum", "min"]
    assert whiskers[0]["value"] == [90, 92, 92, 92, 94]
    assert whiskers[0]["name"] == "mean 92.00 %, lowest 90.00 %, highest 94.00 %, 2 seeds"
    assert whiskers[1]["name"] == "92.00 %, 1 seed"
    assert whiskers[2]["value"] == ["-"] * 5
    assert [each["value"] for each in marks] == [[0, 90], [0, 94], [1, 92]]
    assert (shown["yAxis"]["min"], shown["yAxis"]["max"]) == (90, 100)
    assert "title" not in shown


def test_an_experiment_without_a_finished_run_has_a_placeholder():
    shown = result_chart(["max", "sum"], [EMPTY, EMPTY])
    assert shown["title"]["text"] == "No run has finished yet"
    assert (shown["yAxis"]["min"], shown["yAxis"]["max"]) == (0, 100)


def test_no_axis_of_accuracies_exceeds_100_percent():
    perfect = np.array([0.99, 1.0])
    curves, results = spread_chart(["max"], [perfect[None]], 2), result_chart(["max"], [perfect])
    for shown in (chart(CURVE), curves, results):
        axis = shown["yAxis"]
        assert axis["max"] == 100
        # Else a last label just below 100 would overlap it.
        assert axis["min"] + 5 * axis["interval"] == pytest.approx(100)


# The colours


def luminance(colour):
    """WCAG's relative luminance of "#rrggbb", 0 to 1."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_eight_runs_differ_in_symbol_and_colour():
    assert len(RUN_STYLES) == 8
    assert (
        len({symbol for _, symbol in RUN_STYLES}) == len({colour for colour, _ in RUN_STYLES}) == 8
    )


@pytest.mark.parametrize("background", ["#ffffff", "#0e1419"])
def test_all_colours_contrast_with_light_and_dark_backgrounds(background):
    for colour, _ in RUN_STYLES:
        assert re.fullmatch("#[0-9a-f]{6}", colour)
        assert contrast(colour, background) >= 3
