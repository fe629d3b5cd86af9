"""The process that trains: `python -m cnn.jobs.worker_process [FOLDER]`, started by jobs and
standby.

With a run's folder it trains that, and then what waits in the queue, one after the other. Without,
it gets all ready that a training needs, and takes the folders from its standard input, a JSON
string a line, until that is closed; on its standard output it says when it has loaded all, and when
it waits again. After MOST_RUNS it ends, for TensorFlow keeps a little of each.
"""

import gc
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cnn.jobs.lr_sweep import is_sweep
from cnn.jobs.queue import JobError, take_next
from cnn.jobs.warm_worker import LOADED, READY
from cnn.jobs.worker import no_wait, work
from cnn.runs.run import Run, read_run

MOST_RUNS = 20


def main(arguments: list[str]) -> None:
    """Train what `arguments` say, or wait for it."""
    if arguments:
        train_all(read_run(Path(arguments[0])))
    else:
        wait_for_runs()


def train_all(run: Run | None, wait_for: Callable[[], None] = no_wait) -> None:
    """Train `run`, then those that wait in its folder; `wait_for()` returns once all is loaded."""
    while run:
        _redirect_output(run)
        work(run, force=True, wait_for=wait_for)
        _free_memory()
        folder, one_thread = run.path.parent, run.config.one_thread
        if is_sweep(run):
            folder = folder.parent
        try:
            run = take_next(folder, one_thread)
        except JobError as error:
            print(error, file=sys.stderr)  # noqa: T201 - into the run's log
            return


def wait_for_runs() -> None:
    """Train the runs that standard input names, as they come."""
    said = os.fdopen(os.dup(1), "wb", buffering=0)
    # In a thread: a run that is given meanwhile can be stopped as soon as it has begun.
    loading = threading.Thread(target=_get_ready, args=(said,), daemon=True)
    loading.start()
    for count, line in enumerate(sys.stdin.buffer, start=1):
        # It was deleted meanwhile, another process trains it, or the disk refuses its lock.
        with suppress(RuntimeError, OSError):
            train_all(read_run(Path(json.loads(line))), wait_for=loading.join)
        if count == MOST_RUNS:
            return  # without a word: it must be given nothing while it ends
        with suppress(OSError):  # the server is gone: there is nobody to tell
            said.write(READY)


def _get_ready(said) -> None:
    """Import and read what a training needs, and train a little: the first time takes longer."""
    from cnn.config import TrainingConfig
    from cnn.data.mnist import DataError, Digits, load_digits

    with suppress(DataError):  # whoever trains will be told
        digits, _ = load_digits("train"), load_digits("test")
        from cnn.training.fit import train
        from cnn.training.precision import fastest_precision

        fastest_precision()
        few = Digits(digits.images[:100], digits.labels[:100])
        train(TrainingConfig(epochs=1, batch_size=50, limit=100), few, few)
        _free_memory()
    with suppress(OSError):
        said.write(LOADED)


def _free_memory() -> None:
    """Let go of the last network; about 20 MB stay."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def _redirect_output(run: Run) -> None:
    """Have all that this process prints, also from C++, go into the run's log from now on."""
    with suppress(OSError):
        log = os.open(run.path / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        os.close(log)


if __name__ == "__main__":
    main(sys.argv[1:])
