"""Trains one run within the calling process: the worker's (`worker_process`), or the shell's.

It reports into the run's folder alone, so a worker outlives the page, the tab and the server that
started it.
"""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import closing, suppress

from cnn.data.mnist import DataError, Digits, load_digits
from cnn.data.training_set import validation_digits
from cnn.jobs.lr_sweep import COLUMNS, is_sweep
from cnn.jobs.queue import JobError, start_waiting
from cnn.runs.checkpoints import Checkpoint, roll_back
from cnn.runs.files import is_disk_full
from cnn.runs.fine_tuning import base_of, read_fine_tuning_digits
from cnn.runs.locking import wait_for_lock
from cnn.runs.machine import (
    record_machine,
    recorded_machine,
    remembered_precision,
    this_machine,
    use_one_thread,
)
from cnn.runs.run import Run, RunError, RunState
from cnn.runs.training_errors import TrainingDiverged, TrainingStopped
from cnn.runs.writing import Table, write_state, write_test_figures

OnEpoch = Callable[[int, dict[str, float]], None]  # epoch, and its figures by name
LOOK_EVERY_S = 0.1  # how often the worker looks for the file that asks it to stop
STOP_GRACE_S = 0.5  # how long a stop may take before the process is simply ended
LOCK_PATIENCE_S = 2  # somebody who looks, or the run's last worker on its way out, holds it


class StopSignal:
    """Watches for the run's stop file in a thread; call it to know whether to stop.

    With `force`, it ends the process if that has not stopped by itself after STOP_GRACE_S: while
    Keras is imported or a graph is built, nothing else can.
    """

    def __init__(self, run: Run, force: bool = False) -> None:
        self.run, self.force = run, force
        self._asked = threading.Event()
        self._done = threading.Event()
        self._last_words = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self) -> bool:
        """Whether somebody asked for a stop."""
        return self._asked.is_set()

    def mark_running(self) -> None:
        """Write that the run is being trained, but not over the end that a forced stop wrote."""
        with self._last_words:
            write_state(self.run, RunState("running"))

    def close(self) -> None:
        """Watch no longer: the run gets its final state. Never returns where it has it already."""
        with self._last_words:
            self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_EVERY_S):
            # A run that was deleted has nobody left to train for.
            if self.run.stop_requested or not self.run.path.exists():
                self._asked.set()
                break
        if self._done.wait(STOP_GRACE_S) or not self.force:
            return
        with self._last_words:
            if not self._done.is_set():
                _write_final_state(self.run, "stopped")
                _start_next(self.run)
                os._exit(0)


def no_wait() -> None:
    """For who has nothing to wait for."""


def work(
    run: Run,
    on_epoch: OnEpoch | None = None,
    force: bool = False,
    wait_for: Callable[[], None] = no_wait,
) -> RunState:
    """Train `run` to its end, recording as it goes; returns the state it ended in.

    One that was begun before goes on after its last whole epoch; for a sweep (see `rate_sweep`),
    learning rates are tried. `on_epoch(epoch, figures)` is called after each epoch. With `force`, a
    stop may end the process; then those that wait are started. `wait_for()` is called when a stop
    is heard already, and before anything is computed.
    """
    lock = _take_run_lock(run)
    stop_signal = StopSignal(run, force)
    try:
        wait_for()
        status, message = (
            _sweep(run, stop_signal) if is_sweep(run) else _train(run, on_epoch, stop_signal)
        )
    except KeyboardInterrupt:
        status, message = "stopped", ""
    except (DataError, RunError) as error:
        status, message = "failed", str(error)
    except Exception as error:
        status, message = ("failed", _reason(run, error)) if run.path.exists() else ("stopped", "")
    stop_signal.close()
    state = _write_final_state(run, status, message)
    os.close(lock)
    return state


def _reason(run: Run, error: Exception) -> str:
    """A sentence for people about an error that was not foreseen, or a disk that is full."""
    if is_disk_full(error) and is_sweep(run):
        return "The disk is full. Free some space, then try again."
    if is_disk_full(error):
        return "The disk is full. Free some space, then resume the run: whole epochs are kept."
    traceback.print_exc()
    message = f"Training failed: {type(error).__name__}: {str(error)[:300]}"
    if (run.path / "log.txt").exists():
        message += f" (The whole story is in {run.path / 'log.txt'}.)"
    return message


def _write_final_state(run: Run, status: str, message: str = "") -> RunState:
    try:
        figures = run.last_figures()
    except RunError:  # damaged: its state is to be said all the same
        figures = {}
    state = RunState(status, message, **figures)
    with suppress(OSError):  # a full disk: then the run is one whose worker left without a word
        if run.path.exists():
            write_state(run, state)
    return state


def _start_next(run: Run) -> None:
    try:
        start_waiting(run.path.parent)
    except JobError as error:
        print(error, file=sys.stderr)  # noqa: T201 - into the run's log


def _sweep(sweep: Run, stop_signal: StopSignal) -> tuple[str, str]:
    """The status and the message that trying learning rates ended with."""
    with closing(Table(sweep.path / "sweep.csv", COLUMNS)) as table:
        training = load_digits("train")
        from cnn.training.lr_range_test import lr_range_test

        if sweep.config.one_thread:
            use_one_thread()
        stop_signal.mark_running()

        def write(rate: float, loss: float) -> None:
            table.add(f"{rate:.6g},{loss:.6g}")
            table.flush()

        try:
            lr_range_test(sweep.config, training, write, stop_signal)
        except TrainingStopped:
            return "stopped", ""
    return "finished", ""


def _train(run: Run, on_epoch: OnEpoch | None, stop_signal: StopSignal) -> tuple[str, str]:
    """The status and the message that the training ended with."""
    checkpoint = roll_back(run)
    config, training, test = run.config, load_digits("train"), load_digits("test")
    # Imported this late because it takes seconds, in which a stop must already be heard.
    from cnn.training.fit import FineTuning, calibrate, evaluate, train
    from cnn.training.recorder import RunRecorder

    base = _base_of(run, checkpoint)
    fine_tuning = FineTuning(*base) if base else None
    precision = _precision_of(run, checkpoint)
    stop_signal.mark_running()
    with closing(RunRecorder(run, stop_signal, on_epoch, checkpoint)) as recorder:
        try:
            network = train(
                *(config, training, validation_digits(config, training, test), [recorder]),
                fine_tuning=fine_tuning,
                checkpoint=checkpoint,
                precision=precision,
            )
        except TrainingStopped:
            return "stopped", ""
        except TrainingDiverged as error:
            return "failed", str(error)
        calibration = calibrate(network, config, training, fine_tuning)
        recorder.write_calibration(calibration)
        if calibration.temperature != 1:
            recorder.write_weights(config.epochs, network.get_weights())
    if config.validation != "test":
        write_test_figures(run, evaluate(network, test))
    return "finished", ""


def _precision_of(run: Run, checkpoint: Checkpoint | None) -> str:
    """What `run` is computed in: as it began, or what this machine is fastest with, by recipe."""
    if run.config.one_thread:
        use_one_thread()
    began_on = recorded_machine(run) if checkpoint else None
    precision = began_on.precision if began_on else "float32"
    if run.config.recipe.bfloat16 and began_on is None:
        from cnn.training.precision import fastest_precision

        precision = remembered_precision(run.path.parent, fastest_precision)
    record_machine(run, this_machine(run.config.one_thread, precision))
    return precision


def _base_of(run: Run, checkpoint: Checkpoint | None) -> tuple[list, Digits, bool] | None:
    """What `training.Start` takes, where `run` goes on from another one."""
    if not run.config.base:
        return None
    corrections = read_fine_tuning_digits(run)
    try:
        base, epoch = base_of(run)
        calibration = base.calibration()
        return base.weights(epoch), corrections, calibration is not None and calibration.held_out
    except RunError:
        if checkpoint is None:
            raise
        return checkpoint.weights, corrections, False  # the base was deleted since


def _take_run_lock(run: Run) -> int:
    path = run.path / "lock"
    lock = wait_for_lock(path, LOCK_PATIENCE_S)
    if lock is None:
        raise RuntimeError(f"Another process trains {run.id} already.")
    os.utime(path)  # says that the worker of this start came, where an earlier one left its lock
    return lock
