"""Trains a run within the calling process: a worker process, or the shell.

It reports only into the run's folder, so that a training does not depend on the page, tab or server
that started it.
"""

import os
import threading
import traceback
from collections.abc import Callable
from contextlib import closing, suppress

from cnn.backends import BACKENDS
from cnn.data.mnist import DataError, Digits, load_digits
from cnn.data.training_set import validation_digits
from cnn.dataset_facts import DatasetFacts
from cnn.datasets.dataset import Splits
from cnn.datasets.settings import load_splits
from cnn.disk import is_disk_full
from cnn.jobs.errors import JobError
from cnn.jobs.lr_sweep import COLUMNS, is_sweep
from cnn.jobs.queue import start_waiting
from cnn.runs.checkpoints import Checkpoint, roll_back
from cnn.runs.fine_tuning import base_of, read_fine_tuning_digits
from cnn.runs.locking import wait_for_lock
from cnn.runs.machine import (
    check_process,
    record_machine,
    recorded_machine,
    remembered_precision,
    this_machine,
    use_one_thread,
)
from cnn.runs.run import Run, RunError
from cnn.runs.state import RunState
from cnn.runs.training_errors import TrainingDiverged, TrainingStopped
from cnn.runs.writing import Table, write_state, write_test_figures

OnEpoch = Callable[[int, dict[str, float]], None]  # epoch, and its figures by name
GRADIENT_DIGITS = 200  # the first training digits: the same batch after every epoch
POLL_EVERY_S = 0.1  # how often the stop file is looked for
STOP_GRACE_S = 0.5  # how long a stop may take before a worker process exits
LOCK_TIMEOUT_S = 2  # a page that checks the lock, or the run's last worker, may hold it briefly


class StopSignal:
    """Watches for the run's stop file in a thread; call it to ask whether to stop.

    With `force`, it exits the process if that has not stopped within STOP_GRACE_S, as nothing else
    can stop it while Keras is imported or a graph is built. Then it first starts the queued runs,
    unless the process is `attached`.
    """

    def __init__(self, run: Run, force: bool = False, attached: bool = False) -> None:
        self.run, self.force, self.attached = run, force, attached
        self._requested = threading.Event()
        self._done = threading.Event()
        self._state_lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self) -> bool:
        """Whether a stop was requested."""
        return self._requested.is_set()

    def mark_running(self) -> None:
        """Write the state "running", unless a forced stop is writing the final state."""
        with self._state_lock:
            write_state(self.run, RunState("running"))

    def close(self) -> None:
        """Stop watching, before the final state is written. Blocks if a forced stop writes it."""
        with self._state_lock:
            self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(POLL_EVERY_S):
            if self.run.stop_requested or not self.run.path.exists():  # or it was deleted
                self._requested.set()
                break
        if self._done.wait(STOP_GRACE_S) or not self.force:
            return
        with self._state_lock:
            if not self._done.is_set():
                _write_final_state(self.run, "stopped")
                with suppress(JobError):  # the Train page starts the next run as well
                    if not self.attached:
                        start_waiting(self.run.path.parent)
                os._exit(0)


def work(
    run: Run,
    on_epoch: OnEpoch | None = None,
    force: bool = False,
    wait_for: Callable[[], None] = lambda: None,
    attached: bool = False,
) -> RunState:
    """Train `run`, recording into its folder; returns its final state.

    A run that was started before continues after its last complete epoch; a sweep runs a learning
    rate range test. `on_epoch(epoch, figures)` is called after each epoch. With `force`, a stop may
    exit the process, after starting the queued runs. `wait_for()` is called before anything is
    computed, when a stop is already possible. `attached`: another process holds the run's lock for
    this one, and starts the queued runs. Raises RuntimeError if another process trains it.
    """
    lock = None if attached else _take_run_lock(run)
    stop_signal = StopSignal(run, force, attached)
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
    if lock is not None:
        os.close(lock)
    return state


def _reason(run: Run, error: Exception) -> str:
    """Return a sentence about an unexpected error, or a full disk."""
    if is_disk_full(error):
        then = "try again." if is_sweep(run) else "resume the run: complete epochs are kept."
        return f"The disk is full. Free some space, then {then}"
    traceback.print_exc()
    message = f"{type(error).__name__}: {str(error)[:300]}"
    if (run.path / "log.txt").exists():
        message += f" (Full log: {run.path / 'log.txt'})"
    return message


def _write_final_state(run: Run, status: str, message: str = "") -> RunState:
    try:
        figures = run.last_figures()
    except RunError:  # damaged figures
        figures = {}
    state = RunState(status, message, **figures)
    with suppress(OSError):  # on a full disk, the run counts as interrupted
        if run.path.exists():
            write_state(run, state)
    return state


def _sweep(sweep: Run, stop_signal: StopSignal) -> tuple[str, str]:
    """Run a learning rate range test; returns the final status and message."""
    with closing(Table(sweep.path / "sweep.csv", COLUMNS)) as table:
        training = _load(sweep.config.dataset).training
        check_process(sweep.config.backend)
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
    """Train, calibrate and evaluate; returns the final status and message."""
    checkpoint = roll_back(run)
    config, (training, test) = run.config, _load(run.config.dataset)
    # Imported late: it takes seconds, during which a stop must already be possible.
    check_process(config.backend)
    from cnn.training.fit import FineTuning, calibrate, evaluate, train
    from cnn.training.recorder import RunRecorder

    base = _base_of(run, checkpoint)
    fine_tuning = FineTuning(*base) if base else None
    precision = _precision_of(run, checkpoint)
    stop_signal.mark_running()
    few = Digits(*(array[:GRADIENT_DIGITS] for array in training))
    with closing(RunRecorder(run, stop_signal, on_epoch, checkpoint, few)) as recorder:
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


def _load(dataset: DatasetFacts) -> Splits:
    """Return the pictures of a training. Raises DataError if they are gone, changed or damaged."""
    if dataset.is_mnist:
        return Splits(load_digits("train"), load_digits("test"))
    return load_splits(dataset)


def _precision_of(run: Run, checkpoint: Checkpoint | None) -> str:
    """Return the precision of `run`, as it started or as its recipe allows, and record it."""
    if run.config.one_thread:
        use_one_thread()
    started_on = recorded_machine(run) if checkpoint else None
    backend = run.config.backend
    precision = started_on.precision if started_on else "float32"
    if run.config.recipe.bfloat16 and BACKENDS[backend].bfloat16 and started_on is None:
        from cnn.training.precision import fastest_precision

        precision = remembered_precision(run.path.parent, fastest_precision)
    record_machine(run, this_machine(run.config.one_thread, precision, backend))
    return precision


def _base_of(run: Run, checkpoint: Checkpoint | None) -> tuple[list, Digits, bool] | None:
    """Return the fields of `FineTuning` for a run that is fine-tuned, or None."""
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
    lock = wait_for_lock(path, LOCK_TIMEOUT_S)
    if lock is None:
        raise RuntimeError(f"Another process is already training {run.id}.")
    os.utime(path)  # an earlier worker's lock file may be there (see `has_process`)
    return lock
