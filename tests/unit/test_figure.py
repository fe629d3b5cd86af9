from xml.etree import ElementTree

import pytest

from cnn.config import TrainingConfig
from cnn.figure import _axis, chart_svg, settings_text
from cnn.recorder import RunRecorder
from cnn.run_writing import create_run
from cnn.runs import NOTEBOOK_PATH, PRETRAINED_PATH, Run, RunError, read_run

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}
SVG = "{http://www.w3.org/2000/svg}"


def recorded(batches, ended):
    """A run with so many batches of a loss of 2, and epochs of two batches with FIGURES."""
    run = create_run(TrainingConfig(batch_size=50, limit=100))
    recorder = RunRecorder(run)
    for step in range(1, batches + 1):
        recorder.write_batch(step, 2.0, step)
    for epoch in range(1, ended + 1):
        recorder.write_epoch(epoch, FIGURES, epoch)
    recorder.close()
    return run


def drawn(run):
    return ElementTree.fromstring(chart_svg(run))


def texts(svg):
    return [each.text for each in svg.iter(f"{SVG}text")]


def test_a_run_without_a_batch_has_axes_and_says_so():
    svg = drawn(recorded(0, 0))
    assert {"loss", "batch", "accuracy in %", "epoch"} <= set(texts(svg))
    assert "The first batch has not ended" in texts(svg)
    assert "The first epoch has not ended" in texts(svg)
    assert list(svg.iter(f"{SVG}circle")) == []


def test_one_epoch_is_a_point_each_where_it_belongs():
    svg = drawn(recorded(2, 1))
    # Loss 0.25 of 0 to 2 at the last batch; accuracies 75 and 87.5 of 75 to 100, in the middle.
    points = [(each.get("cx"), each.get("cy")) for each in svg.iter(f"{SVG}circle")]
    assert points == [("444.0", "306.0"), ("742.0", "336.0"), ("742.0", "216.0")]
    assert "The first epoch has not ended" not in texts(svg)


def test_the_training_loss_is_the_moving_mean_of_the_batches():
    svg = drawn(recorded(4, 0))
    line = next(svg.iter(f"{SVG}polyline"))
    # Four losses of 2, at the top, of four batches in all.
    assert line.get("points") == "159.0,96.0 254.0,96.0 349.0,96.0 444.0,96.0"


@pytest.mark.parametrize("path", [PRETRAINED_PATH, NOTEBOOK_PATH], ids=lambda path: path.name)
def test_a_long_runs_figure_says_what_it_is_and_stays_within_its_frame(path):
    run = read_run(path)
    svg = drawn(run)
    assert svg.find(f"{SVG}title").text == f"{run.title}: loss and accuracy"
    assert svg.find(f"{SVG}desc").text == settings_text(run.config)
    assert {run.title, settings_text(run.config), "training", "validation"} <= set(texts(svg))
    for line in svg.iter(f"{SVG}polyline"):
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert 64 <= x <= 932
            assert 96 <= y <= 336
    assert len(chart_svg(run)) < 30_000


def test_words_that_look_like_markup_are_text(monkeypatch):
    monkeypatch.setattr(Run, "title", "<script>alert(1)</script> & \0\x1bmore")
    svg = drawn(recorded(1, 0))
    assert "<script>alert(1)</script> & more" in texts(svg)
    assert list(svg.iter(f"{SVG}script")) == []


def test_damaged_metrics_are_a_sentence():
    run = recorded(1, 1)
    (run.path / "epochs.csv").write_text("epoch\nx\n")
    with pytest.raises(RunError, match=r"epochs\.csv is damaged"):
        chart_svg(run)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 2.31, [0, 0.5, 1, 1.5, 2, 2.5]),
        (95.3, 100, [95, 96, 97, 98, 99, 100]),
        (99, 100, [99, 99.2, 99.4, 99.6, 99.8, 100]),
        (0, 1e-5, [0, 2e-6, 4e-6, 6e-6, 8e-6, 1e-5]),
        (0, 3e7, [0, 1e7, 2e7, 3e7]),
    ],
)
def test_an_axis_has_round_numbers(low, high, ticks):
    axis = _axis("", low, high, stretch=True)
    assert axis.ticks == pytest.approx(ticks)
    assert axis.low <= low < high <= axis.high + 1e-9


@pytest.mark.parametrize(("low", "high", "ticks"), [(0.5, 1.5, [1]), (1, 2, [1, 2])])
def test_epochs_are_whole(low, high, ticks):
    assert _axis("", low, high, whole=True).ticks == ticks
