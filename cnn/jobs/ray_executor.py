"""Trains runs on a Ray cluster: the part of it within the app's server, which never imports Ray.

A process of its own, `cnn.jobs.ray_process`, is connected to the cluster: connecting takes seconds,
and Ray ends a process whose cluster goes away. There is one for each folder of runs, whose file
`.ray` it holds locked. It takes the runs from the queue itself, and writes into `.ray.json` how
many fit on the cluster, or what is wrong. Like a worker, it outlives the server as long as runs are
trained or wait.

CNN_RAY_CPUS in the environment is the number of processors and threads a run, by default 1;
RAY_ADDRESS, Ray's own variable, names the cluster. Without one, Ray uses that of this machine, or
starts it, and ends it with the process.
"""

import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cnn.constants import PROJECT_PATH
from cnn.disk import write_json
from cnn.jobs.errors import JobError
from cnn.limits import Limit
from cnn.optional_packages import missing_text
from cnn.runs.files import RunError, modified_s, read_json
from cnn.runs.locking import is_locked
from cnn.runs.run import Run
from cnn.runs.state import RunState
from cnn.runs.writing import write_state

CPUS = Limit("CNN_RAY_CPUS", 1)
LOCK_FILE, STATUS_FILE, LOG_FILE = ".ray", ".ray.json", ".ray.log"
RETRY_S = 10  # after a cluster could not be reached
CLOSE_S = 30  # more than a cluster that was started here takes to end
PROBLEM_S = 60  # what was wrong so long ago may be right again


class RayExecutor:
    """The processes that are connected to Ray, one for each folder of runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Kept, as they end, once nothing is left to train, when their standard input is closed.
        self._processes: dict[Path, subprocess.Popen] = {}

    def check(self, folder: Path) -> None:
        """Raise JobError if Ray is missing or wrongly set, or if its cluster does not answer."""
        if text := missing_text(["ray"]):
            raise JobError(text)
        cpus_per_run()
        problem = read_status(folder).problem
        if problem and abs(time.time() - modified_s(folder / STATUS_FILE)) < PROBLEM_S:
            raise JobError(problem)

    def prepare(self, folder: Path) -> None:
        """Start the process for `folder` unless there is one; returns at once.

        Raises OSError if it cannot be started.
        """
        folder = folder.resolve()
        if missing_text(["ray"]) or is_locked(folder / LOCK_FILE):
            return
        with self._lock:
            known = self._processes.get(folder)
            if known and known.poll() is None:  # it is about to take the lock, or to exit
                return
            failed_s = modified_s(folder / STATUS_FILE) if read_status(folder).problem else 0
            if abs(time.time() - failed_s) >= RETRY_S:
                self._processes[folder] = _start_process(folder)

    def close(self, folder: Path) -> None:
        """End the process for `folder` once nothing is trained or waits, as the server's end does.

        For tests and benchmarks: waits for it up to CLOSE_S, and then kills it.
        """
        process = self._processes.pop(folder.resolve(), None)
        if process is not None:
            process.stdin.close()
            try:
                process.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def slots(self, folder: Path) -> int:
        """Return how many runs fit on the cluster; 1 until that is known."""
        return max(1, read_status(folder).slots)

    def start(self, run: Run) -> None:
        """See that a process takes `run` from the queue as soon as the cluster has room."""
        folder = run.path.parent
        if folder.name == ".sweeps":
            folder = folder.parent
        if run.state().status != "queued":
            write_state(run, RunState("queued", queued_s=time.time()))
        (folder / LOCK_FILE).touch()  # its time says that there is something to take
        self.prepare(folder)


@dataclass(frozen=True)
class RayStatus:
    """What the process wrote last: how many runs fit on the cluster, or what is wrong."""

    slots: int = 0
    problem: str = ""


def read_status(folder: Path) -> RayStatus:
    """Return the status of the process for the runs in `folder`; the default if there is none."""
    try:
        status = RayStatus(**read_json(folder / STATUS_FILE))
    except (RunError, TypeError):
        return RayStatus()
    valid = isinstance(status.slots, int) and isinstance(status.problem, str)
    return status if valid else RayStatus()


def write_status(folder: Path, status: RayStatus) -> None:
    """Write what `read_status` returns. Raises OSError."""
    write_json(folder / STATUS_FILE, asdict(status))


def cpus_per_run() -> int:
    """Return CNN_RAY_CPUS. Raises JobError if it is invalid."""
    return CPUS.get(JobError)


def _start_process(folder: Path) -> subprocess.Popen:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG_FILE).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cnn.jobs.ray_process", str(folder.resolve())],
            cwd=PROJECT_PATH,
            # A session of its own: Ctrl+C in the server's terminal must not end a training.
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
