"""Writes a run's folder (see `runs`) while its network is trained."""

import io
import json
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from cnn.calibration import Calibration
from cnn.checkpoints import Checkpoint, write_checkpoint
from cnn.config import TrainingConfig
from cnn.event_files import EventFiles
from cnn.mnist import Digits
from cnn.run_files import read_json, replace_file
from cnn.runs import BATCH_COLUMNS, EPOCH_COLUMNS, Run, RunState, runs_path, weights_path

Tell = Callable[[int, dict[str, float]], None]
FLUSH_EVERY_S = 0.2  # a page looks twice a second; writing every line at once costs steps


def create_run(
    config: TrainingConfig,
    folder: Path | None = None,
    lessons: Digits | None = None,
    state: RunState = RunState("starting"),  # noqa: B008 - frozen
) -> Run:
    """A new run with `config` in `folder` (default: `runs_path()`), in `state`.

    `lessons` are what it is taught beside, where `config.base` names a run to go on from. Raises
    OSError where it cannot be written; then nothing is left of it.
    """
    created = datetime.now(timezone.utc)
    name = f"{created:%Y%m%d-%H%M%S}-{config.pooling}-{secrets.token_hex(2)}"
    run = Run((folder or runs_path()).resolve() / name, config, created)
    # Filled under a hidden name first: a page that lists runs must not find half a one.
    draft = run.path.with_name(f".{name}")
    try:
        (draft / "weights").mkdir(parents=True)
        _write_json(draft / "config.json", {**config.as_dict(), "created": created.isoformat()})
        _write_state(draft, state)
        if lessons:
            np.savez_compressed(draft / "lessons.npz", **lessons._asdict())
        draft.rename(run.path)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return run


def set_epochs(run: Run, epochs: int) -> Run:
    """`run`, to be trained for `epochs` in all from now on."""
    config = replace(run.config, epochs=epochs)
    values = read_json(run.path / "config.json")
    _write_json(run.path / "config.json", {**values, **config.as_dict()})
    return replace(run, config=config)


def write_state(run: Run, state: RunState) -> None:
    """Say how `run` stands now."""
    _write_state(run.path, state)


class Recorder:
    """Listens to one training and writes what it hears into the run's folder.

    It is the `Listener` that `training.train` reports to.
    """

    def __init__(self, run: Run, tell: Tell | None = None) -> None:
        """`tell(epoch, figures)` is called after each epoch is written."""
        self.run, self._tell = run, tell
        self._batches = Table(run.path / "batches.csv", BATCH_COLUMNS)
        self._epochs = Table(run.path / "epochs.csv", EPOCH_COLUMNS)
        self._events = EventFiles(run.path)
        self._flushed_s = time.monotonic()

    def on_batch(self, step: int, loss: float, elapsed_s: float) -> None:
        """Note one step's loss."""
        self._batches.add(f"{step},{loss:.6g},{elapsed_s:.3f}")
        self._events.write_batch(step, loss)
        now_s = time.monotonic()
        if now_s - self._flushed_s > FLUSH_EVERY_S:
            self._batches.flush()
            self._events.flush()
            self._flushed_s = now_s

    def on_epoch(self, epoch: int, figures: dict[str, float], elapsed_s: float) -> None:
        """Note an epoch's figures; `figures` holds loss, accuracy, val_loss and val_accuracy."""
        values = [figures[name] for name in EPOCH_COLUMNS[1:-1]]
        self._batches.flush()
        self._epochs.add(f"{epoch},{','.join(f'{v:.6g}' for v in values)},{elapsed_s:.3f}")
        self._epochs.flush()
        self._events.write_epoch(epoch, figures)
        if self._tell:
            self._tell(epoch, figures)

    def on_weights(self, epoch: int, arrays: list[np.ndarray]) -> None:
        """Keep the network's `arrays` after `epoch`, for `Run.weights` to give back."""
        buffer = io.BytesIO()
        np.savez(buffer, **{f"array_{i:02d}": array for i, array in enumerate(arrays)})
        replace_file(weights_path(self.run.path, epoch), buffer.getvalue())

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep what a resumed training goes on from; after the epoch's weights and figures."""
        write_checkpoint(self.run, checkpoint)

    def on_calibration(self, calibration: Calibration) -> None:
        """Keep what `Run.calibration` gives back."""
        _write_json(self.run.path / "calibration.json", asdict(calibration))

    def close(self) -> None:
        """Write what is still in memory."""
        self._batches.close()
        self._epochs.close()
        self._events.close()


class Table:
    """A CSV that grows by whole lines: where the disk has no room for more, it stays as it was."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """The file at `path`; one that is new begins with the names of its `columns`."""
        self._file = path.open("ab", buffering=0)
        self._lines: list[str] = []
        if not self._file.tell():
            self.add(",".join(columns))
            self.flush()

    def add(self, line: str) -> None:
        """Have one more line written with the next `flush`."""
        self._lines.append(f"{line}\n")

    def flush(self) -> None:
        """Write the lines that were added since the last time."""
        length, content = self._file.tell(), "".join(self._lines).encode()
        self._lines.clear()
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError:
            self._file.truncate(length)
            raise

    def close(self) -> None:
        """Write what is still in memory."""
        try:
            self.flush()
        finally:
            self._file.close()


def _write_state(folder: Path, state: RunState) -> None:
    _write_json(
        folder / "state.json", {k: v for k, v in vars(state).items() if v not in (None, "")}
    )


def _write_json(path: Path, values: dict[str, Any]) -> None:
    replace_file(path, json.dumps(values, indent=1).encode() + b"\n")
