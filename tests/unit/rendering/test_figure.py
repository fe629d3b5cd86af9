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

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}
SVG = "{http://www.w3.org/2000/svg}"
SIGNATURES = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


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


def texts(run):
    return [each.text for each in drawn(run).iter(f"{SVG}text")]


def drawn(run):
    return ElementTree.fromstring(chart_file(run, "svg"))


def points(axes):
    return [line.get_xydata().tolist() for line in axes.lines]


def test_a_run_without_a_batch_has_axes_and_says_so():
    run = recorded(0, 0)
    assert {
        *("loss", "batch", "accuracy in %", "epoch"),
        *("The first batch has not ended", "The first epoch has not ended"),
    } <= set(texts(run))
    assert [points(axes) for axes in chart_figure(run).axes] == [[[], []], [[], []]]


def test_one_epoch_is_a_point_each_where_it_belongs():
    run = recorded(2, 1)
    loss, accuracy = chart_figure(run).axes
    # The moving mean of twice a loss of 2; the epoch ended with the second batch.
    assert points(loss) == [[[1, 2], [2, 2]], [[2, 0.25]]]
    assert points(accuracy) == [[[1, 75]], [[1, 87.5]]]
    assert "The first epoch has not ended" not in texts(run)
    assert loss.get_ylim()[0] == 0
    assert accuracy.get_ylim()[1] == 100


def test_the_training_loss_is_the_moving_mean_of_the_batches():
    run = recorded(0, 0)
    recorder = RunRecorder(run)
    recorder.write_batch(1, 3.0, 1)
    recorder.write_batch(2, 1.0, 2)
    recorder.close()
    [[first, second], _] = points(chart_figure(run).axes[0])
    # (0.9 · 0.1 · 3 + 0.1 · 1) / (1 - 0.9²)
    np.testing.assert_allclose([first, second], [[1, 3], [2, 0.37 / 0.19]])


@pytest.mark.parametrize("path", [PRETRAINED_PATH, NOTEBOOK_PATH], ids=lambda path: path.name)
def test_a_long_runs_figure_says_what_it_is_and_shows_all_of_it(path):
    run = read_run(path)
    assert drawn(run).find(f"{SVG}title").text == f"{run.title}: loss and accuracy"
    settings = f"Preset {run.config.preset}, max pooling, {run.config.epochs} epochs of "
    assert [text for text in texts(run) if text.startswith(settings)]
    assert {run.title, "training, moving mean", "training", "validation"} <= set(texts(run))
    for axes in chart_figure(run).axes:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for line in axes.lines:
            x, y = line.get_xydata().T
            assert 1 < len(x) <= 300
            assert left <= min(x) < max(x) <= right
            assert bottom <= min(y) < max(y) <= top


@pytest.mark.parametrize(("ended", "ticks"), [(1, [1]), (2, [1, 2])])
def test_epochs_are_whole_numbers(ended, ticks):
    accuracy = chart_figure(recorded(2, ended)).axes[1]
    left, right = accuracy.get_xlim()
    assert [tick for tick in accuracy.get_xticks() if left <= tick <= right] == ticks


def test_words_that_look_like_markup_or_mathematics_are_text(monkeypatch):
    title = "<script>alert(1)</script> & $x^2$ \\alpha _1"
    monkeypatch.setattr(Run, "title", f"{title[:9]}\0\x1b\n{title[9:]}")
    run = recorded(1, 0)
    assert title in texts(run)
    assert list(drawn(run).iter(f"{SVG}script")) == []
    for file_format in NO_DATE:
        assert chart_file(run, file_format).startswith(SIGNATURES[file_format])


@pytest.mark.parametrize("file_format", NO_DATE)
def test_the_same_run_gives_the_same_file_also_in_threads(file_format):
    run, before = recorded(4, 2), dict(mpl.rcParams)
    with ThreadPoolExecutor(4) as threads:
        contents = set(threads.map(lambda _: chart_file(run, file_format), range(8)))
    [content] = contents
    assert content.startswith(SIGNATURES[file_format])
    assert b"dc:date" not in content
    assert b"CreationDate" not in content
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


def test_a_png_is_large_enough_for_print():
    with Image.open(io.BytesIO(chart_file(recorded(4, 2), "png"))) as image:
        assert image.size == (1920, 800)


def test_damaged_metrics_are_a_sentence():
    run = recorded(1, 1)
    (run.path / "epochs.csv").write_text("epoch\nx\n")
    with pytest.raises(RunError, match=r"epochs\.csv is damaged"):
        chart_file(run, "svg")
