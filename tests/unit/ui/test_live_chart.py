import json

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.rendering.charts import MAX_POINTS, batch_loss_chart, epoch_chart, growing_indices
from ui.widgets.live_chart import message

LONG = TrainingConfig(epochs=20)  # 37,500 batches
NO_EPOCHS = {
    name: np.empty(0) for name in ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
}


def batches(count):
    steps = np.arange(1.0, count + 1)
    losses = np.random.default_rng(count).gamma(2, 0.123456, count)
    return {"step": steps, "loss": losses, "elapsed_s": steps / 100}


@pytest.mark.parametrize("count", [0, 1, 2, MAX_POINTS, MAX_POINTS + 1, 12_345, 37_500])
def test_the_indices_of_a_growing_chart_are_few_and_include_the_last(count):
    indices = growing_indices(count)
    assert len(indices) <= min(count, MAX_POINTS)
    assert indices.tolist() == sorted(set(indices.tolist()))
    if count:
        assert (indices[0], indices[-1]) == (0, count - 1)
    if count < MAX_POINTS:
        assert len(indices) == count


@pytest.mark.parametrize("count", [10, 500, 5_000])
def test_points_stay_or_are_halved_when_a_chart_grows(count):
    before, after = (growing_indices(each)[:-1] for each in (count, count + 1))
    assert set(after) - {count - 1} <= set(before)
    assert len(before) / 2 - 1 <= len(set(before) & set(after))


def test_the_message_of_the_longest_run_is_small_and_that_of_a_short_one_the_same_chart():
    long = json.dumps(message(batch_loss_chart(batches(37_500), LONG, growing=True), "a"))
    assert len(long) < 16_000
    chart = batch_loss_chart(batches(100), LONG, growing=True)
    sent = message(chart, "the alternative")
    assert sent["alt"] == "the alternative"
    assert sent["x"]["max"] == 37_500
    for here, there in zip(sent["series"], chart["series"], strict=True):
        assert (here["name"], here["points"]) == (there["name"], there["data"])


def test_a_loss_that_is_no_number_is_sent_as_none():
    recorded = batches(4)
    recorded["loss"][2:] = np.nan, np.inf
    sent = message(batch_loss_chart(recorded, LONG, growing=True), "")
    json.dumps(sent, allow_nan=False)
    assert [y for _, y in sent["series"][0]["points"]][2:] == [None, None]


def test_an_axis_of_one_epoch_has_one_label():
    sent = message(epoch_chart(NO_EPOCHS, "accuracy", TrainingConfig(epochs=1)), "")
    assert (sent["x"]["planned"], sent["x"]["ends"]) == (1, False)
    assert "epoch 1" in sent["placeholder"]
