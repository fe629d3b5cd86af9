import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import record_writer

from cnn.config import TrainingConfig
from cnn.runs import event_files
from cnn.runs.event_files import EventFiles
from cnn.runs.run import NOTEBOOK_PATH, read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}


def curves(path, part):
    """The curves that TensorBoard's reader finds: for each tag, its steps and values."""
    reader = EventAccumulator(str(path / "tensorboard" / part))
    reader.Reload()
    return {
        tag: [(each.step, each.value) for each in reader.Scalars(tag)]
        for tag in reader.Tags()["scalars"]
    }


def test_tensorboard_shows_the_curves_of_a_training(trained):
    run = trained.run
    batches, epochs = run.batches(), run.epochs()
    found = {part: curves(run.path, part) for part in ("training", "validation")}
    assert set(found["training"]) == {"batch_loss", "epoch_loss", "epoch_accuracy"}
    assert set(found["validation"]) == {"epoch_loss", "epoch_accuracy"}
    steps, losses = zip(*found["training"]["batch_loss"], strict=True)
    assert steps == tuple(batches["step"])
    assert losses == pytest.approx(batches["loss"], rel=1e-5)
    for part, prefix in (("training", ""), ("validation", "val_")):
        for name in ("loss", "accuracy"):
            steps, values = zip(*found[part][f"epoch_{name}"], strict=True)
            assert steps == (1, 2)
            assert values == pytest.approx(epochs[prefix + name], rel=1e-5)


def test_tensorboard_shows_histograms_of_weights_and_gradients(trained):
    path = trained.run.path / "tensorboard" / "training"
    reader = EventAccumulator(str(path), size_guidance={"histograms": 0})  # 0: all
    reader.Reload()
    tags = reader.Tags()["histograms"]
    assert len(tags) == 20
    assert {"weights/conv_1/kernel", "gradients/dense_2/bias"} < set(tags)
    first, last = reader.Histograms("weights/dense_2/kernel")
    weights = trained.run.weights(2)[8]
    assert (first.step, last.step) == (1, 2)
    assert last.histogram_value.num == sum(last.histogram_value.bucket) == weights.size
    assert last.histogram_value.sum == pytest.approx(weights.sum(dtype=np.float64), abs=1e-4)
    assert last.histogram_value.max == pytest.approx(weights.max())


def test_an_epoch_is_on_disk_at_once_with_all_its_batches(tmp_path):
    files = EventFiles(tmp_path)
    files.write_batch(1, 2.5)
    files.write_epoch(1, FIGURES)
    assert curves(tmp_path, "training")["batch_loss"] == [(1, 2.5)]
    assert curves(tmp_path, "validation")["epoch_accuracy"] == [(1, 0.875)]
    files.close()


def test_events_after_the_last_epoch_of_an_interrupted_training_are_discarded(tmp_path):
    for first, losses in ((1, [2.5, 2.0, 1.5]), (3, [1.0, 0.5])):
        files = EventFiles(tmp_path)
        for step, loss in enumerate(losses, first):
            files.write_batch(step, loss)
        files.close()
    assert curves(tmp_path, "training")["batch_loss"] == [(1, 2.5), (2, 2.0), (3, 1.0), (4, 0.5)]


def test_the_folder_of_a_deleted_run_is_not_created_again(tmp_path):
    files = EventFiles(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        files.write_batch(1, 2.5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_raises_an_os_error(tmp_path, monkeypatch):
    files = EventFiles(tmp_path)
    full = Path("/dev/full").open("wb")  # noqa: SIM115 - the writer closes it
    monkeypatch.setattr(record_writer, "open_file", lambda path: full)
    with pytest.raises(OSError, match="No space left") as raised:
        files.write_batch(1, 2.5)
        files.flush()
    assert raised.value.errno == errno.ENOSPC


def test_batches_are_flushed_between_epochs_but_not_each_time(tmp_path, monkeypatch):
    files, seen = EventFiles(tmp_path), []
    for step, flush_every_s in enumerate([5, 1e9, 0], start=1):
        monkeypatch.setattr(event_files, "FLUSH_EVERY_S", flush_every_s)
        files.write_batch(step, 0.5)
        files.flush()
        seen.append(len(curves(tmp_path, "training")["batch_loss"]))
    files.close()
    assert seen == [1, 1, 3]


def test_a_recorder_without_events_makes_no_folder():
    run = create_run(TrainingConfig())
    RunRecorder(run).close()
    assert not (run.path / "tensorboard").exists()


def test_reading_and_creating_runs_imports_no_tensorflow(folder):
    script = (
        "import sys\n"
        "from cnn.config import TrainingConfig\n"
        "from cnn.runs.writing import create_run\n"
        "create_run(TrainingConfig()).batches()\n"
        "assert not {'tensorflow', 'tensorboardX', 'matplotlib'} & set(sys.modules)\n"
    )
    project = read_run(NOTEBOOK_PATH).path.parents[2]
    subprocess.run([sys.executable, "-c", script], cwd=project, check=True)
