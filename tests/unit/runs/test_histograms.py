import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.models.network import build_network
from cnn.networks.arrays import array_names, trained_arrays
from cnn.runs.checkpoints import Checkpoint, roll_back, write_checkpoint
from cnn.runs.histograms import (
    BINS,
    GRADIENT_COLUMNS,
    Histogram,
    gradient_histograms,
    gradient_line,
    weight_histograms,
)
from cnn.runs.run import NOTEBOOK_PATH, RunError, read_run
from cnn.runs.writing import Table, create_run


def write_gradients(run, epochs):
    table = Table(run.path / "gradients.csv", GRADIENT_COLUMNS)
    for epoch in epochs:
        for index, array in enumerate((np.array([0.0, 3.0]), np.array([-1.0, 1.0, 1.0]))):
            table.add(gradient_line(index, Histogram.of(epoch, array * epoch)))
    table.close()


def test_a_histogram_counts_values_in_bins_of_equal_width():
    histogram = Histogram.of(2, np.array([[0.0, 0.01], [3.0, np.nan]], np.float32))
    assert (histogram.epoch, histogram.low, histogram.high) == (2, 0.0, 3.0)
    assert histogram.counts.tolist() == [2, *[0] * (BINS - 2), 1]


@pytest.mark.parametrize("array", [np.zeros(3), np.full(3, np.inf)])
def test_a_histogram_of_equal_or_no_values_is_one(array):
    histogram = Histogram.of(1, array)
    assert histogram.low < histogram.high
    assert histogram.counts.sum() == np.isfinite(array).sum()


NORMALIZED = "Sequential([BatchNormalization(), Flatten(), Dense(10, activation='softmax')])"


@pytest.mark.parametrize("settings", [{}, {"preset": "drawing"}, {"network": NORMALIZED}], ids=str)
def test_the_names_are_those_of_keras(settings):
    config = TrainingConfig(**settings, limit=100, batch_size=10)
    network = build_network(config)
    expected = [(layer, each) for layer in network.layers for each in layer.weights]
    names = array_names(config.layers)
    assert names == [f"{layer.name} {each.name.replace('_', ' ')}" for layer, each in expected]
    assert trained_arrays(config.layers) == [
        index for index, (_, each) in enumerate(expected) if each.trainable
    ]


def test_recorded_gradients_can_be_read():
    run = create_run(TrainingConfig())
    assert gradient_histograms(run, 0) == []  # an older run
    write_gradients(run, (1, 2))
    found = gradient_histograms(run, 1)
    assert [(each.epoch, each.low, each.high) for each in found] == [(1, -1, 1), (2, -2, 2)]
    assert found[0].counts.tolist() == [1, *[0] * (BINS - 2), 2]


def test_damaged_gradients_get_a_sentence():
    run = create_run(TrainingConfig())
    (run.path / "gradients.csv").write_text("epoch,array\n1,x\n")
    with pytest.raises(RunError, match=r"gradients\.csv is damaged"):
        gradient_histograms(run, 0)


def test_a_resumed_run_repeats_no_gradients():
    run = create_run(TrainingConfig())
    write_gradients(run, (1, 2))
    (run.path / "epochs.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n1,0.5,0.5,0.5,0.5,1\n"
    )
    write_checkpoint(run, Checkpoint(1, 1.0, []))
    roll_back(run)
    assert [each.epoch for each in gradient_histograms(run, 0)] == [1]


def test_the_histograms_of_weights_are_those_of_the_saved_epochs():
    run = read_run(NOTEBOOK_PATH)
    found = weight_histograms(run, 8)
    assert [each.epoch for each in found] == run.saved_epochs()
    assert found[-1].counts.sum() == 64 * 10
    assert found[-1].high == pytest.approx(run.weights(5)[8].max())


@pytest.mark.slow
def test_a_training_records_its_gradients(trained):
    for index, array in enumerate(trained.run.weights(2)):
        found = gradient_histograms(trained.run, index)
        assert [each.epoch for each in found] == [1, 2]
        assert {each.counts.sum() for each in found} == {array.size}
