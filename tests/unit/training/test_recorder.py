import errno
import json
import os
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.runs.run import RunState, list_runs, open_run
from cnn.runs.writing import create_run, set_epochs, write_state
from cnn.training.recorder import RunRecorder

FIGURES = {"loss": 0.5, "accuracy": 0.75, "val_loss": 0.25, "val_accuracy": 0.875}


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
    assert abs(opened.created - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_a_run_is_kept_in_the_folder_that_was_asked_for(tmp_path):
    run = create_run(TrainingConfig(), tmp_path / "a" / "b")
    assert run.path.parent == tmp_path / "a" / "b"
    assert open_run(run.id, tmp_path / "a" / "b") == run


def test_runs_made_in_the_same_second_have_their_own_folders():
    runs = [create_run(TrainingConfig()) for _ in range(10)]
    assert len({run.id for run in runs}) == 10
    assert len(list_runs()[0]) == 10


def test_nothing_half_made_is_left_beside_a_run(folder):
    run = create_run(TrainingConfig())
    write_state(run, RunState("running"))
    assert [each.name for each in folder.iterdir()] == [run.id]
    assert sorted(each.name for each in run.path.iterdir()) == [
        "config.json",
        "state.json",
        "weights",
    ]


@pytest.mark.parametrize(
    "state",
    [
        RunState("finished", "", 0.0327, 0.9894, 210.5),
        RunState("failed", "The loss stopped being a number."),
        RunState("stopped", "", 0.0, 0.0, 0.0),
        RunState("stopped"),
    ],
)
def test_a_state_that_was_written_is_read_again(state):
    run = create_run(TrainingConfig())
    write_state(run, state)
    assert run.state() == state


def test_batches_and_epochs_come_back_as_columns():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.125)
    recorder.write_batch(2, 0.0001234567, 3600.0)
    recorder.write_epoch(1, FIGURES, 3601.5)
    recorder.close()
    batches, epochs = run.batches(), run.epochs()
    assert batches["step"].tolist() == [1, 2]
    assert batches["loss"].tolist() == pytest.approx([2.5, 0.0001234567], rel=1e-5)
    assert batches["elapsed_s"].tolist() == [0.125, 3600.0]
    assert {name: column.tolist() for name, column in epochs.items()} == {
        "epoch": [1],
        **{name: [value] for name, value in FIGURES.items()},
        "elapsed_s": [3601.5],
    }


def test_an_epoch_is_on_disk_at_once_with_all_its_batches():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.1)
    recorder.write_epoch(1, FIGURES, 0.2)
    assert run.batches()["step"].tolist() == [1]
    assert run.epochs()["epoch"].tolist() == [1]
    recorder.close()


def test_a_second_recorder_goes_on_where_the_first_ended():
    run = create_run(TrainingConfig())
    for step in (1, 2):
        recorder = RunRecorder(run)
        recorder.write_batch(step, 0.5, step)
        recorder.close()
    assert run.batches()["step"].tolist() == [1, 2]


def test_each_epoch_is_told_after_it_was_written():
    run = create_run(TrainingConfig())
    told = []
    recorder = RunRecorder(
        run,
        on_epoch=lambda epoch, figures: told.append((epoch, figures, len(run.epochs()["epoch"]))),
    )
    recorder.write_epoch(1, FIGURES, 1.0)
    recorder.write_epoch(2, FIGURES, 2.0)
    recorder.close()
    assert told == [(1, FIGURES, 1), (2, FIGURES, 2)]


def test_weights_come_back_as_they_were_and_in_their_order():
    run = create_run(TrainingConfig())
    arrays = [np.full((2, 3), i, np.float32) for i in range(12)]
    recorder = RunRecorder(run)
    recorder.write_weights(0, arrays)
    recorder.write_weights(12, arrays[::-1])
    recorder.close()
    assert run.saved_epochs() == [0, 12]
    for epoch, expected in ((0, arrays), (12, arrays[::-1])):
        for array, wanted in zip(run.weights(epoch), expected, strict=True):
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array, wanted)


def test_the_files_are_plain_text_that_others_can_read():
    run = create_run(TrainingConfig(pooling="average"))
    recorder = RunRecorder(run)
    recorder.write_batch(1, 2.5, 0.1)
    recorder.write_epoch(1, FIGURES, 0.2)
    recorder.close()
    assert json.loads((run.path / "config.json").read_text())["pooling"] == "average"
    assert (run.path / "batches.csv").read_text() == "step,loss,elapsed_s\n1,2.5,0.100\n"
    assert (run.path / "epochs.csv").read_text() == (
        "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n1,0.5,0.75,0.25,0.875,0.200\n"
    )


def test_a_runs_epochs_can_grow_and_all_else_stays():
    run = create_run(TrainingConfig(seed=7))
    longer = set_epochs(run, 10)
    assert longer.config == TrainingConfig(seed=7, epochs=10)
    assert open_run(run.id) == longer


# A full disk


def test_a_full_disk_leaves_the_old_file_and_no_half_of_a_new_one(request):
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
    """A file on a disk with room for `room` bytes more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, content):
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self.file.write(content[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_table_that_finds_no_room_keeps_its_whole_lines():
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_epoch(1, FIGURES, 1.0)
    whole = (run.path / "epochs.csv").read_text()
    recorder._epochs._file = FullFile(recorder._epochs._file, room=10)
    with pytest.raises(OSError, match="No space left"):
        recorder.write_epoch(2, FIGURES, 2.0)
    recorder.close()
    assert (run.path / "epochs.csv").read_text() == whole
    assert run.epochs()["epoch"].tolist() == [1]
