"""A run's curves as TensorBoard reads them: event files beside the run's CSV files.

    runs/20261123-031200-max-k3f9/tensorboard/
        training/events.out.tfevents.*    batch_loss, epoch_loss, epoch_accuracy
        validation/events.out.tfevents.*  epoch_loss, epoch_accuracy

The two curves of one name share a chart. TensorFlow itself writes them, so TensorBoard need not be
installed; it is imported with the first event, which only a process that trains ever writes.
"""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class EventFiles:
    """Writes one training's event files into `path`, the run's folder; made with the first event.

    A batch's event takes about 6 µs, and 49 bytes on the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / "tensorboard"
        self._writers: dict[str, _Writer] = {}

    def write_batch(self, step: int, loss: float) -> None:
        """Note the loss of batch `step`, counted from 1 through all epochs."""
        self._writer("training").write(step, {"batch_loss": loss})

    def write_epoch(self, epoch: int, figures: dict[str, float]) -> None:
        """Note an epoch's loss, accuracy, val_loss and val_accuracy, and put all on the disk."""
        for part, prefix in (("training", ""), ("validation", "val_")):
            values = {f"epoch_{name}": figures[prefix + name] for name in ("loss", "accuracy")}
            self._writer(part).write(epoch, values)
        self.flush()

    def flush(self) -> None:
        """Put what was noted on the disk, where TensorBoard finds it."""
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """Write what is still in memory."""
        for writer in self._writers.values():
            writer.close()

    def _writer(self, part: str) -> "_Writer":
        if part not in self._writers:
            # No parents: the folder of a run that was deleted meanwhile must not come back.
            for folder in (self._path, self._path / part):
                folder.mkdir(exist_ok=True)
            self._writers[part] = _Writer(self._path / part)
        return self._writers[part]


class _Writer:
    """One event file: TensorFlow's protocol buffers in TensorFlow's records."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self._messages, self._errors = tf.compat.v1, tf.errors
        self._file = self._try(tf.io.TFRecordWriter, str(_event_file(folder)))
        self._begun = False
        self._write(file_version="brain.Event:2")

    def write(self, step: int, values: dict[str, float]) -> None:
        """One event with all of `values`."""
        if not self._begun:
            # Makes TensorBoard forget what an interrupted training wrote from this step on.
            start = self._messages.SessionLog(status=self._messages.SessionLog.START)
            self._write(step=step, session_log=start)
            self._begun = True
        value = self._messages.Summary.Value
        scalars = [value(tag=tag, simple_value=number) for tag, number in values.items()]
        self._write(step=step, summary=self._messages.Summary(value=scalars))

    def flush(self) -> None:
        """Put it on the disk; OSError where it refuses, as for the run's other files."""
        self._try(self._file.flush)

    def close(self) -> None:
        """The same, for good."""
        self._try(self._file.close)

    def _write(self, **fields) -> None:
        event = self._messages.Event(wall_time=time.time(), **fields)
        self._try(self._file.write, event.SerializeToString())

    def _try(self, action: Callable, *arguments: Any) -> Any:
        try:
            return action(*arguments)
        except self._errors.OpError as error:
            full = isinstance(error, self._errors.ResourceExhaustedError)
            raise OSError(errno.ENOSPC if full else errno.EIO, error.message) from None


def _event_file(folder: Path) -> Path:
    """A new name: TensorBoard goes by "tfevents", and reads a folder's files in their order."""
    return folder / f"events.out.tfevents.{time.time_ns()}"
