"""What a machine of a Ray cluster does for one run: `train`, as a Ray task. Does not import Ray."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from cnn.jobs.warm_worker import start_process
from cnn.runs.machine import THREADS
from cnn.runs.pausing import clear_paused
from cnn.runs.run import read_run
from cnn.runs.state import RunState
from cnn.runs.writing import write_state

# What TensorFlow (THREADS and the next), PyTorch and JAX take the number of their threads from.
THREAD_VARIABLES = (THREADS, "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "NPROC")


def train(folder: str, cpus: int, variables: Mapping[str, str], node: str) -> int:
    """Train the run in `folder` on `cpus` threads in a child process; return its exit code.

    Ray calls this again, on another machine, if this one goes away: the run continues after its
    last complete epoch. `variables` are added to the environment; `node` is the machine's name in
    Ray, for the log. Raises RunError if the run was deleted, OSError on a disk error.
    """
    run = read_run(Path(folder))
    write_state(run, RunState("starting"))
    clear_paused(run)  # of a machine that has gone away
    threads = dict.fromkeys(THREAD_VARIABLES, str(cpus))
    with (run.path / "log.txt").open("ab") as log:
        log.write(f"Trained on the Ray node {node}.\n".encode())
        log.flush()
        # A process of its own, as for each run (threads, backend of Keras); it exits with this one,
        # which Ray may kill: its standard input is then closed.
        with start_process(
            "--attached",
            folder,
            backend=run.config.backend,
            variables={**variables, **threads},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                return process.wait()
            finally:
                process.kill()
