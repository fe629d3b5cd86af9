import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.constants import PROJECT_PATH
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.jobs import local_executor, worker, worker_process
from cnn.jobs.worker import StopSignal, work
from cnn.models.network import build_network
from cnn.runs.locking import is_locked, take_lock
from cnn.runs.run import RunState
from cnn.runs.writing import create_run
from cnn.training import fit as training
from tests.unit.waiting import wait_until

pytestmark = pytest.mark.slow

CONFIG = TrainingConfig(epochs=50, batch_size=50, limit=200)


@pytest.fixture
def few(monkeypatch, few_digits):
    """All training and evaluation on 300 digits."""
    monkeypatch.setattr(worker, "load_digits", lambda split: few_digits)


def expect_complete_epochs(run, state):
    epochs = run.epochs()
    count = len(epochs["epoch"])
    assert run.saved_epochs() == list(range(count + 1))
    assert state == run.state()
    assert state.test_accuracy == epochs["val_accuracy"][-1]
    assert state.test_loss == epochs["val_loss"][-1]
    assert len(run.batches()["step"]) >= 4 * count
    assert not is_locked(run.path / "lock")
    return count


def test_a_finished_run_has_all_its_figures(trained):
    run = trained.run
    state = run.state()
    assert (state.status, state.message) == ("finished", "")
    assert expect_complete_epochs(run, state) == 2
    batches = run.batches()
    assert batches["step"].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert np.isfinite(batches["loss"]).all()
    assert (np.diff(batches["elapsed_s"]) >= 0).all()
    assert state.elapsed_s == run.epochs()["elapsed_s"][-1] >= batches["elapsed_s"][-1]
    assert sum(array.size for array in run.weights(0)) == 93_322


HELD_OUT = TrainingConfig(preset="fast", epochs=1, batch_size=50, limit=200, validation="held_out")


@pytest.fixture
def validated_on_held_out(monkeypatch, few_digits):
    """A run that was validated on digits held out, and its network's accuracy on the test digits.

    It has 300 training digits, all of which are validation digits too, and 50 test digits.
    """
    test = Digits(*(array[:50] for array in load_digits("test")))
    monkeypatch.setattr(
        worker, "load_digits", lambda split: few_digits if split == "train" else test
    )
    run = create_run(HELD_OUT)
    work(run)
    network = build_network(HELD_OUT)
    network.set_weights(run.weights(1))
    predictions = network.predict_on_batch(scaled(test.images)).argmax(axis=1)
    return run, (predictions == test.labels).mean()


def test_a_run_is_evaluated_on_the_test_digits_once_at_its_end(validated_on_held_out):
    run, accuracy = validated_on_held_out
    assert run.state().status == "finished"
    assert run.state().test_accuracy == run.test_accuracy(1) == pytest.approx(accuracy)
    assert run.epochs()["val_accuracy"][0] != pytest.approx(accuracy)
    assert run.test_accuracy(0) is None


@pytest.mark.parametrize("content", ["", "[]", '{"epoch": 1}', '{"epoch": 1, "loss": "x"}'])
def test_damaged_test_figures_or_those_of_another_epoch_are_ignored(validated_on_held_out, content):
    run, _ = validated_on_held_out
    path = run.path / "test.json"
    for text in (content, path.read_text().replace('"epoch": 1', '"epoch": 2')):
        path.write_text(text)
        assert run.test_accuracy(1) is None
        assert set(run.last_figures()) == {"elapsed_s"}


def test_a_stop_keeps_complete_epochs(few):
    run = create_run(CONFIG)
    state = work(run, on_epoch=lambda epoch, figures: run.request_stop())
    assert (state.status, state.message) == ("stopped", "")
    assert 1 <= expect_complete_epochs(run, state) < 50


def test_ctrl_c_keeps_complete_epochs(few):
    def interrupt(epoch, figures):
        if epoch == 2:
            raise KeyboardInterrupt

    run = create_run(CONFIG)
    state = work(run, on_epoch=interrupt)
    assert (state.status, state.message) == ("stopped", "")
    assert expect_complete_epochs(run, state) == 2


def test_a_run_without_the_data_set_fails_with_a_sentence(monkeypatch, tmp_path, capsys):
    missing = tmp_path / "mnist.npz"
    monkeypatch.setattr(worker, "load_digits", lambda split: load_digits(split, missing))
    run = create_run(CONFIG)
    state = work(run)
    assert state.status == "failed"
    assert state.message.startswith(f"The data set is missing: {missing} does not exist.")
    assert state == run.state()
    assert capsys.readouterr().err == ""
    assert not is_locked(run.path / "lock")


def test_a_loss_that_is_nan_fails_with_a_sentence(monkeypatch, capsys):
    def build_diverged(config):
        network = build_network(config)
        # In the last layer, as ReLU turns NaN into 0 on some processors.
        network.layers[-1].bias.assign(np.full(10, np.nan))
        return network

    monkeypatch.setattr(training, "build_network", build_diverged)
    run = create_run(CONFIG)
    state = work(run)
    assert state.status == "failed"
    assert state.message.startswith("The loss became NaN or infinite at step 1 ")
    assert state == run.state()
    assert run.saved_epochs() == [0]
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def broken(monkeypatch):
    """A run that failed because of a bug, and its final state."""

    def load(split):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(worker, "load_digits", load)
    run = create_run(CONFIG)
    return run, work(run)


def test_an_unexpected_error_fails_with_its_message(broken, capsys):
    run, state = broken
    assert state.status == "failed"
    assert state.message.startswith("ZeroDivisionError: division by zero")
    assert state == run.state()
    assert not is_locked(run.path / "lock")


def test_a_failure_names_the_log_only_if_it_exists(broken):
    run, state = broken
    assert "log.txt" not in state.message or (run.path / "log.txt").exists()


def test_a_run_that_another_process_trains_is_refused(monkeypatch):
    monkeypatch.setattr(worker, "LOCK_TIMEOUT_S", 0.1)
    run = create_run(CONFIG)
    lock = take_lock(run.path / "lock")
    with pytest.raises(RuntimeError, match="Another process is already training"):
        work(run)
    assert run.state() == RunState("starting")
    os.close(lock)


def test_a_run_deleted_during_its_training_stops_and_stays_deleted(few, folder):
    # Enough batches for the deletion to be noticed before the next epoch is written.
    run = create_run(TrainingConfig(epochs=50, batch_size=3, limit=300))
    state = work(run, on_epoch=lambda epoch, figures: shutil.rmtree(run.path))
    assert state.status == "stopped"
    assert list(folder.iterdir()) == []


def test_the_stop_signal_turns_true_after_a_stop_request():
    run = create_run(CONFIG)
    stop_signal = StopSignal(run)
    assert not stop_signal()
    run.request_stop()
    wait_until(stop_signal)
    stop_signal.close()


@pytest.fixture
def process(monkeypatch):
    """The worker_process module, without redirection of this process's output."""
    monkeypatch.setattr(worker_process, "_redirect_output", lambda run: None)
    return worker_process


def test_after_a_failure_the_queued_runs_train_in_the_same_process(broken, process, monkeypatch):
    started = []
    monkeypatch.setattr(local_executor, "spawn_worker", started.append)
    waiting = [create_run(CONFIG, state=RunState("queued", queued_s=1.0 + i)) for i in range(2)]
    process.train_all(create_run(CONFIG))
    assert [run.state().status for run in waiting] == ["failed", "failed"]
    assert started == []


def test_a_run_on_one_thread_gets_a_new_process(broken, process, monkeypatch):
    started = []
    monkeypatch.setattr(local_executor, "spawn_worker", started.append)
    alone = replace(CONFIG, one_thread=True)
    waiting = create_run(alone, state=RunState("queued", queued_s=1.0))
    process.train_all(create_run(CONFIG))
    assert started == [waiting]
    assert waiting.state().status == "starting"


def test_a_run_can_be_stopped_while_it_loads(few, wait_for_stop):
    run = create_run(CONFIG)

    def wait():
        run.request_stop()
        wait_for_stop()

    state = work(run, wait_for=wait)
    assert state.status == "stopped"
    assert len(run.batches()["step"]) <= 1


def test_a_run_with_damaged_figures_fails_with_a_sentence():
    run = create_run(CONFIG)
    (run.path / "epochs.csv").write_text("epoch,loss\n1,x\n")
    state = work(run)
    assert (state.status, state.message) == ("failed", f"Run {run.id}: epochs.csv is damaged.")
    assert state == run.state()


def test_a_worker_lets_pages_go_first():
    code = (
        "import os; from cnn.jobs.worker_process import give_way; give_way();"
        "print(os.getpriority(os.PRIO_PROCESS, 0))"
    )
    output = subprocess.check_output(
        [sys.executable, "-c", code],
        cwd=PROJECT_PATH,
        text=True,
        start_new_session=True,
        env={**os.environ, "CNN_NICENESS": "7"},
    )
    assert int(output) == 7


@pytest.mark.parametrize(
    ("given", "expected"), [("", 10), ("0", 0), ("19", 19), ("99", 19), ("x", 10), ("²", 10)]
)
def test_the_niceness_is_the_environments(monkeypatch, given, expected):
    monkeypatch.setenv("CNN_NICENESS", given)
    assert worker_process.niceness() == expected
