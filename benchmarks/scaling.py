"""Short trainings in a queue: one or two local workers, and Ray; what a run costs beside training.

    python -m benchmarks.scaling [--runs 12] [--limit 1000] [--epochs 2] [--modes local1,local2,ray]

Each mode trains the same runs, queued at once. `ray` starts a cluster on this machine, with a
processor a run (CNN_RAY_CPUS). Prints a JSON line for each mode:

    wall_s      from the first `start_training` until the last run has ended
    training_s  mean from a run's first step to the end of its last epoch
    overhead_s  of a run: wall_s * slots / runs - training_s; processes, imports, evaluation, queue
    memory_mb   the largest memory (RSS) of a process that trains
    connect_s   from the start of Ray's process until the size of the cluster is known

and one for what a page reads at each rerun: `list_runs` of 10, 100 and 1,000 ended runs, in ms.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from cnn.config import TrainingConfig
from cnn.jobs.executor import current_executor
from cnn.jobs.queue import active_runs, start_training, start_waiting
from cnn.jobs.ray_executor import RayExecutor, read_status
from cnn.runs.run import NOTEBOOK_PATH, list_runs

MODES = {  # what each sets
    "local1": {"CNN_EXECUTOR": "local", "CNN_MAX_PARALLEL": "1"},
    "local2": {"CNN_EXECUTOR": "local", "CNN_MAX_PARALLEL": "2"},
    "ray": {"CNN_EXECUTOR": "ray", "CNN_RAY_CPUS": "1"},
}
POLL_S = 0.2
PATIENCE_S = 3600


def measure(options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Train all runs in `folder` with the current executor; return the figures."""
    figures, executor = {}, current_executor()
    began_s = time.monotonic()
    if isinstance(executor, RayExecutor):
        folder.mkdir()
        executor.prepare(folder)
        wait(lambda: read_status(folder).slots)
        figures["connect_s"] = time.monotonic() - began_s
    config = {"epochs": options.epochs, "limit": options.limit}
    began_s, memory_mb = time.monotonic(), 0.0
    for seed in range(options.runs):
        start_training(TrainingConfig(seed=seed, **config), folder)
    while active_runs(folder):
        start_waiting(folder)
        memory_mb = max(memory_mb, *worker_memory_mb(folder), 0.0)
        time.sleep(POLL_S)
    wall_s, slots = time.monotonic() - began_s, executor.slots(folder)
    states = [run.state() for run in list_runs(folder)[0]]
    if isinstance(executor, RayExecutor):
        executor.close(folder)
    if any(state.status != "finished" for state in states):
        raise RuntimeError(f"Not all runs have finished: {states}")
    training_s = sum(state.elapsed_s for state in states) / len(states)
    overhead_s = wall_s * slots / options.runs - training_s
    return figures | {
        "slots": slots,
        "wall_s": wall_s,
        "training_s": training_s,
        "overhead_s": overhead_s,
        "memory_mb": memory_mb,
    }


def worker_memory_mb(folder: Path) -> list[float]:
    """Return the memory of each worker process of the runs in `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        command = " ".join(process.info["cmdline"] or ())
        if "cnn.jobs.worker_process" in command and str(folder) in command:
            found.append(process.info["memory_info"].rss / 1e6)
    return found


def wait(condition: Callable[[], object]) -> None:
    """Return once `condition()` is true. Raises TimeoutError after PATIENCE_S."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError
        time.sleep(POLL_S)


def listing_ms(folder: Path, count: int) -> float:
    """Return how long `list_runs` takes with `count` ended runs, median of 5, in ms."""
    for number in range(count):
        path = folder / f"run-{number}"
        path.mkdir(parents=True)
        for name in ("config.json", "state.json", "epochs.csv"):
            shutil.copy(NOTEBOOK_PATH / name, path)
    times = []
    for _ in range(5):
        began_s = time.perf_counter()
        runs, problems = list_runs(folder)
        times.append(1000 * (time.perf_counter() - began_s))
        if len(runs) != count or problems:
            raise RuntimeError(f"{len(runs)} of {count} runs are listed. {problems}")
    return sorted(times)[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--modes", default=",".join(MODES))
    options = parser.parse_args()
    os.environ.pop("RAY_ADDRESS", None)
    with tempfile.TemporaryDirectory() as name:
        for mode in filter(None, options.modes.split(",")):
            os.environ.update(MODES[mode])
            load = os.getloadavg()[0]
            figures = measure(options, Path(name).resolve() / mode)
            figures = {key: round(value, 1) for key, value in figures.items()}
            print(json.dumps({"mode": mode, "load": round(load, 1)} | figures), flush=True)
        listed = {n: round(listing_ms(Path(name) / f"list{n}", n), 1) for n in (10, 100, 1000)}
        print(json.dumps({"list_runs_ms": listed}))


if __name__ == "__main__":
    main()
