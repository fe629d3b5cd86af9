import json

import numpy as np

from cnn.dataset_facts import DatasetFacts
from cnn.rendering.confusion_chart import confusion_chart

MATRIX = np.array([[90, 0, 2], [8, 100, 0], [0, 4, 50]])
TEXTS = ["90", "0", "2", "8", "100", "0", "0", "4", "50"]
NAMES = [f"{count} in row {number // 3}" for number, count in enumerate(TEXTS)]


def chart(selected=(1, 0)):
    shown = confusion_chart(MATRIX, TEXTS, NAMES, selected)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    return shown


def contrast(one, other):
    """The contrast ratio of WCAG 2, 1 to 21."""

    def luminance(colour):
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_cells_are_row_by_row_with_their_texts_and_names():
    items = chart()["series"][0]["data"]
    assert [item["label"]["formatter"] for item in items] == TEXTS
    assert [item["value"][:2] for item in items[:4]] == [[0, 0], [1, 0], [2, 0], [0, 1]]
    assert items[3]["name"] == "8 in row 1"


def test_correct_predictions_and_errors_have_different_scales():
    shown = chart()
    shares = [item["value"][2] for item in shown["series"][0]["data"]]
    assert shares == [0.9, 0, -0.25, -1, 1, 0, 0, -0.5, 0.5]
    assert shown["visualMap"]["text"] == ["correct: 100", "error: 8"]


def test_without_errors_or_digits_nothing_is_divided_by_0():
    for matrix in (np.diag([3, 4]), np.zeros((2, 2), int)):
        items = confusion_chart(matrix, TEXTS, NAMES, (0, 1))["series"][0]["data"]
        assert items[1]["value"] == [1, 0, 0]


def test_the_selected_cell_is_framed():
    _, frame = chart(selected=(2, 1))["series"]
    assert frame["data"][0][:2] == [1, 2]
    assert frame["silent"]


def test_every_number_is_readable_on_every_colour_of_its_cell():
    shown = chart()
    colours = shown["visualMap"]["inRange"]["color"]
    for item in shown["series"][0]["data"]:
        backgrounds = colours if item["value"][2] else [colours[1]]
        for colour in backgrounds:
            assert contrast(item["label"]["color"], colour) >= 4.5


def test_the_axes_have_the_names_of_the_classes():
    names = ("*star*", "a heart with a very long name", "bar")
    data = DatasetFacts("own", "Own", names, 60, 10, 10, "0" * 64)
    cells = [f"cell {i}" for i in range(9)]
    chart = confusion_chart(np.eye(3, dtype=int), ["0"] * 9, cells, (0, 1), data)
    for axis, label in (("xAxis", "predicted class"), ("yAxis", "true class")):
        assert (chart[axis]["data"], chart[axis]["name"]) == (list(names), label)
        assert chart[axis]["axisLabel"]["overflow"] == "truncate"
    assert chart["series"][0]["label"]["show"]


def test_the_cells_of_very_many_classes_have_no_text():
    data = DatasetFacts("own", "Own", tuple(map(str, range(50))), 600, 100, 100, "0" * 64)
    chart = confusion_chart(np.eye(50, dtype=int), ["0"] * 2500, [""] * 2500, (0, 1), data)
    assert not chart["series"][0]["label"]["show"]
