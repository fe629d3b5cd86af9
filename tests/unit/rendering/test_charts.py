import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.config import TrainingConfig
from cnn.rendering.chart_parts import accuracy_axis, empty_chart, with_text_colour
from cnn.rendering.charts import (
    COLOUR_THRESHOLD,
    DIGIT_COLOURS,
    LIGHT_GREY,
    MAX_POINTS,
    POOLING_STYLES,
    SMOOTHING,
    batch_loss_chart,
    epoch_chart,
    moving_mean,
    probability_history_chart,
    sensitivity_chart,
)

CONFIG = TrainingConfig(epochs=2, batch_size=10, limit=100)  # 20 batches
LONG = TrainingConfig(epochs=2, batch_size=3)  # 40,000 batches
EPOCHS = {
    "epoch": np.array([1.0, 2.0]),
    "loss": np.array([0.5, 0.25]),
    "accuracy": np.array([0.75, 0.875]),
    "val_loss": np.array([0.4, 0.3]),
    "val_accuracy": np.array([0.8, 0.9]),
    "elapsed_s": np.array([1.0, 2.0]),
}
NO_EPOCHS = {name: np.empty(0) for name in EPOCHS}


def batches(count):
    step = np.arange(1.0, count + 1)
    return {"step": step, "loss": 2 / step, "elapsed_s": step / 100}


def data(chart):
    return {series["name"]: series["data"] for series in chart["series"]}


def plain(chart):
    """The chart as the browser receives it; JSON has no NaN."""
    return json.loads(json.dumps(chart, allow_nan=False))


def naive_mean(values):
    """The weighted mean of all values up to each; the latest has the largest weight."""
    result = []
    for n in range(1, len(values) + 1):
        weights = [SMOOTHING ** (n - 1 - i) for i in range(n)]
        weighted = sum(w * v for w, v in zip(weights, values[:n], strict=True))
        result.append(weighted / sum(weights))
    return result


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 100)))
def test_moving_mean_is_a_weighted_mean_of_all_values_up_to_each(values):
    np.testing.assert_allclose(moving_mean(values), naive_mean(values), rtol=1e-9, atol=1e-12)


def test_moving_mean_starts_at_the_first_value_and_keeps_constant_values():
    np.testing.assert_allclose(moving_mean(np.array([4.0, 4.0, 4.0])), [4, 4, 4])


@pytest.mark.parametrize("count", [0, 1, 2, 19, 20])
def test_few_batches_are_all_shown(count):
    chart = batch_loss_chart(batches(count), CONFIG)
    assert plain(chart) == chart
    points = data(chart)
    assert [x for x, _ in points["each batch"]] == list(range(1, count + 1))
    np.testing.assert_allclose(
        [y for _, y in points["each batch"]], batches(count)["loss"], rtol=1e-4
    )
    np.testing.assert_allclose(
        [y for _, y in points["moving mean"]], naive_mean(batches(count)["loss"]), rtol=1e-4
    )


@pytest.mark.parametrize("count", [0, 1])
def test_no_large_series_is_empty_and_an_empty_chart_has_a_placeholder(count):
    chart = batch_loss_chart(batches(count), CONFIG)
    assert all(series["data"] for series in chart["series"] if series.get("large"))
    assert ("title" in chart) == (count == 0)


@pytest.mark.parametrize("count", [MAX_POINTS, MAX_POINTS + 1, 40_000])
def test_no_series_has_more_than_max_points(count):
    chart = batch_loss_chart(batches(count), LONG)
    assert plain(chart) == chart
    losses = batches(count)["loss"]
    for points in data(chart).values():
        steps = [x for x, _ in points]
        assert len(steps) == MAX_POINTS
        assert steps == sorted(set(steps))
        assert (steps[0], steps[-1]) == (1, count)
    for step, loss in data(chart)["each batch"]:
        assert loss == pytest.approx(losses[step - 1], rel=1e-4)


def test_the_moving_mean_includes_batches_that_are_not_shown():
    points = data(batch_loss_chart(batches(40_000), LONG))["moving mean"]
    expected = moving_mean(batches(40_000)["loss"])
    for step, mean in points:
        assert mean == pytest.approx(expected[step - 1], rel=1e-4)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_the_axis_of_batches_has_its_full_length_from_the_first_batch(count):
    chart = batch_loss_chart(batches(count), CONFIG)
    assert chart["xAxis"]["max"] == 20
    assert chart["yAxis"]["min"] == 0


def test_training_and_validation_losses_are_shown():
    chart = epoch_chart(EPOCHS, "loss", CONFIG)
    assert plain(chart) == chart
    assert data(chart) == {"training": [[1, 0.5], [2, 0.25]], "validation": [[1, 0.4], [2, 0.3]]}
    assert chart["yAxis"]["min"] == 0


def test_accuracy_is_shown_in_percent():
    chart = epoch_chart(EPOCHS, "accuracy", CONFIG)
    assert plain(chart) == chart
    assert data(chart) == {"training": [[1, 75], [2, 87.5]], "validation": [[1, 80], [2, 90]]}
    assert "%" in chart["yAxis"]["name"]
    assert (chart["yAxis"]["min"], chart["yAxis"]["max"]) == (75, 100)


@pytest.mark.parametrize(
    ("values", "low", "step"),
    [
        ([99.31, 99.4], 99, 0.2),
        ([98.99], 97.5, 0.5),
        ([90, 93.3], 90, 2),
        ([89.9, 99.9], 85, 3),
        ([11.2], 0, 20),
        ([100, np.nan], 99, 0.2),
        ([], 0, 20),
    ],
)
def test_an_axis_of_accuracies_has_five_equal_steps_and_ends_at_100(values, low, step):
    axis = accuracy_axis(values)
    assert (axis["min"], axis["max"], axis["interval"]) == (low, 100, step)
    assert low + 5 * step == pytest.approx(100)


@pytest.mark.parametrize(("metric", "top"), [("loss", 1), ("accuracy", 100)])
def test_before_the_first_epoch_the_chart_has_a_placeholder(metric, top):
    chart = epoch_chart(NO_EPOCHS, metric, CONFIG)
    assert plain(chart) == chart
    assert data(chart) == {"training": [], "validation": []}
    assert chart["yAxis"]["max"] == top
    assert chart["title"]["text"] == "The first points appear\nafter epoch 1"
    assert "title" not in epoch_chart(EPOCHS, metric, CONFIG)


def test_the_axis_of_epochs_has_its_full_length_from_the_first_epoch():
    for epochs in (NO_EPOCHS, EPOCHS):
        axis = epoch_chart(epochs, "loss", CONFIG)["xAxis"]
        assert (axis["min"], axis["max"]) == (1, 2)


def test_a_single_epoch_is_in_the_middle_of_its_axis():
    axis = epoch_chart(NO_EPOCHS, "loss", TrainingConfig(epochs=1))["xAxis"]
    assert (axis["min"] + axis["max"]) / 2 == 1


def test_training_and_validation_differ_in_colour():
    for metric in ("loss", "accuracy"):
        series = epoch_chart(EPOCHS, metric, CONFIG)["series"]
        colours = [each["lineStyle"]["color"] for each in series]
        assert len(set(colours)) == 2


# The probabilities for a 7 after each epoch: first all equal, then most for a 2, then for a 7.
HISTORY = np.zeros((3, 10))
HISTORY[0] = 0.1
HISTORY[1, [2, 7]] = 0.75, 0.25
HISTORY[2, [2, 7]] = 0.125, 0.875


def styles(chart):
    return {each["name"]: each["lineStyle"] for each in chart["series"]}


def test_the_probability_of_every_digit_after_every_epoch_is_shown_in_percent():
    chart = probability_history_chart([0, 3, 6], HISTORY, best=7)
    assert plain(chart) == chart
    points = {name: [each["value"] for each in places] for name, places in data(chart).items()}
    assert sorted(points) == [str(digit) for digit in range(10)]
    assert points["7"] == [[0, 10], [3, 25], [6, 87.5]]
    assert points["2"] == [[0, 10], [3, 75], [6, 12.5]]
    assert points["5"] == [[0, 10], [3, 0], [6, 0]]


def test_the_tooltip_of_an_epoch_has_all_digits_in_order_with_percent():
    probabilities = np.array([[0.1] * 10, [0, 0, 0, 0.0002, 0, 0, 0, 0.9998, 0, 0]])
    chart = probability_history_chart([0, 1], probabilities, best=7)
    template, names = chart["tooltip"]["formatter"], [each["name"] for each in chart["series"]]
    lines = [re.findall(r"\{a(\d)\}: \{b(\d)\}", line) for line in template.split("<br>")]
    assert [names[int(a)] for [(a, b)] in lines if a == b] == [str(digit) for digit in range(10)]
    texts = {name: [each["name"] for each in places] for name, places in data(chart).items()}
    assert (texts["7"], texts["3"]) == (["10.0 %", "> 99.9 %"], ["10.0 %", "< 0.1 %"])


def test_the_axes_go_from_the_first_epoch_to_the_last_and_from_0_to_100_percent():
    chart = probability_history_chart([0, 3, 6], HISTORY, best=7)
    assert (chart["xAxis"]["min"], chart["xAxis"]["max"]) == (0, 6)
    assert (chart["yAxis"]["min"], chart["yAxis"]["max"]) == (0, 100)


def test_likely_digits_are_coloured_and_in_the_legend_and_others_are_grey():
    chart = probability_history_chart([0, 3, 6], HISTORY, best=7)
    colours = {name: style["color"] for name, style in styles(chart).items()}
    assert (colours.pop("2"), colours.pop("7")) == (DIGIT_COLOURS[2], DIGIT_COLOURS[7])
    assert set(colours.values()) == {LIGHT_GREY}
    assert chart["legend"]["data"] == ["2", "7"]
    assert len({LIGHT_GREY, *DIGIT_COLOURS}) == 11


def test_the_predicted_digit_is_drawn_last_and_thickest_and_grey_lines_first():
    chart = probability_history_chart([0, 3, 6], HISTORY, best=7)
    names = [each["name"] for each in chart["series"]]
    assert names == ["0", "1", "3", "4", "5", "6", "8", "9", "2", "7"]
    other = probability_history_chart([0, 3, 6], HISTORY, best=2)
    assert [each["name"] for each in other["series"]][-2:] == ["7", "2"]
    widths = [each["lineStyle"]["width"] for each in chart["series"]]
    assert widths == sorted(widths)
    assert widths[0] < widths[8] < widths[9]


def test_the_predicted_digit_is_coloured_even_if_it_was_never_likely():
    chart = probability_history_chart([0], np.full((1, 10), 0.1), best=4)
    assert [name for name, style in styles(chart).items() if style["color"] != LIGHT_GREY] == ["4"]
    assert chart["legend"]["data"] == ["4"]
    assert chart["series"][-1]["name"] == "4"


@pytest.mark.parametrize(("highest", "named"), [(COLOUR_THRESHOLD, True), (0.199, False)])
def test_a_digit_is_likely_from_the_threshold_on(highest, named):
    history = np.zeros((2, 10))
    history[0, 1], history[1, 8] = highest, 1
    chart = probability_history_chart([1, 2], history, best=8)
    assert chart["legend"]["data"] == (["1", "8"] if named else ["8"])


SHIFTS = (-4, -2, 0, 2, 4)
CHANGES = {
    "no pooling": np.array([1.25, 1.0, 0.0, 1.0, 1.25]),
    "max": np.array([1.0, 0.5, 0.0, 0.5, 1.0]),
    "average": np.array([0.75, 0.25, 0.0, 0.25, 0.75]),
    "sum": np.array([0.75, 0.25, 0.0, 0.25, 0.75]),
}


def test_changes_are_shown_in_percent_with_a_line_for_each_pooling():
    chart = sensitivity_chart(SHIFTS, CHANGES, "pixels to the right")
    assert plain(chart) == chart
    points = data(chart)
    assert list(points) == ["no pooling", "max", "average", "sum"]
    assert points["max"] == [[-4, 100], [-2, 50], [0, 0], [2, 50], [4, 100]]
    assert points["no pooling"][0] == [-4, 125]


def test_the_x_axis_spans_all_amounts_and_is_named_after_them():
    chart = sensitivity_chart(SHIFTS, CHANGES, "pixels to the right")
    axis = chart["xAxis"]
    assert (axis["min"], axis["max"], axis["interval"]) == (-4, 4, 2)
    assert axis["name"] == "pixels to the right"
    assert chart["yAxis"]["min"] == 0
    assert "%" in chart["yAxis"]["name"]
    assert chart["yAxis"]["axisLine"] == {"onZero": False}


def test_values_that_are_not_finite_are_omitted():
    changes = {"max": np.array([0.5, np.inf, 0.0, np.nan, 0.5])}
    chart = sensitivity_chart(SHIFTS, changes, "pixels down")
    assert plain(chart) == chart
    assert data(chart)["max"] == [[-4, 50], [0, 0], [4, 50]]


def test_poolings_differ_in_colour_line_type_and_symbol_and_the_sum_does_not_cover_the_average():
    chart = sensitivity_chart(SHIFTS, CHANGES, "pixels down")
    lines = {each["name"]: each for each in chart["series"]}
    styles = {(each["lineStyle"]["color"], each["lineStyle"]["type"]) for each in lines.values()}
    assert len(styles) == len(POOLING_STYLES) == 4
    assert len({each["lineStyle"]["color"] for each in lines.values()}) == 4
    assert lines["sum"]["lineStyle"]["width"] < lines["average"]["lineStyle"]["width"]
    assert lines["max"]["symbol"] != lines["average"]["symbol"] != lines["sum"]["symbol"]


def test_the_text_of_a_chart_is_coloured_where_it_has_no_colour():
    chart = empty_chart("x", "y", 10) | {"title": {"textStyle": {"color": "red"}}}
    coloured = with_text_colour(chart, "#123456")
    assert coloured["xAxis"]["axisLabel"]["color"] == "#123456"
    assert coloured["yAxis"]["nameTextStyle"] == {"color": "#123456", "align": "left"}
    assert coloured["legend"]["textStyle"]["color"] == "#123456"
    assert coloured["title"]["textStyle"]["color"] == "red"
    assert "axisLabel" not in chart["xAxis"]


def test_the_axis_of_a_single_epoch_has_no_half_epochs():
    half = {"showMinLabel": False, "showMaxLabel": False}
    assert empty_chart("epoch", "loss", 1, epochs=True)["xAxis"]["axisLabel"] == half
    assert "axisLabel" not in empty_chart("epoch", "loss", 2, epochs=True)["xAxis"]


@pytest.mark.parametrize(
    ("losses", "top"),
    [([2.3, 0.5, 0.1], None), ([2900, 800, 2.3, 2.3, 2.3], 10), ([3e3, 4e3, 9], None)],
)
def test_a_few_huge_losses_do_not_hide_the_others(losses, top):
    recorded = {"step": np.arange(1, len(losses) + 1), "loss": np.array(losses)}
    assert batch_loss_chart(recorded, CONFIG)["yAxis"].get("max") == top


def test_the_lines_of_own_classes_have_their_names():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1]])
    chart = probability_history_chart([0, 1], probabilities, 1, ("<b>", "heart", "bar"))
    assert [each["name"] for each in chart["series"]] == ["<b>", "bar", "heart"]
    assert chart["tooltip"]["formatter"] == "{a0}: {b0}<br>{a2}: {b2}<br>{a1}: {b1}"
    assert chart["legend"]["data"] == ["<b>", "heart", "bar"]


def test_the_tooltip_of_very_many_classes_has_the_likely_ones():
    names = tuple(f"class {i}" for i in range(50))
    chart = probability_history_chart([0], np.eye(50)[[30]], 30, names)
    assert [each["name"] for each in chart["series"]][-1] == "class 30"
    assert chart["tooltip"]["formatter"] == "{a49}: {b49}"
