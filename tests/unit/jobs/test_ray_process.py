"""The queue's side of Ray, with a cluster that only notes what it is given."""

import pytest

from cnn.config import TrainingConfig
from cnn.jobs import ray_process
from cnn.jobs.lr_sweep import start_sweep
from cnn.jobs.queue import start_training, stop_training
from cnn.jobs.ray_executor import RayExecutor
from cnn.jobs.ray_process import RayQueue
from cnn.runs.locking import is_locked
from cnn.runs.run import RunState
from cnn.runs.writing import write_state


class Ray:
    """A cluster whose tasks, by the paths of their runs, end with what a test says."""

    def __init__(self, *processors):
        self.processors, self.given, self.results = processors, [], {}
        self.cancelled = []

    def nodes(self):
        return [{"Alive": True, "Resources": {"CPU": float(n)}} for n in self.processors]

    def remote(self, function):
        return self

    def options(self, num_cpus, name):
        self.num_cpus = num_cpus
        return Task(self)

    def wait(self, references, num_returns, timeout):
        ended = [each for each in references if each in self.results]
        return ended[:num_returns], [each for each in references if each not in ended]

    def get(self, reference):
        if isinstance(self.results[reference], Exception):
            raise self.results[reference]
        return self.results[reference]

    def cancel(self, reference, force):
        self.cancelled.append(reference)


class Task:
    def __init__(self, ray):
        self.ray = ray

    def remote(self, path, cpus, variables):
        self.ray.given.append(path)
        return path


@pytest.fixture
def started(monkeypatch, all_backends):
    """Ray as the executor; no process is started."""
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    monkeypatch.setattr(RayExecutor, "prepare", lambda self, folder: None)
    monkeypatch.setattr(ray_process, "POLL_S", 0)


def runs_of(count):
    return [start_training(TrainingConfig(seed=seed)) for seed in range(count)]


def statuses(runs):
    return [run.state().status for run in runs]


@pytest.mark.usefixtures("started")
def test_ray_gets_as_many_runs_as_fit_in_the_queues_order(folder, monkeypatch):
    monkeypatch.setenv("CNN_RAY_CPUS", "2")
    runs, ray = runs_of(4), Ray(5, 1)  # two runs and one processor over, which no run fits on
    assert statuses(runs) == ["queued"] * 4
    queue = RayQueue(folder, ray)
    queue.step()
    queue.step()
    assert ray.given == [str(run.path) for run in runs[:2]]
    assert ray.num_cpus == 2
    assert statuses(runs) == ["starting", "starting", "queued", "queued"]
    assert is_locked(runs[0].path / "lock")

    write_state(runs[0], RunState("finished"))
    ray.results[str(runs[0].path)] = 0
    queue.step()
    queue.step()
    assert statuses(runs) == ["finished", "starting", "starting", "queued"]
    assert not is_locked(runs[0].path / "lock")


@pytest.mark.usefixtures("started")
def test_a_range_test_does_not_wait_for_the_runs_before_it(folder):
    [run], ray = runs_of(1), Ray(1)
    queue = RayQueue(folder, ray)
    queue.step()
    sweep = start_sweep(TrainingConfig())
    assert sweep.state().status == "queued"
    queue.step()
    assert ray.given == [str(run.path), str(sweep.path)]
    assert sweep.state().status == "starting"


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (
            OSError("a\nno such file"),
            ("interrupted", "Ray could not have it trained: no such file"),
        ),
        (-9, ("interrupted", "The training process exited unexpectedly")),
    ],
)
def test_a_task_that_fails_interrupts_its_run(folder, result, expected):
    [run], ray = runs_of(1), Ray(1)
    queue = RayQueue(folder, ray)
    queue.step()
    ray.results[str(run.path)] = result
    queue.step()
    state = run.state()
    assert state.status == expected[0]
    assert state.message.startswith(expected[1])


@pytest.mark.usefixtures("started")
def test_a_stop_that_no_worker_follows_cancels_the_task(folder, monkeypatch):
    [run], ray = runs_of(1), Ray(1)
    queue = RayQueue(folder, ray)
    queue.step()
    stop_training(run)
    queue.step()
    assert ray.cancelled == []
    monkeypatch.setattr(ray_process, "STOP_S", 0)
    queue.step()
    assert ray.cancelled == [str(run.path)]
    ray.results[str(run.path)] = RuntimeError("cancelled")
    queue.step()
    assert (run.state().status, run.state().message) == ("stopped", "")


def test_a_cluster_without_a_large_enough_machine_is_a_problem(folder, monkeypatch):
    monkeypatch.setenv("CNN_RAY_CPUS", "4")
    status = RayQueue(folder, Ray(3, 3)).status()
    assert status.slots == 0
    assert status.problem.endswith("the processors that CNN_RAY_CPUS gives a run: 4.")
    assert RayQueue(folder, Ray(3, 4)).status().problem == ""
