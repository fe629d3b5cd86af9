"""Writes a run's folder (see `runs`) while its network is trained."""

import io
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from cnn.calibration import Calibration
from cnn.config import TrainingConfig
from cnn.mnist import Digits
from cnn.runs import BATCH_COLUMNS, EPOCH_COLUMNS, Run, RunState, runs_path, weights_path

Tell = Callable[[int, dict[str, float]], None]
FLUSH_EVERY_S = 0.2  # a page looks twice a second; writing every line at once costs steps


def create_run(
    config: TrainingConfig, folder: Path | None = None, lessons: Digits | None = None
) -> Run:
    """A new run with `config` in `folder` (default: `runs_path()`), in state "starting".

    `lessons` are what it is taught beside, where `config.base` names a run to go on from.
    """
    created = datetime.now(timezone.utc)
    name = f"{created:%Y%m%d-%H%M%S}-{config.pooling}-{secrets.token_hex(2)}"
    run = Run((folder or runs_path()).resolve() / name, config, created)
    # Filled under a hidden name first: a page that lists runs must not find half a one.
    draft = run.path.with_name(f".{name}")
    (draft / "weights").mkdir(parents=True)
    _write_json(draft / "config.json", {**config.as_dict(), "created": created.isoformat()})
    _write_json(draft / "state.json", {"status": "starting"})
    if lessons:
        np.savez_compressed(draft / "lessons.npz", **lessons._asdict())
    draft.rename(run.path)
    return run


def write_state(run: Run, state: RunState) -> None:
    """Say how `run` stands now."""
    _write_json(
        run.path / "state.json", {k: v for k, v in vars(state).items() if v not in (None, "")}
    )


class Recorder:
    """Listens to one training and writes what it hears into the run's folder.

    It is the `Listener` that `training.train` reports to.
    """

    def __init__(self, run: Run, tell: Tell | None = None) -> None:
        """`tell(epoch, figures)` is called after each epoch is written."""
        self.run, self._tell = run, tell
        self._batches = _append(run.path / "batches.csv", BATCH_COLUMNS)
        self._epochs = _append(run.path / "epochs.csv", EPOCH_COLUMNS)
        self._flushed_s = time.monotonic()

    def on_batch(self, step: int, loss: float, elapsed_s: float) -> None:
        """Note one step's loss."""
        self._batches.write(f"{step},{loss:.6g},{elapsed_s:.3f}\n")
        now_s = time.monotonic()
        if now_s - self._flushed_s > FLUSH_EVERY_S:
            self._batches.flush()
            self._flushed_s = now_s

    def on_epoch(self, epoch: int, figures: dict[str, float], elapsed_s: float) -> None:
        """Note an epoch's figures; `figures` holds loss, accuracy, val_loss and val_accuracy."""
        values = [figures[name] for name in EPOCH_COLUMNS[1:-1]]
        self._batches.flush()
        self._epochs.write(f"{epoch},{','.join(f'{v:.6g}' for v in values)},{elapsed_s:.3f}\n")
        self._epochs.flush()
        if self._tell:
            self._tell(epoch, figures)

    def on_weights(self, epoch: int, arrays: list[np.ndarray]) -> None:
        """Keep the network's `arrays` after `epoch`, for `Run.weights` to give back."""
        buffer = io.BytesIO()
        np.savez(buffer, **{f"array_{i:02d}": array for i, array in enumerate(arrays)})
        _replace(weights_path(self.run.path, epoch), buffer.getvalue())

    def on_calibration(self, calibration: Calibration) -> None:
        """Keep what `Run.calibration` gives back."""
        _write_json(self.run.path / "calibration.json", asdict(calibration))

    def close(self) -> None:
        """Write what is still in memory."""
        self._batches.close()
        self._epochs.close()


def _append(path: Path, columns: tuple[str, ...]) -> io.TextIOWrapper:
    file = path.open("a", newline="")
    if not file.tell():
        file.write(",".join(columns) + "\n")
    return file


def _write_json(path: Path, values: dict[str, Any]) -> None:
    _replace(path, json.dumps(values, indent=1).encode() + b"\n")


def _replace(path: Path, content: bytes) -> None:
    """Write in one step: a reader sees the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.write_bytes(content)
    draft.replace(path)
