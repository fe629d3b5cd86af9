"""The warm worker: a process that has already loaded TensorFlow, so that trainings start at once.

Each server has one. It receives runs through its standard input, trains them and then those queued,
and waits for more. If the server exits, it finishes its training and those queued, and exits too.
It takes about 800 MB of memory; CNN_WARM_WORKER=0 in the environment turns it off.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

from cnn.backends import DEFAULT
from cnn.config import TrainingConfig
from cnn.constants import PROJECT_PATH
from cnn.runs.run import Run

LOADED = b"loaded\n"  # the process prints this when it has loaded everything that a training needs
READY = b"ready\n"  # and this when it has finished its trainings and waits for more
MOST_FAILURES = 3  # of processes that exit while they load, as when memory is short


def start_process(
    *arguments: str, backend: str = DEFAULT, variables: Mapping[str, str] | None = None, **streams
) -> subprocess.Popen:
    """Start `cnn.jobs.worker_process` with `arguments` and these standard `streams`.

    It computes with the `backend` (see `cnn.backends`). `variables` are added to its environment.
    """
    settings = {"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": backend}
    return subprocess.Popen(
        [sys.executable, "-m", "cnn.jobs.worker_process", *arguments],
        cwd=PROJECT_PATH,
        # A session of its own: Ctrl+C in the server's terminal must not end a training.
        start_new_session=True,
        env={**os.environ, **settings, **(variables or {})},
        **streams,
    )


class _WarmWorker:
    """The process. It is idle from its start on: a run assigned early waits in the pipe."""

    def __init__(self) -> None:
        self.idle, self.loaded = True, False
        pipe = subprocess.PIPE
        self.process = start_process(stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._listen, daemon=True).start()

    def alive(self) -> bool:
        """Whether the process is running."""
        return self.process.poll() is None

    def take(self, run: Run) -> bool:
        """Assign `run`; returns False if the process is busy or has exited."""
        if not (self.idle and self.alive()):
            return False
        self.idle = False
        with suppress(OSError):  # it has just exited
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
    """Start the warm worker unless it is running; returns at once.

    Gives up after MOST_FAILURES processes that exited while they loaded.
    """
    global _warm_worker, _failures
    if os.environ.get("CNN_WARM_WORKER", "1") == "0":
        return
    with _lock, suppress(OSError):  # without it, a training only takes longer to start
        if _warm_worker is None or not _warm_worker.alive():
            _failures += bool(_warm_worker and not _warm_worker.loaded and _warm_worker.idle)
            if _failures < MOST_FAILURES:
                _warm_worker = _WarmWorker()


def warm_worker_is_ready() -> bool:
    """Whether the warm worker is idle and has loaded everything."""
    return bool(_warm_worker and _warm_worker.alive() and _warm_worker.idle and _warm_worker.loaded)


def assign_to_warm_worker(run: Run) -> bool:
    """Assign `run` to the warm worker; returns False if it is not available.

    A run on one thread, or with another backend than TensorFlow, needs a new process.
    """
    with _lock:
        fits = run.config.process_settings == TrainingConfig().process_settings
        return bool(_warm_worker) and fits and _warm_worker.take(run)
