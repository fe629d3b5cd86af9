"""The process that trains one run: `python -m cnn.worker FOLDER`, started by `jobs`.

It reports into the run's folder alone, so it outlives the page, the tab and the server that
started it. `work` does the same within the calling process, for the command line.
"""

import os
import sys
import threading
import time
import traceback
from pathlib import Path

from cnn.lessons import base_of, read_lessons
from cnn.locking import take_lock
from cnn.mnist import DataError, load_digits
from cnn.recorder import Recorder, Tell, write_state
from cnn.runs import Run, RunError, RunState, read_run

LOOK_EVERY_S = 0.1  # how often the worker looks for the file that asks it to stop
LAST_WORDS_S = 0.5  # how long a stop may take before the process is simply ended
NICENESS = 5  # below the server's priority: answering a stroke comes before the next step


class StopWatch:
    """Watches for the run's stop file in a thread; call it to know whether to stop.

    With `force`, it ends the process if that has not stopped by itself after LAST_WORDS_S: while
    Keras is imported or a graph is built, nothing else can.
    """

    def __init__(self, run: Run, force: bool = False) -> None:
        self.run, self.force = run, force
        self._asked = threading.Event()
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._asked.is_set()

    def close(self) -> None:
        """Watch no longer: the run has its final state."""
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_EVERY_S):
            # A run that was deleted has nobody left to train for.
            if (self.run.path / "stop").exists() or not self.run.path.exists():
                self._asked.set()
                break
        if not self._done.wait(LAST_WORDS_S) and self.force:
            _write_final_state(self.run, "stopped")
            os._exit(0)


def work(run: Run, tell: Tell | None = None, force: bool = False) -> RunState:
    """Train `run` to its end, recording as it goes; returns the state it ended in.

    `tell(epoch, figures)` hears of each epoch too. With `force`, a stop may end the process.
    """
    lock = _take_run_lock(run)
    stop_watch = StopWatch(run, force)
    recorder = Recorder(run, tell)
    try:
        status, message = _train(run, recorder, stop_watch)
        recorder.close()
    except KeyboardInterrupt:
        status, message = "stopped", ""
    except (DataError, RunError) as error:
        status, message = "failed", str(error)
    except Exception as error:
        traceback.print_exc()
        status, message = "failed", f"Training failed: {type(error).__name__}: {str(error)[:300]}"
        if (run.path / "log.txt").exists():
            message += f" (The whole story is in {run.path / 'log.txt'}.)"
    stop_watch.close()
    state = _write_final_state(run, status, message)
    os.close(lock)
    return state


def _write_final_state(run: Run, status: str, message: str = "") -> RunState:
    state = RunState(status, message, **run.last_figures())
    if run.path.exists():
        write_state(run, state)
    return state


def _train(run: Run, recorder: Recorder, stop_watch: StopWatch) -> tuple[str, str]:
    """The status and the message that the training ended with."""
    training, test = load_digits("train"), load_digits("test")
    # Imported this late because it takes seconds, in which a stop must already be heard.
    from cnn.training import Start, TrainingDiverged, TrainingStopped, train

    start = None
    if base := base_of(run):
        calibration = base[0].calibration()
        held_out = calibration is not None and calibration.held_out
        start = Start(base[0].weights(base[1]), read_lessons(run), held_out)
    write_state(run, RunState("running"))
    try:
        train(run.config, training, test, recorder, stop_watch, start)
    except TrainingStopped:
        return "stopped", ""
    except TrainingDiverged as error:
        return "failed", str(error)
    return "finished", ""


def _take_run_lock(run: Run) -> int:
    # Somebody who asks whether it is locked holds it for a moment.
    for _ in range(100):
        lock = take_lock(run.path / "lock")
        if lock is not None:
            return lock
        time.sleep(0.01)
    raise RuntimeError(f"Another process trains {run.id} already.")


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    work(read_run(Path(sys.argv[1])), force=True)
