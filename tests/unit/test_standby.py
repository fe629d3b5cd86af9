import os
import sys
import time

import pytest

from cnn import jobs, standby
from cnn.config import TrainingConfig
from cnn.jobs import start_training
from cnn.run_writing import create_run
from cnn.runs import RunState
from cnn.standby import give_to_standby, keep_standby, standby_is_ready

SHORT = TrainingConfig(epochs=1, batch_size=100, limit=100)
PATIENCE_S = 120  # for a machine that is busy; it is not waited for in vain


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def no_standby(monkeypatch):
    monkeypatch.setattr(standby, "_standby", None)


@pytest.fixture(scope="module")
def process():
    """The worker process that waits, for all tests of this file."""
    os.environ.pop("CNN_WARM_WORKER", None)
    keep_standby()
    kept = standby._standby
    yield kept
    kept.process.kill()
    kept.process.wait()
    standby._standby = None


@pytest.fixture
def spawned(monkeypatch):
    """The runs for which a process was started, which is none here."""
    runs = []
    monkeypatch.setattr(jobs, "_spawn_worker", runs.append)
    return runs


def test_without_a_standby_a_run_is_not_taken(no_standby, folder):
    assert not standby_is_ready()
    assert not give_to_standby(create_run(SHORT))


def test_it_is_done_without_where_the_environment_says_so(no_standby, monkeypatch):
    monkeypatch.setenv("CNN_WARM_WORKER", "0")
    keep_standby()
    assert standby._standby is None


def test_what_it_is_given_before_it_is_ready_it_trains_when_it_is(process, spawned):
    keep_standby()
    assert standby._standby is process  # one is enough
    runs = [start_training(TrainingConfig(**{**SHORT.as_dict(), "seed": i})) for i in range(3)]
    assert [run.state().status for run in runs] == ["starting", "queued", "queued"]
    wait_until(lambda: process.loaded)  # which does not make it idle
    refused = create_run(SHORT, state=RunState("stopped"))
    assert any(run.state().active for run in runs)
    assert not give_to_standby(refused)
    wait_until(lambda: not any(run.state().active for run in runs))
    for run in runs:  # the one that it was given, and those that waited
        assert (run.state().status, run.state().message) == ("finished", "")
        assert (run.path / "log.txt").exists()
    assert spawned == []
    assert len(refused.batches()["step"]) == 0
    wait_until(standby_is_ready)


def test_the_same_run_comes_out_of_a_process_that_has_trained_others(process, spawned):
    runs = []
    for _ in range(2):
        wait_until(standby_is_ready)
        runs.append(start_training(SHORT))
        wait_until(lambda: not runs[-1].state().active)
    one, other = (run.batches()["loss"] for run in runs)
    assert one.tolist() == pytest.approx(other.tolist(), rel=1e-4)
    assert runs[0].id != runs[1].id
    assert spawned == []


def test_one_thread_needs_another_process(process, spawned):
    wait_until(standby_is_ready)
    run = start_training(TrainingConfig(**{**SHORT.as_dict(), "one_thread": True}))
    assert spawned == [run]
    assert standby_is_ready()


def test_one_that_ends_while_it_loads_is_tried_again_but_not_for_ever(no_standby, monkeypatch):
    started = []
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(standby, "worker_command", lambda: started.append(1) or command)
    monkeypatch.setattr(standby, "_failures", 0)
    for _ in range(standby.MOST_FAILURES + 3):
        keep_standby()
        standby._standby.process.wait()
    assert len(started) == standby.MOST_FAILURES


def test_one_that_was_killed_is_noticed_and_replaced(no_standby, spawned):
    keep_standby()
    first = standby._standby
    first.process.kill()
    first.process.wait()
    run = start_training(SHORT)
    assert spawned == [run]
    keep_standby()
    second = standby._standby
    assert second is not first
    second.process.stdin.close()  # as when the server ends
    assert second.process.wait(PATIENCE_S) == 0
