import errno
import json
import os
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cnn.config import PRESETS, TrainingConfig
from cnn.runs.checkpoints import Checkpoint
from cnn.runs.live_kernels import mark_watched, read_live_kernels
from cnn.runs.pausing import (
    pause_after,
    paused_after,
    request_continue,
    request_pause,
    request_step,
)
from cnn.runs.run import RunState, list_runs, open_run
from cnn.runs.training_errors import TrainingStopped
from cnn.runs.writing import create_run, set_epochs, write_state
from cnn.training import recorder as recording
from cnn.training.recorder import RunRecorder
from tests.unit.waiting import wait_until

METRICS = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}


def test_a_new_run_is_starting_and_empty(folder):
    config = TrainingConfig(pooling="sum", epochs=2, limit=500)
    run = create_run(config)
    assert run.path.parent == folder
    opened = open_run(run.id)
    assert opened == run
    assert opened.config == config
    assert opened.state() == RunState("starting")
    assert opened.saved_epochs() == []
    assert len(opened.batches()["loss"]) == len(opened.epochs()["loss"]) == 0
    assert abs(opened.created - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_run_is_created_in_the_given_folder(tmp_path):
    run = create_run(TrainingConfig(), tmp_path / "a" / "b")
    assert run.path.parent == tmp_path / "a" / "b"
    assert open_run(run.id, tmp_path / "a" / "b") == run


def test_runs_created_in_the_same_second_have_different_folders():
    runs = [create_run(TrainingConfig()) for _ in range(10)]
    assert len({run.id for run in runs}) == 10
    assert len(list_runs()[0]) == 10


def test_no_temporary_files_are_left(folder):
    run = create_run(TrainingConfig())
    write_state(run, RunState("running"))
    assert [each.name for each in folder.iterdir()] == [run.id]
    assert sorted(each.name for each in run.path.iterdir()) == [
        "config.json",
        "lock",
        "state.json",
        "weights",
    ]


@pytest.mark.parametrize(
    "state",
    [
        RunState("finished", "", 0.0327, 0.9894, 210.5),
        RunState("failed", "The loss became NaN."),
        RunState("stopped", "", 0.0, 0.0, 0.0),
        RunState("stopped"),
    ],
)
def test_a_written_state_can_be_read(state):
    run = create_run(TrainingConfig())
    write_state(run, state)
    assert run.state() == state


def test_batches_and_epochs_are_read_as_columns():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.125)
    recorder.write_batch(2, 0.0001234567, 3600.0)
    recorder.write_epoch(1, METRICS, 3601.5)
    recorder.close()
    batches, epochs = run.batches(), run.epochs()
    assert batches["step"].tolist() == [1, 2]
    assert batches["loss"].tolist() == pytest.approx([2.5, 0.0001234567], rel=1e-5)
    assert batches["elapsed_s"].tolist() == [0.125, 3600.0]
    assert {name: column.tolist() for name, column in epochs.items()} == {
        "epoch": [1],
        **{name: [value] for name, value in METRICS.items()},
        "elapsed_s": [3601.5],
    }


def test_an_epoch_is_flushed_at_once_with_all_its_batches():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.1)
    recorder.write_epoch(1, METRICS, 0.2)
    assert run.batches()["step"].tolist() == [1]
    assert run.epochs()["epoch"].tolist() == [1]
    recorder.close()


def test_a_second_recorder_appends_to_the_files_of_the_first():
    run = create_run(TrainingConfig())
    for step in (1, 2):
        recorder = RunRecorder(run)
        recorder.write_batch(step, 0.5, step)
        recorder.close()
    assert run.batches()["step"].tolist() == [1, 2]


def test_on_epoch_is_called_after_the_epoch_is_written():
    run = create_run(TrainingConfig())
    calls = []
    recorder = RunRecorder(
        run,
        on_epoch=lambda epoch, metrics: calls.append((epoch, metrics, len(run.epochs()["epoch"]))),
    )
    recorder.write_epoch(1, METRICS, 1.0)
    recorder.write_epoch(2, METRICS, 2.0)
    recorder.close()
    assert calls == [(1, METRICS, 1), (2, METRICS, 2)]


def test_weights_are_read_unchanged_and_in_order():
    run = create_run(TrainingConfig())
    arrays = [np.full((2, 3), i, np.float32) for i in range(12)]
    recorder = RunRecorder(run)
    recorder.write_weights(0, arrays)
    recorder.write_weights(12, arrays[::-1])
    recorder.close()
    assert run.saved_epochs() == [0, 12]
    for epoch, expected in ((0, arrays), (12, arrays[::-1])):
        for array, expected_array in zip(run.weights(epoch), expected, strict=True):
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array, expected_array)


def test_the_files_are_json_and_csv():
    run = create_run(TrainingConfig(pooling="average"))
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.1)
    recorder.write_epoch(1, METRICS, 0.2)
    recorder.close()
    assert json.loads((run.path / "config.json").read_text())["pooling"] == "average"
    assert (run.path / "batches.csv").read_text() == "step,loss,elapsed_s\n1,2.5,0.100\n"
    assert (run.path / "epochs.csv").read_text() == (
        "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n1,0.5,0.75,0.25,0.875,0.200\n"
    )


def test_set_epochs_changes_only_the_epochs():
    run = create_run(TrainingConfig(seed=7))
    longer = set_epochs(run, 10)
    assert longer.config == TrainingConfig(seed=7, epochs=10)
    assert open_run(run.id) == longer


# A full disk


def test_a_full_disk_leaves_the_old_files_and_no_partial_ones(request):
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_weights(1, [np.zeros(3)])
    before = sorted(run.path.rglob("*"))
    request.getfixturevalue("full_disk")
    for write in (
        lambda: write_state(run, RunState("running")),
        lambda: recorder.write_weights(1, [np.ones(3)]),
        lambda: recorder.write_weights(2, [np.ones(3)]),
        lambda: create_run(TrainingConfig()),
    ):
        with pytest.raises(OSError, match="No space left"):
            write()
    assert sorted(run.path.rglob("*")) == before
    assert run.state() == RunState("starting")
    np.testing.assert_array_equal(run.weights(1), [np.zeros(3)])
    assert list(run.path.parent.iterdir()) == [run.path]


class FullFile:
    """A file on a disk with `free` bytes left."""

    def __init__(self, file, free):
        self.file, self.free = file, free

    def write(self, content):
        if not self.free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self.file.write(content[: self.free])
        self.free -= written
        return written

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_table_on_a_full_disk_keeps_its_complete_rows():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_epoch(1, METRICS, 1.0)
    complete = (run.path / "epochs.csv").read_text()
    recorder._epochs._file = FullFile(recorder._epochs._file, free=10)
    with pytest.raises(OSError, match="No space left"):
        recorder.write_epoch(2, METRICS, 2.0)
    recorder.close()
    assert (run.path / "epochs.csv").read_text() == complete
    assert run.epochs()["epoch"].tolist() == [1]


@pytest.fixture
def clock(monkeypatch):
    """What the recorder's clock shows, in seconds, as a list of one."""
    shown = [0.0]
    monkeypatch.setattr(recording.time, "perf_counter", lambda: shown[0])
    return shown


def train_steps(run, count, at_a_time=1, should_stop=lambda: False):
    """A thread that records `count` steps of `run` like Keras, and what it raised."""
    raised = []

    def record():
        recorder = RunRecorder(run, should_stop, checkpoint=Checkpoint(0, 0.0, []))
        recorder.on_train_begin()
        recorder.on_epoch_begin(0)
        try:
            for batch in range(at_a_time - 1, count, at_a_time):
                recorder.on_train_batch_end(batch, {"batch_losses": [0.5] * at_a_time})
        except TrainingStopped as error:
            raised.append(error)
        recorder.close()

    thread = threading.Thread(target=record)
    thread.start()
    return thread, raised


def test_a_paused_training_takes_single_steps_and_its_clock_stands_still(clock):
    run = create_run(TrainingConfig())
    request_pause(run)
    thread, _ = train_steps(run, 6)
    wait_until(lambda: paused_after(run) == 1)
    assert run.batches()["step"].tolist() == [1]  # on the disk, for the page
    clock[0] += 1000
    request_step(run)
    wait_until(lambda: paused_after(run) == 2)
    request_pause(run)  # changes nothing
    request_step(run)
    request_step(run)
    wait_until(lambda: paused_after(run) == 4)
    request_continue(run)
    thread.join(10)
    assert pause_after(run) is paused_after(run) is None
    assert run.batches()["step"].tolist() == [1, 2, 3, 4, 5, 6]
    assert run.batches()["elapsed_s"].tolist() == [0.0] * 6


def test_steps_that_are_computed_at_once_are_one_step():
    run = create_run(PRESETS["fast"])
    request_pause(run)
    thread, _ = train_steps(run, 48, at_a_time=16)
    wait_until(lambda: paused_after(run) == 16)
    request_step(run)
    wait_until(lambda: paused_after(run) == 32)
    request_continue(run)
    thread.join(10)
    assert len(run.batches()["step"]) == 48


def test_each_request_for_steps_that_are_computed_at_once_counts():
    run = create_run(PRESETS["fast"])
    request_pause(run)
    thread, _ = train_steps(run, 64, at_a_time=16)
    wait_until(lambda: paused_after(run) == 16)
    request_step(run)
    request_step(run)
    wait_until(lambda: paused_after(run) == 48)
    request_continue(run)
    thread.join(10)
    assert len(run.batches()["step"]) == 64


def test_a_pause_that_no_page_shows_ends(monkeypatch):
    monkeypatch.setattr(recording, "ABANDONED_S", 0.2)
    run = create_run(TrainingConfig())
    request_pause(run)
    thread, _ = train_steps(run, 6)
    thread.join(10)
    assert pause_after(run) is None
    assert len(run.batches()["step"]) == 6


def test_a_paused_training_can_be_stopped():
    run = create_run(TrainingConfig())
    stop = threading.Event()
    request_pause(run)
    thread, raised = train_steps(run, 6, should_stop=stop.is_set)
    wait_until(lambda: paused_after(run) == 1)
    stop.set()
    thread.join(10)
    assert len(raised) == 1
    assert paused_after(run) is None


def test_a_damaged_request_pauses_at_once():
    run = create_run(TrainingConfig())
    (run.path / "pause").write_bytes(b"x")
    assert pause_after(run) == 0


class OneKernel:
    """In place of a network whose first kernel is a number."""

    def __init__(self, value):
        self.trainable_variables = [np.full((1, 1, 1, 1), value, np.float32)]


def test_kernels_are_written_while_a_page_shows_them_and_at_most_twice_a_second(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: now_s[0])
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run, checkpoint=Checkpoint(0, 0.0, []))
    recorder.on_train_begin()
    recorder.on_epoch_begin(0)

    def step(batch, after_s):
        now_s[0] += after_s
        recorder.set_model(OneKernel(batch + 1))
        recorder.on_train_batch_end(batch, {"batch_losses": [0.5]})
        live = read_live_kernels(run)
        return live and (live.step, live.kernels.item())

    assert step(0, 1.0) is None  # nobody watches
    mark_watched(run)
    assert step(1, 0.4) is None
    assert step(2, 0.2) == (3, 3.0)
    assert step(3, 0.4) == (3, 3.0)
    assert step(4, 0.2) == (5, 5.0)
    os.utime(run.path / "watched", (0, 0))  # the page was closed long ago
    assert step(5, 1.0) == (5, 5.0)
    recorder.close()


@pytest.mark.parametrize("content", [b"", b"no"])
def test_damaged_kernels_are_ignored(content):
    run = create_run(TrainingConfig())
    (run.path / "live.npz").write_bytes(content)
    assert read_live_kernels(run) is None
