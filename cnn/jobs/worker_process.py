"""The worker process, `python -m cnn.jobs.worker_process [--attached] [FOLDER]`: it trains runs.

With a run's folder, it trains that run and then the queued ones, one after the other. Without one,
it is the warm worker: it loads what a training needs, and reads folders from its standard input, a
JSON string a line, until that is closed; on its standard output it reports LOADED and READY. It
exits after MOST_RUNS, as TensorFlow keeps some memory of each.

With ATTACHED it trains the one run only, whose lock another process holds for it, and exits as soon
as its standard input is closed: it never outlives the process that started it, however that ends.
"""

import gc
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cnn.jobs.errors import JobError
from cnn.jobs.lr_sweep import is_sweep
from cnn.jobs.queue import take_next
from cnn.jobs.warm_worker import LOADED, READY
from cnn.jobs.worker import work
from cnn.runs.run import Run, read_run

MOST_RUNS = 20
ATTACHED = "--attached"
NICENESS = 10  # of 0 to 19, by default


def main(arguments: list[str]) -> None:
    """Train the run whose folder is given, or else the runs that standard input names."""
    if arguments[:1] == [ATTACHED]:
        threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
        work(read_run(Path(arguments[1])), force=True, attached=True)
    elif arguments:
        train_all(read_run(Path(arguments[0])))
    else:
        wait_for_runs()


def _exit_at_end_of_input() -> None:
    # Not `sys.stdin`, whose lock this thread would hold when the process exits by itself.
    while os.read(0, 1):
        pass
    os._exit(1)


def give_way() -> None:
    """Let the pages of the server go first: a training takes all processors that it gets.

    Linux may share the processors out by session first (autogroups), and a worker has one of its
    own: then its own niceness counts for nothing, and that of its session is set too.
    """
    with suppress(OSError, AttributeError):  # Windows has neither
        os.setpriority(os.PRIO_PROCESS, 0, niceness())
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness()))


def niceness() -> int:
    """Return CNN_NICENESS in the environment, 0 (do not give way) to 19; by default NICENESS."""
    text = os.environ.get("CNN_NICENESS", "").strip()
    return min(int(text), 19) if text.isdecimal() and len(text) < 4 else NICENESS


def train_all(run: Run | None, wait_for: Callable[[], None] = lambda: None) -> None:
    """Train `run`, then the queued ones of its folder; `wait_for()` returns once all is loaded."""
    while run:
        _redirect_output(run)
        work(run, force=True, wait_for=wait_for)
        _free_memory()
        folder = run.path.parent.parent if is_sweep(run) else run.path.parent
        try:
            run = take_next(folder, run.config)
        except JobError as error:
            print(error, file=sys.stderr)  # noqa: T201 - into the run's log
            return


def wait_for_runs() -> None:
    """Train the runs that standard input names, in their order."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    # In a thread, so that a run assigned early can already be stopped.
    loading = threading.Thread(target=_load, args=(output,), daemon=True)
    loading.start()
    for count, line in enumerate(sys.stdin.buffer, start=1):
        # The run was deleted, another process trains it, or its lock cannot be written.
        with suppress(RuntimeError, OSError):
            train_all(read_run(Path(json.loads(line))), wait_for=loading.join)
        if count == MOST_RUNS:
            return  # not READY: no run may be assigned while the process exits
        with suppress(OSError):  # the server has exited
            output.write(READY)


def _load(output: BinaryIO) -> None:
    """Import and read what a training needs, and train briefly, as the first time is slow."""
    from cnn.config import TrainingConfig
    from cnn.data.mnist import DataError, Digits, load_digits

    with suppress(DataError):  # the training will report it
        import tensorboardX  # noqa: F401 - with the first step, it would delay that

        digits, _ = load_digits("train"), load_digits("test")
        from cnn.training.fit import train
        from cnn.training.precision import fastest_precision

        fastest_precision()
        few = Digits(digits.images[:100], digits.labels[:100])
        train(TrainingConfig(epochs=1, batch_size=50, limit=100), few, few)
        _free_memory()
    with suppress(OSError):
        output.write(LOADED)


def _free_memory() -> None:
    """Free the last network; about 20 MB remain."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def _redirect_output(run: Run) -> None:
    """Redirect the output of this process, also from C++, into the run's log."""
    with suppress(OSError):
        log = os.open(run.path / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)


if __name__ == "__main__":
    give_way()
    main(sys.argv[1:])
