import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.jobs import queue as jobs
from cnn.jobs import worker
from cnn.jobs.queue import JobError, start_training, stop_training
from cnn.jobs.resuming import can_resume, more_epochs_for, reopen, resume_training
from cnn.jobs.worker import work
from cnn.runs.checkpoints import last_complete_epoch, read_checkpoint
from cnn.runs.locking import take_lock
from cnn.runs.run import NOTEBOOK_PATH, RunState, open_run, read_run
from cnn.runs.writing import create_run, write_state
from cnn.training import recorder

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]
CONFIG = TrainingConfig(epochs=4, batch_size=50, limit=200)  # 4 batches an epoch
TOLERANCE = 0.005  # relative, of a loss: parallel sums are rounded in any order


@pytest.fixture
def quick(monkeypatch, few_digits):
    """Evaluation on few digits instead of 10,000."""
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)


@pytest.fixture(scope="module")
def straight(tmp_path_factory, few_digits):
    """A run of CONFIG that nothing interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "load_digits", lambda split: few_digits)
        run = create_run(CONFIG, tmp_path_factory.mktemp("straight"))
        assert work(run).status == "finished"
    return run


def expect_as_straight(run, straight):
    """Curves without gap or double, and an end within noise of the uninterrupted run's."""
    assert run.state().status == "finished"
    epochs, batches = run.epochs(), run.batches()
    assert epochs["epoch"].tolist() == [1, 2, 3, 4]
    assert batches["step"].tolist() == list(range(1, 17))
    for table in (epochs, batches):
        assert (np.diff(table["elapsed_s"]) > 0).all()
    assert run.saved_epochs() == [0, 1, 2, 3, 4]
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(epochs[name], straight.epochs()[name], rtol=TOLERANCE)
    np.testing.assert_allclose(batches["loss"], straight.batches()["loss"], rtol=TOLERANCE)


KILLED = """
import os, signal, sys
from pathlib import Path
from cnn.jobs import worker
from cnn.data.mnist import Digits, load_digits
from cnn.training.recorder import RunRecorder
from cnn.runs.run import read_run

digits = load_digits("train")
worker.load_digits = lambda split: Digits(digits.images[:300], digits.labels[:300])
write_batch = RunRecorder.write_batch
def kill_in_epoch_3(self, step, loss, elapsed_s):
    write_batch(self, step, loss, elapsed_s)
    if step == 10:
        self._batches.flush()
        os.kill(os.getpid(), signal.SIGKILL)
RunRecorder.write_batch = kill_in_epoch_3
worker.work(read_run(Path(sys.argv[1])))
"""


def test_a_run_that_was_killed_is_interrupted_and_ends_as_if_it_had_not_been(quick, straight):
    run = create_run(CONFIG)
    process = subprocess.run([sys.executable, "-c", KILLED, str(run.path)], cwd=PROJECT)
    assert process.returncode == -signal.SIGKILL
    state = run.state()
    assert state.status == "interrupted"
    assert state.test_accuracy == run.epochs()["val_accuracy"][-1]
    assert run.batches()["step"].tolist() == list(range(1, 11))
    assert can_resume(run)

    run = reopen(run)
    assert run.state() == RunState("starting")  # though its last worker's lock is there
    work(run)
    expect_as_straight(run, straight)


def test_a_run_that_was_killed_while_an_epoch_was_written_ends_in_the_same_way(quick, straight):
    def leave(epoch, figures):
        if epoch == 2:  # its figures are written, its checkpoint is not
            raise KeyboardInterrupt

    run = create_run(CONFIG)
    assert work(run, on_epoch=leave).status == "stopped"
    assert (last_complete_epoch(run), read_checkpoint(run).epoch) == (2, 1)
    work(reopen(run))
    expect_as_straight(run, straight)


def test_a_run_without_a_checkpoint_is_resumed_from_its_weights(quick):
    def leave(epoch, figures):
        if epoch == 3:
            raise KeyboardInterrupt

    run = create_run(CONFIG)
    work(run, on_epoch=leave)
    assert last_complete_epoch(run) == 3
    (run.path / "checkpoint.npz").unlink()
    state = work(reopen(run))
    assert state.status == "finished"
    assert run.epochs()["epoch"].tolist() == [1, 2, 3, 4]
    assert run.batches()["step"].tolist() == list(range(1, 17))


def test_a_finished_run_learns_for_more_epochs(quick, straight):
    run = create_run(TrainingConfig(**{**CONFIG.as_dict(), "epochs": 3}))
    work(run)
    assert not can_resume(run)
    with pytest.raises(JobError, match="has completed its 3 epochs; set how many more"):
        reopen(run)
    run = reopen(run, 1)
    assert run.config == CONFIG
    work(run)
    assert read_run(run.path).config == CONFIG
    expect_as_straight(run, straight)


def test_a_full_disk_is_a_failure_that_says_what_to_do_and_can_be_resumed(
    quick, straight, monkeypatch
):
    def refuse(path, content):
        if path.name == "epoch_002.npz":
            raise OSError(28, os.strerror(28))
        replace_file(path, content)

    replace_file = recorder.replace_file
    run = create_run(CONFIG)
    with monkeypatch.context() as full:
        full.setattr(recorder, "replace_file", refuse)
        state = work(run)
    assert (state.status, state.message) == (
        "failed",
        "The disk is full. Free some space, then resume the run: complete epochs are kept.",
    )
    assert state == run.state()
    assert (run.saved_epochs(), run.epochs()["epoch"].tolist()) == ([0, 1], [1])
    work(reopen(run))
    expect_as_straight(run, straight)


def test_a_disk_without_room_for_a_last_word_leaves_an_interrupted_run(quick, request):
    run = create_run(CONFIG)
    request.getfixturevalue("full_disk")
    assert work(run).status == "failed"
    assert run.state().status == "interrupted"
    assert not list(run.path.rglob(".*.*"))  # no halves of files


# Without training


@pytest.fixture
def locks(monkeypatch):
    """Workers that only hold their runs' locks."""
    locks = []
    monkeypatch.setattr(
        jobs, "_spawn_worker", lambda run: locks.append(take_lock(run.path / "lock"))
    )
    yield locks
    for lock in locks:
        os.close(lock)


def ended_run(status="stopped", epochs=5, whole=2):
    run = create_run(TrainingConfig(epochs=epochs))
    lines = [f"{epoch},0.5,0.9,0.4,0.95,{10 * epoch}" for epoch in range(1, whole + 1)]
    header = "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s"
    (run.path / "epochs.csv").write_text("\n".join([header, *lines, ""]))
    run.request_stop()
    (run.path / "lock").touch()
    write_state(run, RunState(status))
    return run


def test_a_resumed_run_joins_the_end_of_the_queue(locks):
    run = ended_run()
    trained, waiting = (start_training(TrainingConfig(seed=seed)) for seed in (1, 2))
    resume_training(run)
    assert run.state().status == "queued"
    assert jobs.active_runs() == [trained, waiting, run]
    assert not run.stop_requested
    stop_training(run)
    assert run.state().status == "stopped"
    assert run.state().test_accuracy == 0.95


def test_two_that_resume_at_once_resume_it_once(locks):
    run = ended_run("finished", epochs=5, whole=5)
    for _ in range(2):
        resumed = resume_training(run, 5)
        assert resumed.config.epochs == 10
    assert len(locks) == 1
    with pytest.raises(JobError, match="is already training or queued"):
        reopen(run)


@pytest.mark.parametrize(
    ("epochs", "whole", "more", "expected"), [(5, 2, 0, 5), (20, 2, 5, 7), (98, 98, 5, 100)]
)
def test_more_epochs_are_counted_from_the_last_whole_one(locks, epochs, whole, more, expected):
    run = ended_run(epochs=epochs, whole=whole)
    assert more_epochs_for(run, 5) == min(5, 100 - whole)
    assert resume_training(run, more).config.epochs == expected
    assert json.loads((run.path / "config.json").read_text())["created"]


@pytest.mark.parametrize("more", [5, -1])
def test_a_run_has_no_more_epochs_than_100(locks, more):
    run = ended_run("finished", epochs=100, whole=100)
    with pytest.raises(JobError, match=r"can have 1 to 100 epochs in all; this one has 100\."):
        resume_training(run, more)
    assert run.state().status == "finished"


@pytest.mark.parametrize("go_on", [resume_training, reopen])
def test_what_ships_stays_as_it_is(go_on):
    run = open_run("notebook")
    assert not can_resume(run)
    assert more_epochs_for(run, 5) == 0
    with pytest.raises(JobError, match="cannot be changed"):
        go_on(run, 5)
    assert not (NOTEBOOK_PATH.parent / ".queue").exists()


def test_a_full_disk_resumes_nothing_and_says_so(locks, request):
    run = ended_run()
    request.getfixturevalue("full_disk")
    with pytest.raises(JobError) as raised:
        resume_training(run)
    assert str(raised.value) == (
        f"Run {run.id} cannot be resumed: the disk is full. Free some space, then try again."
    )
    assert run.state().status == "stopped"
