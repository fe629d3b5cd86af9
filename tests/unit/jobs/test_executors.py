"""The executors: the same tests for both, with Ray on a cluster of a head and two nodes."""

import os
import platform
import re
import signal
from dataclasses import replace

import numpy as np
import psutil
import pytest

from cnn.config import TrainingConfig
from cnn.disk import replace_file
from cnn.jobs.executor import EXECUTORS, current_executor
from cnn.jobs.queue import JobError, start_training, start_waiting, stop_training
from cnn.jobs.ray_executor import STATUS_FILE, RayStatus, read_status
from cnn.jobs.resuming import resume_training
from cnn.runs.machine import recorded_machine
from cnn.runs.pausing import paused_after, request_continue
from cnn.runs.run import list_runs
from tests.unit.waiting import wait_until

BATCHES, EPOCHS = 4, 3  # batches of each of the epochs
CONFIG = TrainingConfig(epochs=EPOCHS, batch_size=50, limit=50 * BATCHES)
IN_THE_SECOND_EPOCH = BATCHES + 2  # a batch


# Wrong settings, and what is missing


@pytest.mark.parametrize("name", ["Ray", "slurm"])
def test_an_executor_that_there_is_not_is_refused_and_creates_no_run(monkeypatch, name):
    monkeypatch.setenv("CNN_EXECUTOR", name)
    with pytest.raises(JobError) as raised:
        start_training(CONFIG)
    assert str(raised.value) == f"CNN_EXECUTOR is '{name}'; it must be local or ray."
    assert list_runs() == ([], [])


def test_without_the_package_the_sentence_has_the_command_that_adds_it(
    monkeypatch, only_tensorflow
):
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    with pytest.raises(JobError, match=r"^Ray is not installed here\. To add it: .* -r requ.*-ray"):
        start_training(CONFIG)
    assert list_runs() == ([], [])


def test_a_wrong_number_of_processors_is_refused(monkeypatch, all_backends):
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    monkeypatch.setenv("CNN_RAY_CPUS", "0.5")
    with pytest.raises(JobError, match=r"^CNN_RAY_CPUS is '0.5'; it must be a whole number from 1"):
        start_training(CONFIG)
    assert list_runs() == ([], [])


@pytest.mark.parametrize("content", ["", "[]", '{"slots": "2"}', '{"nodes": 3}'])
def test_a_damaged_status_is_as_none(folder, content):
    folder.mkdir()
    (folder / STATUS_FILE).write_text(content)
    assert read_status(folder) == RayStatus()


def processes_of(*words):
    """The processes, beside this one, that have all `words` in their command line."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or ())
        alive = process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid()
        if alive and all(str(word) in command for word in words):
            found.append(process)
    return found


@pytest.fixture
def no_process_left(folder):
    """After the test, no worker is left, nor the process that is connected to Ray."""
    yield
    EXECUTORS["ray"].close(folder)
    wait_until(lambda: not processes_of(folder))


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_said_as_long_as_a_run_waits(
    monkeypatch, folder, no_process_left
):
    pytest.importorskip("ray")
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    run = start_training(CONFIG)
    wait_until(lambda: read_status(folder).problem)
    for act in (start_waiting, lambda: start_training(CONFIG)):
        with pytest.raises(JobError, match=r"^The Ray cluster at 127.0.0.1:1 does not answer: "):
            act()
    assert run.state().status == "queued"
    assert list_runs()[0] == [run]
    stop_training(run)
    assert run.state().status == "stopped"


# Trainings


class Nodes:
    """A Ray cluster of a head that trains nothing and two nodes with a processor each."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        self.options = {"object_store_memory": 80 * 2**20}
        head = {"num_cpus": 0, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head | self.options)
        self.nodes = []

    def fill(self):
        """Add nodes until there are two."""
        while len(self.nodes) < 2:
            self.nodes.append(self.cluster.add_node(num_cpus=1, **self.options))

    def kill(self, node_id):
        """Kill a node with all its processes, as if the machine had been switched off."""
        [node] = [each for each in self.nodes if each.node_id == node_id]
        self.nodes.remove(node)
        self.cluster.remove_node(node, allow_graceful=False)


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        handler = signal.getsignal(signal.SIGTERM)
        nodes = Nodes()
        patch.setenv("RAY_ADDRESS", nodes.cluster.address)
        yield nodes
        nodes.cluster.shutdown()
        signal.signal(signal.SIGTERM, handler)  # each node has replaced it


@pytest.fixture
def nodes(cluster, monkeypatch):
    """The cluster as the executor, with two nodes, of which a test may kill any."""
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    cluster.fill()
    return cluster


@pytest.fixture(params=["local", "ray"])
def two_at_once(request, monkeypatch):
    """An executor that trains two runs at a time."""
    if request.param == "ray":
        request.getfixturevalue("nodes")
    monkeypatch.setenv("CNN_EXECUTOR", request.param)
    monkeypatch.setenv("CNN_MAX_PARALLEL", "2")


def start(seed):
    """Start a training that pauses in its second epoch."""
    run = start_training(replace(CONFIG, seed=seed))
    replace_file(run.path / "pause", str(IN_THE_SECOND_EPOCH).encode())
    return run


def is_paused(run):
    assert run.state().active, (run.state(), (run.path / "log.txt").read_text()[-2000:])
    return paused_after(run) == IN_THE_SECOND_EPOCH


def has_ended(run):
    start_waiting()  # as pages do
    return not run.state().active


def assert_complete(run):
    """It has finished, and in its curves there is no gap and nothing twice."""
    state = run.state()
    assert (state.status, state.message) == ("finished", "")
    assert run.epochs()["epoch"].tolist() == [1, 2, 3]
    assert run.batches()["step"].tolist() == list(range(1, EPOCHS * BATCHES + 1))
    assert np.isfinite(run.batches()["loss"]).all()
    assert run.saved_epochs() == [0, 1, 2, 3]
    assert recorded_machine(run).host == platform.node()


@pytest.mark.slow
def test_runs_wait_are_stopped_paused_and_resumed(two_at_once, no_process_left, folder):
    first, second, third = start(1), start(2), start(3)
    wait_until(lambda: is_paused(first) and is_paused(second))
    assert third.state().status == "queued"
    assert current_executor().slots(folder) == 2
    stop_training(third)
    stop_training(second)
    wait_until(lambda: has_ended(second))
    assert (second.state().status, third.state().status) == ("stopped", "stopped")
    assert second.epochs()["epoch"].tolist() == [1]
    request_continue(first)
    resume_training(second)
    wait_until(lambda: has_ended(first) and has_ended(second))
    assert_complete(first)
    assert_complete(second)
    assert third.state().status == "stopped"
    assert not (third.path / "log.txt").exists()  # no process has trained it


@pytest.mark.slow
def test_a_run_goes_on_elsewhere_if_its_machine_goes_away(nodes, folder, no_process_left):
    run = start(1)
    wait_until(lambda: is_paused(run))
    [first_node] = nodes_of(run)
    assert run.state().status == "running"

    nodes.kill(first_node)
    wait_until(lambda: len(nodes_of(run)) == 2 and is_paused(run))
    assert run.state().status == "running"
    assert nodes_of(run)[1] != first_node
    assert len(processes_of("--attached", run.path)) == 1

    # If the process that is connected to Ray is killed, the run is interrupted, as by a worker
    # that is killed, and nothing trains it any more.
    [connected] = processes_of("cnn.jobs.ray_process", folder)
    connected.kill()
    wait_until(lambda: has_ended(run))
    assert run.state().status == "interrupted"
    wait_until(lambda: not processes_of("--attached", run.path))
    resume_training(run)
    wait_until(lambda: start_waiting() or run.state().training)
    EXECUTORS["ray"]._processes[folder].stdin.close()  # as when the server ends
    wait_until(lambda: has_ended(run))
    assert_complete(run)
    assert nodes_of(run).count(first_node) == 1


@pytest.mark.slow
def test_a_stop_reaches_a_run_that_waits_for_another_machine(nodes, no_process_left):
    run = start(1)
    wait_until(lambda: is_paused(run))
    for node in list(nodes.nodes):
        nodes.kill(node.node_id)
    wait_until(lambda: not processes_of("--attached", run.path))
    assert run.state().status == "running"  # it goes on as soon as there is a machine
    stop_training(run)
    wait_until(lambda: has_ended(run))
    assert run.state().status == "stopped"
    assert run.epochs()["epoch"].tolist() == [1]
    assert len(nodes_of(run)) == 1


def nodes_of(run):
    """The ids of the Ray nodes that have trained `run`, in their order."""
    return re.findall(r"Trained on the Ray node (\w+)\.", (run.path / "log.txt").read_text())
