"""What trains the runs of a queue, chosen by CNN_EXECUTOR in the environment.

`local` (the default) are processes of this machine, `ray` those of a Ray cluster. The queue decides
which run is next; an executor has it trained. A run is the same folder with each, and it is
stopped, paused and watched by the same files.
"""

import os
from pathlib import Path
from typing import Protocol

from cnn.jobs.errors import JobError
from cnn.jobs.local_executor import LocalExecutor
from cnn.jobs.ray_executor import RayExecutor
from cnn.runs.run import Run

DEFAULT = "local"


class Executor(Protocol):
    """What the queue, and the pages, need of an executor.

    As long as a run is `starting` or `running`, a process of this executor holds the lock in its
    folder: without one the run counts as interrupted (see `cnn.runs.state`).
    """

    def check(self, folder: Path) -> None:
        """Raise JobError if no run in `folder` can be trained: a setting, a package, a cluster."""

    def prepare(self, folder: Path) -> None:
        """Make the next start in `folder` fast, in the background. Raises JobError, OSError."""

    def slots(self, folder: Path) -> int:
        """Return how many runs of `folder` are trained at the same time. May raise JobError."""

    def start(self, run: Run) -> None:
        """Have `run` trained; the caller holds the queue's lock. Raises OSError if it cannot."""


EXECUTORS: dict[str, Executor] = {DEFAULT: LocalExecutor(), "ray": RayExecutor()}


def executor_name() -> str:
    """Return CNN_EXECUTOR in the environment, by default "local", whether there is one or not."""
    return os.environ.get("CNN_EXECUTOR", "").strip() or DEFAULT


def current_executor() -> Executor:
    """Return the executor that CNN_EXECUTOR names. Raises JobError if there is none."""
    name = executor_name()
    if name not in EXECUTORS:
        raise JobError(f"CNN_EXECUTOR is {name[:20]!r}; it must be {' or '.join(EXECUTORS)}.")
    return EXECUTORS[name]
