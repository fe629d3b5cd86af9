"""A worker process that has loaded TensorFlow already, so that a training starts at once.

There is one for each server. It is given runs, one at a time, through its standard input, trains
them, and those that wait, and then waits again; when the server is gone, it ends with what it is
training. It takes about 800 MB of memory; CNN_WARM_WORKER=0 in the environment does without it.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress

from cnn.constants import PROJECT_PATH
from cnn.runs.run import Run

LOADED = b"loaded\n"  # what the worker says when it has all that a training needs
READY = b"ready\n"  # and when it has trained what it was given, and waits again
MOST_FAILURES = 3  # of workers that end while they load, as where memory is short


class _WarmWorker:
    """One such process. It is idle from its start on: what it is given early waits in the pipe."""

    def __init__(self) -> None:
        self.idle, self.loaded = True, False
        self.process = subprocess.Popen(
            worker_command(),
            cwd=PROJECT_PATH,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **worker_options(),
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def alive(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    def take(self, run: Run) -> bool:
        """Whether the worker trains `run` now."""
        if not (self.idle and self.alive()):
            return False
        self.idle = False
        with suppress(OSError):  # it ended just now
            self.process.stdin.write(json.dumps(str(run.path.resolve())).encode() + b"\n")
            self.process.stdin.flush()
            return True
        return False

    def _listen(self) -> None:
        for line in self.process.stdout:
            if line == LOADED:
                self.loaded = True
            if line == READY:
                self.idle = True


_lock = threading.Lock()
_warm_worker: _WarmWorker | None = None
_failures = 0


def ensure_warm_worker() -> None:
    """See to it that a worker waits, or is training what it was given; returns at once.

    After MOST_FAILURES that ended while they loaded it tries no more.
    """
    global _warm_worker, _failures
    if os.environ.get("CNN_WARM_WORKER", "1") == "0":
        return
    with _lock, suppress(OSError):  # without one, a training takes some seconds more to start
        if _warm_worker is None or not _warm_worker.alive():
            _failures += bool(_warm_worker and not _warm_worker.loaded and _warm_worker.idle)
            if _failures < MOST_FAILURES:
                _warm_worker = _WarmWorker()


def warm_worker_is_ready() -> bool:
    """Whether a worker waits that has loaded all it needs."""
    return bool(_warm_worker and _warm_worker.alive() and _warm_worker.idle and _warm_worker.loaded)


def assign_to_warm_worker(run: Run) -> bool:
    """Have the waiting worker train `run`; whether there was one that could.

    What is to be trained on one thread needs a process of its own.
    """
    with _lock:
        return bool(_warm_worker) and not run.config.one_thread and _warm_worker.take(run)


def worker_command(*arguments: str) -> list[str]:
    """What starts a worker process, in PROJECT_PATH; with a run's folder, it trains that."""
    return [sys.executable, "-m", "cnn.jobs.worker_process", *arguments]


def worker_options() -> dict:
    """How a worker process is started, for `Popen`."""
    return {
        # Its own session: Ctrl+C at the server, or its end, must not end the training.
        "start_new_session": True,
        "env": {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
    }
