"""The Keras callback that records a training in the folder of its run (see `cnn.runs.run`)."""

import math
import time
from collections.abc import Callable

import keras
import numpy as np

from cnn.data.mnist import Digits
from cnn.evaluation.calibration import Calibration
from cnn.models.network import random_states
from cnn.networks.arrays import array_names, trained_arrays
from cnn.runs.checkpoints import Checkpoint, write_checkpoint
from cnn.runs.event_files import EventFiles
from cnn.runs.histograms import GRADIENT_COLUMNS, Histogram, gradient_line
from cnn.runs.live_kernels import LiveKernels, first_kernels, is_watched, write_live_kernels
from cnn.runs.pausing import clear_paused, pause_after, request_continue, write_paused
from cnn.runs.run import BATCH_COLUMNS, EPOCH_COLUMNS, Run
from cnn.runs.training_errors import TrainingDiverged, TrainingStopped
from cnn.runs.writing import Table, write_calibration, write_weights
from cnn.training.gradients import batch_gradients

OnEpoch = Callable[[int, dict[str, float]], None]  # epoch, metrics by name
PAUSE_POLL_S = 0.05  # of a pause's end: a hundredth of a millisecond of work each
ABANDONED_S = 15 * 60  # a pause that no page has shown for so long
LIVE_INTERVAL_S = 0.5  # between two writes of the kernels
FLUSH_INTERVAL_S = 0.2  # pages read twice a second; flushing each line would slow training down


class RunRecorder(keras.callbacks.Callback):
    """Records one training: the losses of its steps, and the metrics and weights of its epochs.

    For each epoch it writes the weights, then the row in epochs.csv, then the checkpoint, so that
    the process can be killed at any moment (see `cnn.runs.checkpoints`). Raises TrainingStopped
    soon after `should_stop()` returns true, and TrainingDiverged if a loss is NaN or infinite.
    Waits after a step as long as the run is to pause there (see `cnn.runs.pausing`).
    """

    def __init__(
        self,
        run: Run,
        should_stop: Callable[[], bool] = lambda: False,
        on_epoch: OnEpoch | None = None,
        checkpoint: Checkpoint | None = None,
        gradient_digits: Digits | None = None,
    ) -> None:
        """Record in the folder of `run` a training that continues from `checkpoint`, if given.

        `on_epoch(epoch, metrics)` is called after each epoch is written. With `gradient_digits`,
        the gradients of their loss are recorded, too.
        """
        super().__init__()
        self.run, self._should_stop, self._on_epoch = run, should_stop, on_epoch
        self._resumed = checkpoint is not None
        self._step = checkpoint.epoch * run.config.steps_per_epoch if checkpoint else 0
        self._earlier_s = checkpoint.elapsed_s if checkpoint else 0.0
        self._batches = Table(run.path / "batches.csv", BATCH_COLUMNS)
        self._epochs = Table(run.path / "epochs.csv", EPOCH_COLUMNS)
        self._gradients = Table(run.path / "gradients.csv", GRADIENT_COLUMNS)
        self._gradient_digits = gradient_digits
        self._events = EventFiles(run.path)
        self._flushed_s = self._live_s = time.monotonic()

    # Called by Keras

    def on_train_begin(self, logs=None):
        """Start the clock; record the initial weights as those of epoch 0."""
        if not self._resumed:
            self.write_weights(0, self.model.get_weights())
        self._began_s = time.perf_counter() - self._earlier_s
        self._recorded_s = self._earlier_s

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the first step of the epoch."""
        self._epoch_start = self._step

    def on_train_batch_end(self, batch, logs=None):
        """Record the loss of each step since the last call, up to step `batch` of the epoch."""
        recent = np.ravel(logs["batch_losses"])
        config = self.run.config
        done = min(batch + 1, config.steps_per_epoch)
        steps = range(self._step - self._epoch_start, done)
        # The end of each step within one execution is unknown: spread them evenly.
        times_s = np.linspace(self._recorded_s, self._elapsed_s(), len(steps) + 1)[1:]
        for step, elapsed_s in zip(steps, times_s.tolist(), strict=True):
            self._step += 1
            loss = float(recent[step % len(recent)])
            if not math.isfinite(loss):
                raise TrainingDiverged(self._step, config.learning_rate)
            self.write_batch(self._step, loss, elapsed_s)
            self._recorded_s = elapsed_s
        pausing = self._is_pause_due()
        self._show_live(at_once=pausing)
        if pausing:
            self._wait_while_paused()
        if self._should_stop():
            raise TrainingStopped

    def on_epoch_end(self, epoch, logs=None):
        """Record weights, metrics and checkpoint of `epoch`, which Keras counts from 0.

        `logs` holds loss, accuracy, val_loss and val_accuracy.
        """
        if not math.isfinite(logs["val_loss"]):
            raise TrainingDiverged(self._step, self.run.config.learning_rate)
        weights = self.model.get_weights()
        elapsed_s = self._recorded_s = self._elapsed_s()
        self.write_weights(epoch + 1, weights)
        self.write_epoch(epoch + 1, logs, elapsed_s)
        optimizer, random = (
            [keras.ops.convert_to_numpy(each) for each in variables]
            for variables in (self.model.optimizer.variables, random_states(self.model))
        )
        write_checkpoint(self.run, Checkpoint(epoch + 1, elapsed_s, weights, optimizer, random))
        if self._gradient_digits is not None:
            gradients = batch_gradients(self.model, self._gradient_digits)
            self.write_histograms(epoch + 1, weights, gradients)

    def _show_live(self, at_once: bool) -> None:
        """Write the first convolution's kernels if a page shows them, now and then or `at_once`."""
        now_s = time.monotonic()
        if now_s - self._live_s < LIVE_INTERVAL_S and not at_once:
            return
        self._live_s = now_s
        if not is_watched(self.run):
            return
        kernels = first_kernels(self.model.trainable_variables)
        if kernels is not None:
            kernels = keras.ops.convert_to_numpy(kernels)
            write_live_kernels(self.run, LiveKernels(self._step, kernels))

    def _wait_while_paused(self) -> None:
        """Wait as long as the run is to pause after this step; that time does not count.

        A pause that no page has shown for ABANDONED_S ends: others are waiting in the queue.
        """
        began_s, paused_s = time.perf_counter(), time.monotonic()
        self._batches.flush()
        self._events.flush()
        write_paused(self.run, self._step)
        while self._is_pause_due() and not self._should_stop():
            time.sleep(PAUSE_POLL_S)
            waited_s = time.monotonic() - paused_s
            if waited_s > ABANDONED_S and not is_watched(self.run, ABANDONED_S):
                request_continue(self.run)
        if self.run.path.exists():
            clear_paused(self.run)
        self._began_s += time.perf_counter() - began_s

    def _is_pause_due(self) -> bool:
        after = pause_after(self.run)
        return after is not None and self._step >= after

    def _elapsed_s(self) -> float:
        return time.perf_counter() - self._began_s

    # Writing

    def write_batch(self, step: int, loss: float, elapsed_s: float) -> None:
        """Append a row to batches.csv: `step`, from 1 over all epochs, and its mean loss."""
        self._batches.add(f"{step},{loss:.6g},{elapsed_s:.3f}")
        self._events.write_batch(step, loss)
        now_s = time.monotonic()
        if now_s - self._flushed_s > FLUSH_INTERVAL_S:
            self._batches.flush()
            self._events.flush()
            self._flushed_s = now_s

    def write_epoch(self, epoch: int, metrics: dict[str, float], elapsed_s: float) -> None:
        """Append a row to epochs.csv; `metrics` has loss, accuracy, val_loss and val_accuracy."""
        metrics = {name: float(metrics[name]) for name in EPOCH_COLUMNS[1:-1]}
        self._batches.flush()
        values = ",".join(f"{value:.6g}" for value in metrics.values())
        self._epochs.add(f"{epoch},{values},{elapsed_s:.3f}")
        self._epochs.flush()
        self._events.write_epoch(epoch, metrics)
        if self._on_epoch:
            self._on_epoch(epoch, metrics)

    def write_histograms(
        self, epoch: int, weights: list[np.ndarray], gradients: list[np.ndarray]
    ) -> None:
        """Write histograms after `epoch`; `cnn.runs.histograms` reads those of the gradients.

        weights: in the order of `get_weights`; gradients: of those that are trained, or none.
        """
        layers = self.run.config.layers
        names, trained = array_names(layers), trained_arrays(layers)
        numbered = {
            "weights": enumerate(weights),
            "gradients": zip(trained, gradients, strict=False),
        }
        for kind, arrays in numbered.items():
            for index, array in arrays:
                name = names[index].replace(" ", "/", 1).replace(" ", "_")
                self._events.write_histogram(epoch, f"{kind}/{name}", array)
                if kind == "gradients":
                    self._gradients.add(gradient_line(index, Histogram.of(epoch, array)))
        self._gradients.flush()

    def write_weights(self, epoch: int, arrays: list[np.ndarray]) -> None:
        """Write the weights `arrays` after `epoch`; `Run.weights` reads them."""
        write_weights(self.run, epoch, arrays)

    def write_calibration(self, calibration: Calibration) -> None:
        """Write `calibration`; `Run.calibration` reads it."""
        write_calibration(self.run, calibration)

    def close(self) -> None:
        """Flush and close the files."""
        for file in (self._batches, self._epochs, self._gradients, self._events):
            file.close()
