"""TensorBoard event files with a run's curves, in addition to its CSV files.

    runs/20261123-031200-max-a3f9/tensorboard/
        training/events.out.tfevents.*    batch_loss, epoch_loss, epoch_accuracy, and after each
                                          epoch histograms of weights and gradients
        validation/events.out.tfevents.*  epoch_loss, epoch_accuracy

The two curves of one name share a chart. tensorboardX is imported when the first event is written,
which only a training process does.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnn.runs.histograms import Histogram

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter

FLUSH_EVERY_S = 5.0  # takes about 4 ms; TensorBoard does not reload more often


class EventFiles:
    """Writes one training's event files into the run's folder `path`, from the first event on.

    An event takes about 8 µs and 49 bytes. All methods raise OSError if the disk is full;
    tensorboardX's SummaryWriter is not used because it writes in a thread, where that is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path / "tensorboard"
        self._writers: dict[str, EventsWriter] = {}
        self._flushed_s = float("-inf")

    def write_batch(self, step: int, loss: float) -> None:
        """Write the loss of batch `step`, counted from 1 over all epochs."""
        self._write("training", step, {"batch_loss": loss})

    def write_epoch(self, epoch: int, figures: dict[str, float]) -> None:
        """Write an epoch's loss, accuracy, val_loss and val_accuracy, and flush to the disk."""
        for part, prefix in (("training", ""), ("validation", "val_")):
            values = {f"epoch_{name}": figures[prefix + name] for name in ("loss", "accuracy")}
            self._write(part, epoch, values)
        self._flush_now()

    def write_histogram(self, epoch: int, tag: str, array: np.ndarray) -> None:
        """Write the histogram of all values of `array` after `epoch`."""
        from tensorboardX.proto.summary_pb2 import HistogramProto, Summary

        values = array.astype(np.float64).ravel()
        _, low, high, counts = Histogram.of(epoch, values)
        histogram = HistogramProto(
            min=low,
            max=high,
            num=len(values),
            sum=values.sum(),
            sum_squares=values @ values,
            bucket_limit=np.linspace(low, high, len(counts) + 1)[1:].tolist(),
            bucket=counts.tolist(),
        )
        self._write_values("training", epoch, [Summary.Value(tag=tag, histo=histogram)])

    def flush(self) -> None:
        """Flush to the disk, unless that was done within the last FLUSH_EVERY_S seconds."""
        if time.monotonic() - self._flushed_s > FLUSH_EVERY_S:
            self._flush_now()

    def close(self) -> None:
        """Flush and close the files."""
        for writer in self._writers.values():
            writer.close()

    def _flush_now(self) -> None:
        for writer in self._writers.values():
            writer.flush()
        self._flushed_s = time.monotonic()

    def _write(self, part: str, step: int, values: dict[str, float]) -> None:
        from tensorboardX.proto.summary_pb2 import Summary

        scalars = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        self._write_values(part, step, scalars)

    def _write_values(self, part: str, step: int, values: list) -> None:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.proto.summary_pb2 import Summary

        if part not in self._writers:
            self._writers[part] = self._open(part, step)
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=values))
        self._writers[part].write_event(event)

    def _open(self, part: str, step: int) -> "EventsWriter":
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog

        # No parents: the folder of a deleted run must not be created again.
        for folder in (self._path, self._path / part):
            folder.mkdir(exist_ok=True)
        # The library's names are timestamps in seconds: a quick resume would overwrite the file.
        writer = EventsWriter(str(self._path / part / "events"), f".{time.time_ns()}")
        # Makes TensorBoard discard earlier events from this step on, of an interrupted training.
        start = SessionLog(status=SessionLog.START)
        writer.write_event(Event(wall_time=time.time(), step=step, session_log=start))
        return writer
