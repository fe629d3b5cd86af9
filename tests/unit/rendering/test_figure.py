import io
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from cnn.config import TrainingConfig
from cnn.rendering.figure import NO_DATE, chart_figure, chart_file
from cnn.runs.run import NOTEBOOK_PATH, PRETRAINED_PATH, Run, RunError, read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder

METRICS = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}
SVG = "{http://www.w3.org/2000/svg}"
SIGNATURES = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def recorded_run(batches, epochs):
    """A run with batches of loss 2, and epochs of two batches with METRICS."""
    run = create_run(TrainingConfig(batch_size=50, limit=100))
    recorder = RunRecorder(run)
    for step in range(1, batches + 1):
        recorder.write_batch(step, 2.0, step)
    for epoch in range(1, epochs + 1):
        recorder.write_epoch(epoch, METRICS, epoch)
    recorder.close()
    return run


def texts(run):
    return [each.text for each in svg_of(run).iter(f"{SVG}text")]


def svg_of(run):
    return ElementTree.fromstring(chart_file(run, "svg"))


def points(axes):
    return [line.get_xydata().tolist() for line in axes.lines]


def test_a_run_without_batches_has_empty_axes_with_a_note():
    run = recorded_run(0, 0)
    assert {
        *("loss", "batch", "accuracy in %", "epoch"),
        *("No batch completed yet", "No epoch completed yet"),
    } <= set(texts(run))
    assert [points(axes) for axes in chart_figure(run).axes] == [[[], []], [[], []]]


def test_one_epoch_is_a_point_at_its_last_batch():
    run = recorded_run(2, 1)
    loss, accuracy = chart_figure(run).axes
    # The moving mean of two losses of 2; the second batch is the last of the epoch.
    assert points(loss) == [[[1, 2], [2, 2]], [[2, 0.25]]]
    assert points(accuracy) == [[[1, 75]], [[1, 87.5]]]
    assert "No epoch completed yet" not in texts(run)
    assert loss.get_ylim()[0] == 0
    assert accuracy.get_ylim()[1] == 100


def test_the_training_loss_is_the_moving_mean_of_the_batches():
    run = recorded_run(0, 0)
    recorder = RunRecorder(run)
    recorder.write_batch(1, 3.0, 1)
    recorder.write_batch(2, 1.0, 2)
    recorder.close()
    [[first, second], _] = points(chart_figure(run).axes[0])
    # (0.9 · 0.1 · 3 + 0.1 · 1) / (1 - 0.9²)
    np.testing.assert_allclose([first, second], [[1, 3], [2, 0.37 / 0.19]])


@pytest.mark.parametrize("path", [PRETRAINED_PATH, NOTEBOOK_PATH], ids=lambda path: path.name)
def test_the_figure_of_a_long_run_has_title_settings_and_all_points(path):
    run = read_run(path)
    assert svg_of(run).find(f"{SVG}title").text == f"{run.title}: loss and accuracy"
    settings = f"Preset {run.config.preset}, max pooling, {run.config.epochs} epochs, "
    assert [text for text in texts(run) if text.startswith(settings)]
    assert {run.title, "training, moving mean", "training", "validation"} <= set(texts(run))
    for axes in chart_figure(run).axes:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for line in axes.lines:
            x, y = line.get_xydata().T
            assert 1 < len(x) <= 300
            assert left <= min(x) < max(x) <= right
            assert bottom <= min(y) < max(y) <= top


@pytest.mark.parametrize(("epochs", "ticks"), [(1, [1]), (2, [1, 2])])
def test_epoch_ticks_are_whole_numbers(epochs, ticks):
    accuracy = chart_figure(recorded_run(2, epochs)).axes[1]
    left, right = accuracy.get_xlim()
    assert [tick for tick in accuracy.get_xticks() if left <= tick <= right] == ticks


def test_titles_with_markup_or_mathematics_are_text(monkeypatch):
    title = "<script>alert(1)</script> & $x^2$ \\alpha _1"
    monkeypatch.setattr(Run, "title", f"{title[:9]}\0\x1b\n{title[9:]}")
    run = recorded_run(1, 0)
    assert title in texts(run)
    assert list(svg_of(run).iter(f"{SVG}script")) == []
    for file_format in NO_DATE:
        assert chart_file(run, file_format).startswith(SIGNATURES[file_format])


@pytest.mark.parametrize("file_format", NO_DATE)
def test_a_run_always_gives_the_same_file_also_in_threads(file_format):
    run, before = recorded_run(4, 2), dict(mpl.rcParams)
    with ThreadPoolExecutor(4) as threads:
        contents = set(threads.map(lambda _: chart_file(run, file_format), range(8)))
    [content] = contents
    assert content.startswith(SIGNATURES[file_format])
    assert b"dc:date" not in content
    assert b"CreationDate" not in content
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


def test_a_png_is_large_enough_for_print():
    with Image.open(io.BytesIO(chart_file(recorded_run(4, 2), "png"))) as image:
        assert image.size == (1920, 800)


def test_damaged_metrics_raise_run_error():
    run = recorded_run(1, 1)
    (run.path / "epochs.csv").write_text("epoch\nx\n")
    with pytest.raises(RunError, match=r"epochs\.csv is damaged"):
        chart_file(run, "svg")
