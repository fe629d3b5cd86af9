import numpy as np

from cnn.rendering.histogram_chart import MOST_RIDGES, OVERLAP, ridge_chart
from cnn.runs.histograms import Histogram


def test_each_epoch_is_a_ridge_on_its_own_row_and_the_newest_is_in_front():
    old = Histogram(0, 0.0, 2.0, np.array([1, 3]))
    new = Histogram(5, 0.0, 2.0, np.array([2, 2]))
    chart = ridge_chart([old, new], "weight")
    first, second = chart["series"]
    assert (first["name"], second["name"]) == ("epoch 0", "epoch 5")
    assert first["z"] < second["z"]
    # From the left edge over the centres of the bins to the right edge; upwards is less.
    assert first["data"] == [[0, 0], [0.5, float(f"{-OVERLAP / 3:.4g}")], [1.5, -OVERLAP], [2, 0]]
    assert [y for _, y in second["data"]][::3] == [1, 1]
    assert [first["areaStyle"]["origin"], second["areaStyle"]["origin"]] == [0, 1]
    assert chart["xAxis"]["name"] == "weight"


def test_of_many_epochs_some_are_shown_with_the_first_and_the_last():
    many = [Histogram(epoch, -1.0, 1.0, np.ones(4)) for epoch in range(1, 101)]
    names = [each["name"] for each in ridge_chart(many, "gradient")["series"]]
    assert len(names) == MOST_RIDGES
    assert (names[0], names[-1]) == ("epoch 1", "epoch 100")


def test_without_histograms_the_chart_says_so():
    chart = ridge_chart([], "gradient")
    assert "series" not in chart
    assert chart["title"]["text"] == "Not recorded"
