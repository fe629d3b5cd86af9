import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.jobs import local_executor, worker
from cnn.jobs import queue as jobs
from cnn.jobs.errors import JobError
from cnn.jobs.queue import start_training, stop_training
from cnn.jobs.resuming import can_resume, more_epochs_for, reopen, resume_training
from cnn.jobs.worker import work
from cnn.runs import state as run_state
from cnn.runs import writing
from cnn.runs.checkpoints import last_complete_epoch, read_checkpoint
from cnn.runs.locking import take_lock
from cnn.runs.run import NOTEBOOK_PATH, RunState, list_runs, open_run, read_run
from cnn.runs.state import STARTING_GRACE_S
from cnn.runs.writing import create_run, write_state

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]
CONFIG = TrainingConfig(epochs=4, batch_size=50, limit=200)  # 4 batches an epoch
TOLERANCE = 0.005  # relative, of a loss: parallel sums are rounded in any order


@pytest.fixture
def few(monkeypatch, few_digits):
    """All training and evaluation on 300 digits."""
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, few_digits):
    """A run of CONFIG that was not interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "load_digits", lambda split: few_digits)
        run = create_run(CONFIG, tmp_path_factory.mktemp("uninterrupted"))
        assert work(run).status == "finished"
    return run


def expect_same_as(run, uninterrupted):
    """Expect complete curves, equal to those of `uninterrupted` up to rounding."""
    assert run.state().status == "finished"
    epochs, batches = run.epochs(), run.batches()
    assert epochs["epoch"].tolist() == [1, 2, 3, 4]
    assert batches["step"].tolist() == list(range(1, 17))
    for table in (epochs, batches):
        assert (np.diff(table["elapsed_s"]) > 0).all()
    assert run.saved_epochs() == [0, 1, 2, 3, 4]
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(epochs[name], uninterrupted.epochs()[name], rtol=TOLERANCE)
    np.testing.assert_allclose(batches["loss"], uninterrupted.batches()["loss"], rtol=TOLERANCE)


KILLED = """
import os, signal, sys
from pathlib import Path
from cnn.jobs import worker
from cnn.data.mnist import Digits, load_digits
from cnn.runs.run import read_run
from cnn.runs.writing import Table

def kill(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

digits = load_digits("train")
worker.load_digits = lambda split: Digits(digits.images[:300], digits.labels[:300])
moment = sys.argv[2]
if moment == "start":  # it has the run's lock, and nothing is loaded
    worker.check_process = kill
elif moment == "epoch":
    from cnn.training.recorder import RunRecorder
    write_batch = RunRecorder.write_batch
    def kill_in_epoch_3(self, step, loss, elapsed_s):
        write_batch(self, step, loss, elapsed_s)
        if step == 10:
            self._batches.flush()
            kill()
    RunRecorder.write_batch = kill_in_epoch_3
elif moment == "weights":  # they are written, under another name
    replace = Path.replace
    Path.replace = lambda self, target: (
        kill() if target.name == "epoch_003.npz" else replace(self, target)
    )
elif moment == "table":  # a part of a line is written
    flush = Table.flush
    def kill_in_line(self):
        if str(self._file.name).endswith("epochs.csv") and self._lines and self._lines[0][0] == "3":
            self._file.write(self._lines[0][:9].encode())
            kill()
        flush(self)
    Table.flush = kill_in_line
elif moment == "end":
    from cnn.training import fit
    fit.calibrate = kill
elif moment == "state":  # all is done, but for the final state
    worker._write_final_state = kill
worker.work(read_run(Path(sys.argv[1])))
"""
# When a worker is killed, and how many epochs are complete then.
MOMENTS = {"start": 0, "epoch": 2, "weights": 2, "table": 2, "end": 4, "state": 4}


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A run for each of MOMENTS, whose worker was killed then."""
    runs = {moment: create_run(CONFIG, tmp_path_factory.mktemp(moment)) for moment in MOMENTS}
    processes = [
        subprocess.Popen([sys.executable, "-c", KILLED, str(run.path), moment], cwd=PROJECT)
        for moment, run in runs.items()
    ]
    assert [process.wait() for process in processes] == [-signal.SIGKILL] * len(MOMENTS)
    return runs


@pytest.mark.parametrize(("moment", "complete"), MOMENTS.items())
def test_a_killed_run_is_interrupted_and_resumed_with_the_same_result(
    killed, few, uninterrupted, moment, complete
):
    run = killed[moment]
    assert list_runs(run.path.parent) == ([run], [])
    state = run.state()
    assert state.status == "interrupted"
    assert run.epochs()["epoch"].tolist() == list(range(1, complete + 1))
    assert state.test_accuracy == next(iter(run.epochs()["val_accuracy"][::-1]), None)
    for epoch in run.saved_epochs():
        assert run.weights(epoch)
    if moment == "epoch":
        assert run.batches()["step"].tolist() == list(range(1, 11))
    assert can_resume(run)

    run = reopen(run)
    assert run.state() == RunState("starting")  # in spite of the last worker's lock file
    work(run)
    expect_same_as(run, uninterrupted)
    assert not list(run.path.rglob(".*"))  # of what was being written


def test_a_run_whose_worker_was_killed_before_it_took_the_lock_is_interrupted_soon(monkeypatch):
    run = create_run(CONFIG)
    assert run.state().status == "starting"
    monkeypatch.setattr(run_state.time, "time", lambda: time.time_ns() / 1e9 + STARTING_GRACE_S)
    assert run.state().status == "interrupted"
    assert can_resume(run)


def test_a_run_killed_while_an_epoch_was_written_is_resumed_with_the_same_result(
    few, uninterrupted
):
    def interrupt(epoch, figures):
        if epoch == 2:  # its figures are written, its checkpoint is not
            raise KeyboardInterrupt

    run = create_run(CONFIG)
    assert work(run, on_epoch=interrupt).status == "stopped"
    assert (last_complete_epoch(run), read_checkpoint(run).epoch) == (2, 1)
    work(reopen(run))
    expect_same_as(run, uninterrupted)


def test_a_run_without_a_checkpoint_is_resumed_from_its_weights(few):
    def interrupt(epoch, figures):
        if epoch == 3:
            raise KeyboardInterrupt

    run = create_run(CONFIG)
    work(run, on_epoch=interrupt)
    assert last_complete_epoch(run) == 3
    (run.path / "checkpoint.npz").unlink()
    state = work(reopen(run))
    assert state.status == "finished"
    assert run.epochs()["epoch"].tolist() == [1, 2, 3, 4]
    assert run.batches()["step"].tolist() == list(range(1, 17))


def test_a_finished_run_trains_for_more_epochs(few, uninterrupted):
    run = create_run(TrainingConfig(**{**CONFIG.as_dict(), "epochs": 3}))
    work(run)
    assert not can_resume(run)
    with pytest.raises(JobError, match="has completed its 3 epochs; set how many more"):
        reopen(run)
    run = reopen(run, 1)
    assert run.config == CONFIG
    work(run)
    assert read_run(run.path).config == CONFIG
    expect_same_as(run, uninterrupted)


def test_a_run_that_fails_on_a_full_disk_says_so_and_can_be_resumed(
    few, uninterrupted, monkeypatch
):
    def refuse(path, content):
        if path.name == "epoch_002.npz":
            raise OSError(28, os.strerror(28))
        replace_file(path, content)

    replace_file = writing.replace_file
    run = create_run(CONFIG)
    with monkeypatch.context() as full:
        full.setattr(writing, "replace_file", refuse)
        state = work(run)
    assert (state.status, state.message) == (
        "failed",
        "The disk is full. Free some space, then resume the run: complete epochs are kept.",
    )
    assert state == run.state()
    assert (run.saved_epochs(), run.epochs()["epoch"].tolist()) == ([0, 1], [1])
    work(reopen(run))
    expect_same_as(run, uninterrupted)


def test_a_disk_without_room_for_the_final_state_leaves_an_interrupted_run(few, request):
    run = create_run(CONFIG)
    request.getfixturevalue("full_disk")
    assert work(run).status == "failed"
    assert run.state().status == "interrupted"
    assert not list(run.path.rglob(".*.*"))  # no drafts of files


# Without training


@pytest.fixture
def locks(monkeypatch):
    """Workers that only hold their runs' locks."""
    locks = []
    monkeypatch.setattr(
        local_executor, "spawn_worker", lambda run: locks.append(take_lock(run.path / "lock"))
    )
    yield locks
    for lock in locks:
        os.close(lock)


def ended_run(status="stopped", epochs=5, complete=2):
    run = create_run(TrainingConfig(epochs=epochs))
    lines = [f"{epoch},0.5,0.9,0.4,0.95,{10 * epoch}" for epoch in range(1, complete + 1)]
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


def test_two_simultaneous_resumes_resume_a_run_once(locks):
    run = ended_run("finished", epochs=5, complete=5)
    for _ in range(2):
        resumed = resume_training(run, 5)
        assert resumed.config.epochs == 10
    assert len(locks) == 1
    with pytest.raises(JobError, match="is already training or queued"):
        reopen(run)


@pytest.mark.parametrize(
    ("epochs", "complete", "more", "expected"), [(5, 2, 0, 5), (20, 2, 5, 7), (98, 98, 5, 100)]
)
def test_more_epochs_are_counted_from_the_last_complete_one(
    locks, epochs, complete, more, expected
):
    run = ended_run(epochs=epochs, complete=complete)
    assert more_epochs_for(run, 5) == min(5, 100 - complete)
    assert resume_training(run, more).config.epochs == expected
    assert json.loads((run.path / "config.json").read_text())["created"]


@pytest.mark.parametrize("more", [5, -1])
def test_a_run_has_at_most_100_epochs(locks, more):
    run = ended_run("finished", epochs=100, complete=100)
    with pytest.raises(JobError, match=r"can have 1 to 100 epochs in all; this one has 100\."):
        resume_training(run, more)
    assert run.state().status == "finished"


@pytest.mark.parametrize("resume", [resume_training, reopen])
def test_a_shipped_run_cannot_be_resumed(resume):
    run = open_run("notebook")
    assert not can_resume(run)
    assert more_epochs_for(run, 5) == 0
    with pytest.raises(JobError, match="cannot be changed"):
        resume(run, 5)
    assert not (NOTEBOOK_PATH.parent / ".queue").exists()


def test_on_a_full_disk_nothing_is_resumed(locks, request):
    run = ended_run()
    request.getfixturevalue("full_disk")
    with pytest.raises(JobError) as raised:
        resume_training(run)
    assert str(raised.value) == (
        f"Run {run.id} cannot be resumed: the disk is full. Free some space, then try again."
    )
    assert run.state().status == "stopped"
