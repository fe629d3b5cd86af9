"""Runs that earlier versions of the app wrote are still listed, opened and continued."""

import json

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.jobs.resuming import can_resume
from cnn.runs.checkpoints import find_checkpoint
from cnn.runs.fine_tuning import read_fine_tuning_digits
from cnn.runs.run import list_runs, open_run

CONFIG = {
    "preset": "fast",
    "pooling": "sum",
    "epochs": 3,
    "batch_size": 50,
    "learning_rate": 0.008,
    "seed": 4,
    "limit": 60_000,
    "one_thread": False,
    "base": "pretrained@36",
    "created": "2026-11-24T10:00:00+00:00",
}


@pytest.fixture
def older(folder):
    """A stopped run of one epoch, with the file and field names of November 2026."""
    path = folder / "20261124-100000-sum-0a1b"
    (path / "weights").mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(CONFIG))
    (path / "state.json").write_text(json.dumps({"status": "stopped", "test_accuracy": 0.5}))
    (path / "epochs.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n1,0.7,0.6,0.8,0.5,9.000\n"
    )
    (path / "batches.csv").write_text("step,loss,elapsed_s\n1,2.3,0.010\n")
    calibration = {"temperature": 1.0, "least": 0.625, "digits": 5000, "held_out": False}
    (path / "calibration.json").write_text(json.dumps(calibration))
    arrays = {"weights_00": np.ones(3), "optimiser_00": np.array(7), "optimiser_01": np.zeros(3)}
    np.savez(path / "checkpoint.npz", epoch=1, elapsed_s=9.0, **arrays)
    np.savez(path / "weights" / "epoch_001.npz", array_00=np.ones(3, np.float32))
    digits = {"images": np.full((2, 28, 28), 9, np.uint8), "labels": np.array([3, 4], np.uint8)}
    np.savez_compressed(path / "lessons.npz", **digits)
    return path


def test_an_older_run_is_listed_and_opened_with_its_figures(older):
    runs, problems = list_runs()
    assert ([run.id for run in runs], problems) == ([older.name], [])
    run = open_run(older.name)
    values = {name: value for name, value in CONFIG.items() if name != "created"}
    assert run.config == TrainingConfig(**values)
    assert run.config.validation == "test"  # as all presets validated then
    assert run.state().test_accuracy == run.test_accuracy(1) == 0.5
    assert run.last_figures()["test_loss"] == 0.8
    assert run.reject_threshold == run.calibration().reject_threshold == 0.625
    np.testing.assert_array_equal(run.weights(1)[0], [1, 1, 1])


def test_an_older_run_continues_with_the_state_of_its_optimizer(older):
    run = open_run(older.name)
    checkpoint = find_checkpoint(run)
    assert (checkpoint.epoch, checkpoint.elapsed_s) == (1, 9.0)
    np.testing.assert_array_equal(checkpoint.weights, [[1, 1, 1]])
    assert [array.tolist() for array in checkpoint.optimizer] == [7, [0, 0, 0]]
    assert can_resume(run)


def test_the_corrections_of_an_older_fine_tuning_are_read(older):
    digits = read_fine_tuning_digits(open_run(older.name))
    assert digits.labels.tolist() == [3, 4]
    assert digits.images.shape == (2, 28, 28)
