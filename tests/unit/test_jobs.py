import subprocess
import time

import pytest

from cnn import jobs
from cnn.config import TrainingConfig
from cnn.jobs import JobError, active_run, start_training, stop_training
from cnn.locking import is_locked
from cnn.runs import list_runs

SHORT = TrainingConfig(epochs=1, batch_size=100, limit=100)
LONG = TrainingConfig(epochs=100, limit=1000)
PATIENCE_S = 120  # for a machine that is busy; it is not waited for in vain


@pytest.fixture(scope="module")
def start():
    """`start_training`, but gives the worker's process too, and ends it after the tests."""
    processes = []

    class Popen(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            processes.append(self)

    def start_and_keep(config, folder):
        return start_training(config, folder), processes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.subprocess, "Popen", Popen)
        yield start_and_keep
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def side_by_side(start, tmp_path_factory):
    """A short training and a long one, started at once: most of their time is TensorFlow's."""
    return [start(config, tmp_path_factory.mktemp("runs")) for config in (SHORT, LONG)]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_a_worker_that_is_killed_leaves_an_interrupted_run(side_by_side):
    run, process = side_by_side[1]
    wait_until(lambda: len(run.batches()["step"]))
    assert run.state().status == "running"
    assert active_run(run.path.parent) == run
    process.kill()
    process.wait()
    state = run.state()
    assert state.status == "interrupted"
    assert state.message.startswith("Its worker ended without a word")
    assert run.saved_epochs() == [0]
    assert active_run(run.path.parent) is None


def test_a_training_runs_to_its_end_in_a_process_of_its_own(side_by_side):
    run, process = side_by_side[0]
    assert process.wait(PATIENCE_S) == 0
    state = run.state()
    assert (state.status, state.message) == ("finished", "")
    assert 0 < state.test_accuracy < 1
    assert run.saved_epochs() == [0, 1]
    assert "Traceback" not in (run.path / "log.txt").read_text()
    assert active_run(run.path.parent) is None


def test_one_trains_at_a_time_and_a_stop_is_obeyed_even_while_keras_is_imported(start, folder):
    run, process = start(LONG, None)
    assert run.path.parent == folder
    assert run.state().active
    assert active_run() == run
    with pytest.raises(JobError) as raised:
        start_training(SHORT)
    assert str(raised.value) == (
        "Another network is being trained; wait for its end or stop it first."
    )
    assert list_runs() == ([run], [])

    wait_until(lambda: is_locked(run.path / "lock"))
    stop_training(run)
    assert process.wait(PATIENCE_S) == 0
    state = run.state()
    assert (state.status, state.message, state.test_accuracy) == ("stopped", "", None)
    assert len(run.epochs()["epoch"]) == 0
    assert active_run() is None


def test_without_runs_none_is_active(folder):
    assert active_run() is None
    assert active_run(folder / "nothing") is None
