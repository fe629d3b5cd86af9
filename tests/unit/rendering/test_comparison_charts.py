import json
import re

import numpy as np
import pytest

from cnn.rendering.comparison_charts import RUN_STYLES, Curve, compare_chart

EPOCHS = {
    "epoch": np.array([1.0, 2.0]),
    "loss": np.array([0.5, 0.25]),
    "accuracy": np.array([0.75, 0.875]),
    "val_loss": np.array([0.4, 0.3]),
    "val_accuracy": np.array([0.8, 1.0]),
    "elapsed_s": np.array([1.5, 3.25]),
}
NO_EPOCHS = {name: np.empty(0) for name in EPOCHS}
CURVE = Curve("max", EPOCHS, 5)


def chart(*curves, figure="accuracy", by="epoch", log=False):
    made = compare_chart(curves, figure, by, log)
    assert json.loads(json.dumps(made, allow_nan=False)) == made  # the browser knows no NaN
    return made


def data(made):
    return [series["data"] for series in made["series"]]


def test_accuracy_is_shown_in_percent_by_epoch_and_seconds_are_at_hand():
    made = chart(CURVE)
    assert data(made) == [[[1, 80, 1.5], [2, 100, 3.25]], [[1, 75, 1.5], [2, 87.5, 3.25]]]
    assert made["yAxis"]["name"] == "accuracy in %"
    assert (made["xAxis"]["name"], made["xAxis"]["min"], made["xAxis"]["max"]) == ("epoch", 1, 5)


def test_by_seconds_the_epochs_are_at_hand():
    made = chart(CURVE, figure="loss", by="seconds")
    assert data(made) == [[[1.5, 0.4, 1], [3.25, 0.3, 2]], [[1.5, 0.5, 1], [3.25, 0.25, 2]]]
    assert made["yAxis"]["name"] == "loss"
    assert (made["xAxis"]["name"], made["xAxis"]["min"]) == ("seconds", 0)
    assert made["xAxis"]["max"] is None


def test_on_a_logarithmic_scale_the_accuracy_is_shown_as_error():
    made = chart(CURVE, log=True)
    assert made["yAxis"]["type"] == "log"
    assert made["yAxis"]["name"] == "error in %"
    # An error of 0 has no place on it.
    assert data(made) == [[[1, 20, 1.5]], [[1, 25, 1.5], [2, 12.5, 3.25]]]
    assert (made["yAxis"]["min"], made["yAxis"]["max"]) == (10, 30)
    axis = chart(CURVE, figure="loss", log=True)["yAxis"]
    assert (axis["name"], axis["min"], axis["max"]) == ("loss", 0.2, 0.5)
    even = {**EPOCHS, "loss": np.array([0.2, 0.2]), "val_loss": np.array([0.2, 0.2])}
    axis = chart(Curve("max", even, 2), figure="loss", log=True)["yAxis"]
    assert axis["min"] < axis["max"]


@pytest.mark.parametrize("figure", ["loss", "accuracy"])
@pytest.mark.parametrize("by", ["epoch", "seconds"])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_left_out(figure, by, log, wrong):
    for name in EPOCHS:
        damaged = {**EPOCHS, name: np.array([wrong, 0.5])}
        chart(Curve("max", damaged, 5), figure=figure, by=by, log=log)
    damaged = {**EPOCHS, "val_loss": np.array([wrong, 0.3])}
    assert data(chart(Curve("max", damaged, 5), figure="loss"))[0] == [[2, 0.3, 3.25]]


def test_each_run_has_one_place_in_the_legend_which_hides_both_of_its_lines():
    made = chart(CURVE, Curve("sum", EPOCHS, 9))
    assert [series["name"] for series in made["series"]] == ["max", "max", "sum", "sum"]
    assert made["legend"]["data"] == ["max", "sum"]
    assert made["xAxis"]["max"] == 9
    kinds = [series["lineStyle"].get("type", "solid") for series in made["series"]]
    assert kinds == ["solid", "dashed", "solid", "dashed"]


def test_hovering_says_the_run_the_kind_and_the_units():
    validation, training = chart(CURVE)["series"]
    words = validation["tooltip"]["formatter"]
    assert words == "{a}<br>validation accuracy, epoch {@[0]}, {@[2]} s: <b>{@[1]} %</b>"
    assert "training accuracy" in training["tooltip"]["formatter"]
    words = chart(CURVE, figure="loss", by="seconds", log=True)["series"][0]["tooltip"]["formatter"]
    assert words == "{a}<br>validation loss, {@[0]} s, epoch {@[2]}: <b>{@[1]}</b>"


def test_a_label_with_markup_is_nowhere_in_the_templates_which_are_html():
    made = chart(Curve("<img src=x> {a}", EPOCHS, 2))
    for series in made["series"]:
        assert "img" not in series["tooltip"]["formatter"]


def test_before_the_first_epoch_the_chart_says_when_points_come():
    for log in (False, True):
        made = chart(Curve("max", NO_EPOCHS, 5), log=log)
        assert data(made) == [[], []]
        assert made["title"]["text"] == "The first points come after epoch 1"
        assert (made["yAxis"]["type"], made["yAxis"]["max"]) == ("value", 100)
    assert chart()["title"]["text"] == "No run yet"
    assert "title" not in chart(CURVE, Curve("sum", NO_EPOCHS, 5))


def test_a_single_epoch_stands_in_the_middle_of_its_axis():
    axis = chart(Curve("max", EPOCHS, 1))["xAxis"]
    assert (axis["min"] + axis["max"]) / 2 == 1


def test_the_plot_makes_room_for_the_legend():
    one, eight = chart(CURVE), chart(*(Curve(str(i), EPOCHS, 2) for i in range(8)))
    assert eight["grid"]["top"] - one["grid"]["top"] == 7 * 22
    assert len(eight["series"]) == 16


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


def test_eight_runs_can_be_told_apart_without_colours():
    assert len(RUN_STYLES) == 8
    assert len({mark for _, mark in RUN_STYLES}) == len({colour for colour, _ in RUN_STYLES}) == 8


@pytest.mark.parametrize("ground", ["#ffffff", "#0e1419"])
def test_all_colours_are_seen_on_light_and_on_dark_ground(ground):
    for colour, _ in RUN_STYLES:
        assert re.fullmatch("#[0-9a-f]{6}", colour)
        assert contrast(colour, ground) >= 3
