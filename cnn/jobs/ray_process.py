"""The process between a queue and Ray, `python -m cnn.jobs.ray_process FOLDER`.

It gives Ray as many of the queued runs in FOLDER as fit on the cluster, in the queue's order, so
that a run that is queued later can still be before others. Where a run is trained, and where again
if a machine goes away, is left to Ray. This process holds the locks of the runs that Ray has: as
long as it lives they count as training, whatever machine they are on, and shared storage needs no
locks between machines. If it is killed, Ray ends its tasks, and the runs are interrupted.

It exits once nothing is trained or waits and its standard input is closed, as the server has ended.
"""

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnn.jobs.errors import JobError
from cnn.jobs.lr_sweep import sweeps_path
from cnn.jobs.queue import active_runs, queue_lock, start_next, start_run
from cnn.jobs.ray_executor import (
    LOCK_FILE,
    RETRY_S,
    STATUS_FILE,
    RayStatus,
    cpus_per_run,
    read_status,
    write_status,
)
from cnn.runs.files import modified_s
from cnn.runs.locking import take_lock
from cnn.runs.run import Run, RunError
from cnn.runs.state import RunState, read_state
from cnn.runs.writing import write_state

POLL_S = 0.5  # how often tasks, stops, the cluster's size and the time of LOCK_FILE are looked at
LOOK_S = 5  # how often the queue is, if none of them has changed: it reads each run in the folder
STOP_S = 5  # a stop that no worker has followed by then, as none has started, is Ray's to make
REACH_S = 5  # for a cluster to answer
STORE_BYTES = 100 * 2**20  # for Ray's objects, on a cluster that is started here; nearly unused
PASSED_ON = ("CNN_RUNS", "CNN_DATASETS")  # variables that a worker reads


@dataclass
class Task:
    """A run that Ray has: the descriptor of its lock, and since when it is to stop."""

    run: Run
    lock: int
    stop_s: float | None = None


class RayQueue:
    """The runs in a folder that Ray has; an executor for `start_next`, within this process."""

    def __init__(self, folder: Path, ray: Any) -> None:
        """`ray`: the package, connected to a cluster."""
        self.folder, self.ray, self.cpus = folder, ray, cpus_per_run()
        self.tasks: dict[Any, Task] = {}  # by Ray's reference of its result
        self._waiting, self._seen, self._seen_s = True, (), 0.0

        def train(folder: str, cpus: int, variables: dict[str, str]) -> int:
            import ray

            from cnn.jobs.ray_task import train

            return train(folder, cpus, variables, ray.get_runtime_context().get_node_id())

        # Tried again by Ray if its machine goes away, RAY_TASK_MAX_RETRIES times (3 by default).
        self._train = ray.remote(train)

    def status(self) -> RayStatus:
        """Return how many runs fit on the cluster; if none does, that is a problem."""
        slots = self.slots(self.folder)
        needed = f"the processors that CNN_RAY_CPUS gives a run: {self.cpus}"
        return RayStatus(slots, "" if slots else f"No machine of the Ray cluster has {needed}.")

    def slots(self, folder: Path) -> int:
        """Return how many runs fit on the machines of the cluster."""
        nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        return sum(int(resources.get("CPU", 0) // self.cpus) for resources in nodes)

    def start(self, run: Run) -> None:
        """Give `run` to Ray; it stays queued while its last process still ends. Raises OSError."""
        lock = take_lock(run.path / "lock")
        if lock is None:
            return
        try:
            write_state(run, RunState("starting"))
            os.utime(run.path / "lock")  # see `has_process`
            variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
            task = self._train.options(num_cpus=self.cpus, name=f"train {run.id}")
            self.tasks[task.remote(str(run.path), self.cpus, variables)] = Task(run, lock)
        except BaseException:
            os.close(lock)
            raise

    def step(self) -> bool:
        """Do what is to do, within about POLL_S; returns whether anything is trained or waits."""
        seen = (modified_s(self.folder / LOCK_FILE), self.slots(self.folder))
        if (*seen, len(self.tasks)) != self._seen or time.monotonic() - self._seen_s > LOOK_S:
            self._take_queued()
            self._waiting = bool(self.tasks or active_runs(self.folder))
            self._seen, self._seen_s = (*seen, len(self.tasks)), time.monotonic()
        if not self.tasks:
            time.sleep(POLL_S)
            return self._waiting
        ended, _ = self.ray.wait(list(self.tasks), num_returns=1, timeout=POLL_S)
        for reference in ended:
            self._end(reference)
        for reference, task in self.tasks.items():
            if task.run.stop_requested:
                task.stop_s = task.stop_s or time.monotonic()
                if time.monotonic() - task.stop_s > STOP_S:
                    self.ray.cancel(reference, force=True)
        return True

    def _take_queued(self) -> None:
        # A lock may be held for longer than usual: then it is tried again.
        with suppress(JobError), queue_lock(self.folder, "No run can be started"):
            start_next(self.folder, executor=self)
        sweeps = sweeps_path(self.folder)  # short, and not in the queue
        if active_runs(sweeps):
            with suppress(JobError, RunError), queue_lock(sweeps, "No run can be started"):
                for sweep in active_runs(sweeps):
                    if sweep.state().status == "queued":
                        start_run(sweep, self)

    def _end(self, reference: Any) -> None:
        """Release the run of a task that has ended; say why, if its worker has not."""
        task, message = self.tasks.pop(reference), ""
        try:
            self.ray.get(reference)
        except Exception as error:  # Ray has many, and passes on those of the task
            message = f"Ray could not have it trained: {_last_line(error)}"
        with suppress(RunError, OSError):  # it was deleted; on a full disk, it is interrupted
            if read_state(task.run.path).training and (message or task.run.stop_requested):
                status = "stopped" if task.run.stop_requested else "interrupted"
                message = "" if status == "stopped" else message
                write_state(task.run, RunState(status, message, **task.run.last_figures()))
        os.close(task.lock)


def main(folder: Path) -> None:
    """Serve the queue in `folder`; returns at once if another process does."""
    lock = take_lock(folder / LOCK_FILE)
    if lock is None:
        return
    server_gone = threading.Event()
    threading.Thread(target=_wait_for_end_of_input, args=(server_gone,), daemon=True).start()
    try:
        queue = RayQueue(folder, _connect())
        while queue.step() or not server_gone.is_set():
            _report(folder, queue.status())
    except Exception as error:
        reason = str(error) if isinstance(error, JobError) else f"Ray: {_last_line(error)}"
        _report(folder, RayStatus(problem=reason))
        raise


def _report(folder: Path, status: RayStatus) -> None:
    """Write `status` if it has changed, and a problem again and again, as long as there is one."""
    age_s = time.time() - modified_s(folder / STATUS_FILE)
    if status != read_status(folder) or (status.problem and abs(age_s) > RETRY_S):
        with suppress(OSError):  # on a full disk; the runs that are trained go on
            write_status(folder, status)


def _connect() -> Any:
    """Connect to the cluster, or start one here; returns the package Ray.

    Raises JobError if the cluster does not answer; Ray itself would try for minutes.
    """
    # Nothing of a cluster that is started here is sent anywhere.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "").strip()
    if address and address != "auto":
        _check_reachable(address)
    import ray

    here = {} if address else {"include_dashboard": False, "object_store_memory": STORE_BYTES}
    ray.init(address=address or "local", log_to_driver=False, **here)
    return ray


def _check_reachable(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()) or "//" in host:
        raise JobError(f"RAY_ADDRESS is {address[:100]!r}; it must be host:port, or auto.")
    try:
        socket.create_connection((host, int(port)), REACH_S).close()
    except (OSError, OverflowError) as error:
        raise JobError(f"The Ray cluster at {address[:100]} does not answer: {error}.") from None


def _last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1][:300]


def _wait_for_end_of_input(ended: threading.Event) -> None:
    while os.read(0, 1):
        pass
    ended.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
