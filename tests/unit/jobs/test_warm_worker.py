import subprocess
import sys
from typing import ClassVar

import pytest

from cnn.config import TrainingConfig
from cnn.jobs import local_executor, warm_worker
from cnn.jobs.queue import start_training
from cnn.jobs.warm_worker import assign_to_warm_worker, ensure_warm_worker, warm_worker_is_ready
from cnn.runs.run import RunState
from cnn.runs.writing import create_run
from tests.unit.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow

SHORT = TrainingConfig(epochs=1, batch_size=100, limit=100)


class Popen(subprocess.Popen):
    """Records each process that is started."""

    started: ClassVar[list["Popen"]] = []

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.started.append(self)


@pytest.fixture
def started(monkeypatch):
    """The warm workers in the order of their start; none at first."""
    monkeypatch.setattr(warm_worker, "_warm_worker", None)
    monkeypatch.setattr(warm_worker, "_failures", 0)
    monkeypatch.setattr(Popen, "started", [])
    monkeypatch.setattr(warm_worker.subprocess, "Popen", Popen)
    yield Popen.started
    for process in Popen.started:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def process():
    """The warm worker, shared by the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CNN_WARM_WORKER", raising=False)
        patch.setattr(warm_worker, "_warm_worker", None)
        patch.setattr(warm_worker.subprocess, "Popen", Popen)
        ensure_warm_worker()
        [process] = Popen.started
        yield process
        process.kill()
        process.wait()


@pytest.fixture
def spawned(monkeypatch):
    """The runs for which a process would have been started; none is."""
    runs = []
    monkeypatch.setattr(local_executor, "spawn_worker", runs.append)
    return runs


def test_without_a_warm_worker_no_run_is_assigned(started, folder):
    assert not warm_worker_is_ready()
    assert not assign_to_warm_worker(create_run(SHORT))


def test_the_environment_turns_the_warm_worker_off(started, monkeypatch):
    monkeypatch.setenv("CNN_WARM_WORKER", "0")
    ensure_warm_worker()
    assert started == []


def test_a_run_assigned_while_it_loads_is_trained_afterwards(process, spawned):
    ensure_warm_worker()
    assert Popen.started == [process]  # one is enough
    runs = [start_training(TrainingConfig(**{**SHORT.as_dict(), "seed": i})) for i in range(3)]
    assert [run.state().status for run in runs] == ["starting", "queued", "queued"]
    refused = create_run(SHORT, state=RunState("stopped"))
    wait_until(lambda: runs[0].state().status != "starting")  # loaded, but not idle
    assert not assign_to_warm_worker(refused)
    assert any(run.state().active for run in runs)
    wait_until(lambda: not any(run.state().active for run in runs))
    for run in runs:  # the assigned one, and the queued ones
        assert (run.state().status, run.state().message) == ("finished", "")
        assert (run.path / "log.txt").exists()
    assert spawned == []
    assert len(refused.batches()["step"]) == 0
    wait_until(warm_worker_is_ready)


def test_earlier_trainings_of_the_process_do_not_change_the_result(process, spawned):
    runs = []
    for _ in range(2):
        wait_until(warm_worker_is_ready)
        runs.append(start_training(SHORT))
        wait_until(lambda: not runs[-1].state().active)
    one, other = (run.batches()["loss"] for run in runs)
    assert one.tolist() == pytest.approx(other.tolist(), rel=1e-4)
    assert runs[0].id != runs[1].id
    assert spawned == []


def test_a_run_on_one_thread_is_not_assigned(process, spawned):
    wait_until(warm_worker_is_ready)
    run = start_training(TrainingConfig(**{**SHORT.as_dict(), "one_thread": True}))
    assert spawned == [run]
    assert warm_worker_is_ready()


def test_a_process_that_exits_while_it_loads_is_restarted_a_few_times(started, monkeypatch):
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    monkeypatch.setattr(warm_worker, "start_process", lambda **streams: Popen(command, **streams))
    for _ in range(warm_worker.MOST_FAILURES + 3):
        ensure_warm_worker()
        started[-1].wait()
    assert len(started) == warm_worker.MOST_FAILURES


def test_a_killed_process_is_replaced(started, spawned):
    ensure_warm_worker()
    [first] = started
    first.kill()
    first.wait()
    run = start_training(SHORT)
    assert spawned == [run]
    ensure_warm_worker()
    [_, second] = started
    second.stdin.close()  # as when the server ends
    assert second.wait(PATIENCE_S) == 0
