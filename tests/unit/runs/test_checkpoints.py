import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.runs.checkpoints import (
    Checkpoint,
    find_checkpoint,
    last_complete_epoch,
    read_checkpoint,
    roll_back,
    write_checkpoint,
)
from cnn.runs.run import RunError
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}
STEPS = 2  # an epoch


@pytest.fixture
def run():
    return create_run(TrainingConfig(epochs=5, batch_size=50, limit=100))


def checkpoint_of(epoch):
    return Checkpoint(epoch, 10.0 * epoch, [np.full(3, epoch)], [np.array(epoch * STEPS)])


def record(run, epochs, last="checkpoint", batches=0):
    """Record `epochs`, the last one up to its part `last`, and `batches` of the next."""
    recorder = RunRecorder(run)
    recorder.write_weights(0, [np.zeros(3)])
    for step in range(1, epochs * STEPS + 1 + batches):
        recorder.write_batch(step, 0.5, 5.0 * step)
    for epoch in range(1, epochs + 1):
        ends = last if epoch == epochs else "checkpoint"
        recorder.write_weights(epoch, [np.full(3, epoch)])
        if ends in ("figures", "checkpoint"):
            recorder.write_epoch(epoch, FIGURES, 10.0 * epoch)
        if ends == "checkpoint":
            write_checkpoint(run, checkpoint_of(epoch))
    recorder.close()


def expect_to_end_after(run, epoch):
    assert run.epochs()["epoch"].tolist() == list(range(1, epoch + 1))
    assert run.batches()["step"].tolist() == list(range(1, epoch * STEPS + 1))
    assert run.saved_epochs() == list(range(epoch + 1))


def test_a_checkpoint_is_read_as_it_was_written(run):
    assert read_checkpoint(run) is None
    for epoch in (1, 2):
        write_checkpoint(run, checkpoint_of(epoch))
        stored = read_checkpoint(run)
        assert (stored.epoch, stored.elapsed_s) == (epoch, 10.0 * epoch)
        np.testing.assert_array_equal(stored.weights, [np.full(3, epoch)])
        np.testing.assert_array_equal(stored.optimizer, [epoch * STEPS])


def test_an_optimizer_that_was_not_stored_is_none(run):
    write_checkpoint(run, Checkpoint(1, 1.0, [np.zeros(3)]))
    assert read_checkpoint(run).optimizer is None


@pytest.mark.parametrize(
    ("last", "epoch"), [("weights", 2), ("figures", 2), ("checkpoint", 3)], ids=str
)
def test_after_a_kill_at_any_moment_all_files_end_at_the_same_epoch(run, last, epoch):
    record(run, 3, last, batches=1)
    checkpoint = roll_back(run)
    assert checkpoint.epoch == epoch
    assert checkpoint.elapsed_s == 10.0 * epoch
    np.testing.assert_array_equal(checkpoint.optimizer, [epoch * STEPS])
    expect_to_end_after(run, epoch)


@pytest.mark.parametrize("content", [None, b"", b"PK no", b"epoch"])
def test_without_a_readable_checkpoint_the_last_weights_are_used(run, content):
    record(run, 3, batches=1)
    (run.path / "checkpoint.npz").unlink()
    if content is not None:
        (run.path / "checkpoint.npz").write_bytes(content)
    (run.path / "weights" / "epoch_003.npz").write_bytes(b"damaged")
    checkpoint = roll_back(run)
    assert (checkpoint.epoch, checkpoint.optimizer) == (2, None)
    np.testing.assert_array_equal(checkpoint.weights, [np.full(3, 2)])
    expect_to_end_after(run, 2)


def test_without_a_complete_epoch_there_is_no_checkpoint(run):
    assert roll_back(run) is None
    record(run, 0, batches=1)
    assert find_checkpoint(run) is None
    assert roll_back(run) is None
    expect_to_end_after(run, 0)


def test_an_incomplete_line_is_removed(run):
    record(run, 2)
    with (run.path / "batches.csv").open("a") as file:
        file.write("5,0.")
    roll_back(run)
    assert (run.path / "batches.csv").read_text().endswith("\n4,0.5,20.000\n")


def test_complete_epochs_are_left_unchanged(run):
    record(run, 2)
    before = {path: path.read_bytes() for path in run.path.rglob("*.*")}
    assert roll_back(run).epoch == last_complete_epoch(run) == 2
    assert {path: path.read_bytes() for path in run.path.rglob("*.*")} == before


def test_damaged_figures_raise_a_run_error(run):
    (run.path / "epochs.csv").write_text("epoch,loss\n1,x\n")
    with pytest.raises(RunError, match=r"epochs\.csv is damaged"):
        roll_back(run)
