"""Trains runs in processes of this machine.

CNN_MAX_PARALLEL in the environment is the number of runs trained in parallel, by default 1. A
process that has trained its run takes the next one of the queue itself.
"""

import subprocess
from pathlib import Path

from cnn.jobs.errors import JobError
from cnn.jobs.warm_worker import assign_to_warm_worker, ensure_warm_worker, start_process
from cnn.limits import Limit
from cnn.runs.run import Run
from cnn.runs.state import RunState
from cnn.runs.writing import write_state

MAX_PARALLEL = Limit("CNN_MAX_PARALLEL", 1)


class LocalExecutor:
    """The warm worker, or else a new process a run."""

    def check(self, folder: Path) -> None:
        """Raise JobError if CNN_MAX_PARALLEL is invalid."""
        self.slots(folder)

    def prepare(self, folder: Path) -> None:
        """Start the warm worker unless it is running."""
        ensure_warm_worker()

    def slots(self, folder: Path) -> int:
        """Return CNN_MAX_PARALLEL. Raises JobError if it is invalid."""
        return MAX_PARALLEL.get(JobError)

    def start(self, run: Run) -> None:
        """Start `run` at once. Raises OSError."""
        write_state(run, RunState("starting"))
        if not assign_to_warm_worker(run):
            spawn_worker(run)


def spawn_worker(run: Run) -> None:
    """Start a process that trains `run`. Raises OSError."""
    with (run.path / "log.txt").open("ab") as log:
        start_process(
            str(run.path.resolve()),
            backend=run.config.backend,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
