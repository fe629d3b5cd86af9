import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.config import TrainingConfig
from cnn.constants import PROJECT_PATH
from cnn.data.mnist import Digits
from cnn.jobs import local_executor, warm_worker
from cnn.jobs import queue as jobs
from cnn.jobs.errors import JobError
from cnn.jobs.queue import (
    active_run,
    active_runs,
    ahead_of,
    start_training,
    start_waiting,
    stop_training,
)
from cnn.ownership import read_owner
from cnn.runs.locking import is_locked, take_lock
from cnn.runs.run import RunState, list_runs
from cnn.runs.writing import write_state
from tests.unit.waiting import PATIENCE_S, wait_until

SHORT = TrainingConfig(epochs=1, batch_size=100, limit=100)
LONG = TrainingConfig(epochs=100, limit=1000)


@pytest.fixture(scope="module")
def start():
    """`start_training` that also returns the worker process, which is killed after the tests."""
    processes = []

    class Popen(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            processes.append(self)

    def start_and_keep(config, folder):
        return start_training(config, folder), processes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_worker.subprocess, "Popen", Popen)
        yield start_and_keep
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def side_by_side(start, tmp_path_factory):
    """A short and a long training in parallel: both mostly load TensorFlow."""
    return [start(config, tmp_path_factory.mktemp("runs")) for config in (SHORT, LONG)]


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_an_interrupted_run(side_by_side):
    run, process = side_by_side[1]
    wait_until(lambda: len(run.batches()["step"]))
    assert run.state().status == "running"
    assert active_run(run.path.parent) == run
    process.kill()
    process.wait()
    state = run.state()
    assert state.status == "interrupted"
    assert state.message.startswith("The training process exited unexpectedly")
    assert run.saved_epochs() == [0]
    assert active_run(run.path.parent) is None


@pytest.mark.slow
def test_a_training_finishes_in_its_worker_process(side_by_side):
    run, process = side_by_side[0]
    assert process.wait(PATIENCE_S) == 0
    state = run.state()
    assert (state.status, state.message) == ("finished", "")
    assert 0 < state.test_accuracy < 1
    assert run.saved_epochs() == [0, 1]
    assert "Traceback" not in (run.path / "log.txt").read_text()
    assert active_run(run.path.parent) is None


@pytest.mark.slow
def test_a_stop_works_while_keras_is_imported_and_the_next_run_starts(start, folder):
    run, process = start(LONG, None)
    assert run.path.parent == folder
    assert run.state().training
    next_run = start_training(SHORT)
    assert next_run.state().status == "queued"
    assert active_runs() == [run, next_run]

    wait_until(lambda: is_locked(run.path / "lock"))
    stop_training(run)
    stop_training(run)
    assert process.wait(PATIENCE_S) == 0
    state = run.state()
    assert (state.status, state.message, state.test_accuracy) == ("stopped", "", None)
    assert len(run.epochs()["epoch"]) == 0
    assert next_run.state().training  # without a call of start_waiting
    stop_training(next_run)
    wait_until(lambda: not next_run.state().active)
    assert next_run.state().status == "stopped"
    assert active_run() is None


def test_without_runs_none_is_active(folder):
    assert active_run() is None
    assert active_run(folder / "nothing") is None


# The queue, with workers that only hold the locks of their runs


class Workers(dict):
    """The locks of the live workers, by run id."""

    def spawn(self, run):
        self[run.id] = take_lock(run.path / "lock")
        os.utime(run.path / "lock")

    def kill(self, run):
        os.close(self.pop(run.id))

    def end(self, run):
        write_state(run, RunState("finished"))
        self.kill(run)


@pytest.fixture
def workers(monkeypatch):
    workers = Workers()
    monkeypatch.setattr(local_executor, "spawn_worker", workers.spawn)
    yield workers
    for lock in workers.values():
        os.close(lock)


def start_three():
    return [start_training(TrainingConfig(seed=seed)) for seed in range(3)]


def statuses(*runs):
    return [run.state().status for run in runs]


def test_runs_are_queued_in_the_order_of_submission(workers):
    runs = start_three()
    assert statuses(*runs) == ["starting", "queued", "queued"]
    assert [ahead_of(run) for run in runs] == [0, 1, 2]
    assert active_runs() == runs
    assert list(workers) == [runs[0].id]


def start_of(owner, seed):
    return start_training(TrainingConfig(seed=seed), owner=owner)


def test_one_run_of_each_visitor_starts_before_anybodys_second(workers):
    ada, ada_2, ada_3 = (start_of("ada", seed) for seed in range(3))
    bob, bob_2, cyd = start_of("bob", 4), start_of("bob", 5), start_of("cyd", 6)
    order = [ada, bob, cyd, ada_2, bob_2, ada_3]
    assert active_runs() == order
    assert ahead_of(cyd) == 2
    while order:
        workers.end(order.pop(0))
        start_waiting()
        assert active_runs() == order


def test_who_returns_after_each_run_keeps_nobody_waiting(workers):
    first, waiting = start_of("ada", 0), start_of("ada", 1)
    returning = [start_of("bob", 10)]
    workers.end(first)
    start_waiting()
    for seed in (11, 12):
        workers.end(returning[-1])
        start_waiting()
        returning.append(start_of("bob", seed))
        if waiting.state().training:
            break
    assert [run.state().status for run in returning] == ["finished", "queued"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8))
def test_any_submissions_are_dealt_out(submissions):
    """All first runs, then all second ones, each in their order."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(jobs, "start_run", lambda run, executor: False),
    ):
        runs = [
            start_training(TrainingConfig(seed=i), Path(folder), owner=owner)
            for i, owner in enumerate(submissions)
        ]
        rounds = [submissions[:i].count(owner) for i, owner in enumerate(submissions)]
        expected = [run for _, run in sorted(zip(rounds, runs, strict=True), key=lambda x: x[0])]
        assert active_runs(Path(folder)) == expected


def test_the_order_stays_if_the_clock_is_set_back(workers, monkeypatch):
    clock = iter([2e9, 1.9e9, 1.9e9, 1.8e9, 1.8e9])
    monkeypatch.setattr(jobs.time, "time", lambda: next(clock, 1.7e9))
    runs = [start_training(TrainingConfig(seed=seed)) for seed in range(4)]
    assert active_runs() == runs
    workers.end(runs[0])
    start_waiting()
    assert statuses(*runs[1:]) == ["starting", "queued", "queued"]


def test_when_a_run_ends_the_first_queued_one_starts(workers):
    first, second, third = start_three()
    start_waiting()
    assert statuses(first, second, third) == ["starting", "queued", "queued"]
    workers.end(first)
    start_waiting()
    assert statuses(first, second, third) == ["finished", "starting", "queued"]
    assert ahead_of(third) == 1


def test_after_a_worker_was_killed_start_waiting_starts_the_next_run(workers):
    first, second, third = start_three()
    workers.kill(first)
    start_waiting()
    assert statuses(first, second, third) == ["interrupted", "starting", "queued"]


def test_several_runs_train_in_parallel_if_the_environment_says_so(workers, monkeypatch):
    monkeypatch.setenv("CNN_MAX_PARALLEL", "2")
    assert statuses(*start_three()) == ["starting", "starting", "queued"]


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "²"])
def test_an_invalid_number_of_parallel_runs_is_refused_and_creates_no_run(
    workers, monkeypatch, text
):
    monkeypatch.setenv("CNN_MAX_PARALLEL", text)
    with pytest.raises(JobError, match=r"it must be a whole number from 1\."):
        start_training(SHORT)
    assert list_runs() == ([], [])


def test_a_queued_run_is_stopped_without_being_started(workers):
    first, second, third = start_three()
    stop_training(second)
    stop_training(second)
    assert statuses(first, second, third) == ["starting", "stopped", "queued"]
    assert ahead_of(third) == 1
    workers.end(first)
    start_waiting()
    assert statuses(second, third) == ["stopped", "starting"]
    assert list(workers) == [third.id]


def test_stopping_an_ended_or_deleted_run_changes_nothing(workers):
    run = start_training(SHORT)
    workers.end(run)
    stop_training(run)
    assert run.state().status == "finished"
    assert not run.stop_requested
    shutil.rmtree(run.path)
    stop_training(run)


def test_a_duplicate_submission_returns_the_same_run(workers, monkeypatch):
    run = start_training(SHORT)
    assert start_training(SHORT) == run
    assert start_training(LONG) != run
    monkeypatch.setattr(jobs, "DUPLICATE_SUBMIT_S", 0)
    assert start_training(SHORT) != run
    assert len(list_runs()[0]) == 3


def test_the_same_submission_of_another_visitor_is_another_run(workers):
    runs = [start_training(SHORT, owner=owner) for owner in ("ada", "bob", "", "ada")]
    assert [read_owner(run.path) for run in runs] == ["ada", "bob", "", "ada"]
    assert len({run.id for run in runs}) == 3


def test_a_submission_after_a_stop_is_another_run(workers):
    run = start_training(SHORT)
    stop_training(run)
    assert start_training(SHORT) != run


def test_a_submission_with_other_corrections_is_another_run(workers):
    config = TrainingConfig(base="pretrained@36")
    one, two = (
        Digits(np.full((1, 28, 28), grey, np.uint8), np.array([3], np.uint8)) for grey in (1, 2)
    )
    run = start_training(config, corrections=one)
    assert start_training(config, corrections=one) == run
    assert start_training(config, corrections=two) != run


SUBMIT = """
import sys
from cnn.jobs import local_executor
from cnn.jobs import queue as jobs
from cnn.config import TrainingConfig
local_executor.spawn_worker = lambda run: None
print("ready", flush=True)
sys.stdin.readline()
print(jobs.start_training(TrainingConfig(seed=int(sys.argv[1]))).id, flush=True)
"""


@pytest.mark.parametrize(("seeds", "count"), [((1, 1, 1), 1), ((1, 2, 3), 3)])
def test_simultaneous_submissions_of_several_processes_start_one_run(seeds, count):
    submissions = [
        subprocess.Popen(
            [sys.executable, "-c", SUBMIT, str(seed)],
            cwd=PROJECT_PATH,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in seeds
    ]
    assert [process.stdout.readline() for process in submissions] == ["ready\n"] * 3
    for process in submissions:
        process.stdin.write("\n")
        process.stdin.flush()
    ids = {process.communicate(timeout=PATIENCE_S)[0].strip() for process in submissions}
    runs = active_runs()
    assert {run.id for run in runs} == ids
    assert statuses(*runs) == ["starting"] + ["queued"] * (count - 1)


# Disk errors


def test_a_full_disk_leaves_no_run_and_gets_a_sentence(workers, folder, full_disk):
    with pytest.raises(JobError) as raised:
        start_training(SHORT)
    assert str(raised.value) == (
        f"No run can be created in {folder}: the disk is full. Free some space, then try again."
    )
    assert [each.name for each in folder.iterdir()] == [".queue"]


def test_a_run_whose_worker_cannot_start_fails_and_the_next_starts(workers, monkeypatch):
    first, second, third = start_three()

    def spawn(run):
        if run == second:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        workers.spawn(run)

    monkeypatch.setattr(local_executor, "spawn_worker", spawn)
    workers.end(first)
    start_waiting()
    assert statuses(first, second, third) == ["finished", "failed", "starting"]
    assert second.state().message == "It could not be started: Cannot allocate memory."
