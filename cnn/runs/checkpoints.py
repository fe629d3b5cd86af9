"""What a training that was ended goes on from: the network and its optimizer after a whole epoch.

The order in which an epoch is written makes a kill at any moment harmless: its weights, then its
line in epochs.csv, then the checkpoint, each in one step. Between the last two, the checkpoint is
that of the epoch before; then that one is the last for which all are there, and the next is
trained again. Knows no Keras.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnn.runs.files import replace_file
from cnn.runs.run import Run, RunError, weights_path


@dataclass(frozen=True)
class Checkpoint:
    """A training after `epoch` whole epochs.

    weights: the network's arrays, before any calibration; optimizer: its variables as Keras lists
    them (steps taken, moments), or None where they were not kept and it begins afresh.
    """

    epoch: int
    elapsed_s: float  # since the first step, without the time between its end and now
    weights: list[np.ndarray]
    optimizer: list[np.ndarray] | None = None


def write_checkpoint(run: Run, checkpoint: Checkpoint) -> None:
    """Keep `checkpoint` in place of the last one."""
    arrays = {f"weights_{i:02d}": array for i, array in enumerate(checkpoint.weights)}
    arrays |= {f"optimizer_{i:02d}": array for i, array in enumerate(checkpoint.optimizer or [])}
    buffer = io.BytesIO()
    np.savez(buffer, epoch=checkpoint.epoch, elapsed_s=checkpoint.elapsed_s, **arrays)
    replace_file(_path(run), buffer.getvalue())


def read_checkpoint(run: Run) -> Checkpoint | None:
    """What `write_checkpoint` kept; None where there is none that can be read."""
    try:
        with np.load(_path(run), allow_pickle=False) as arrays:
            # Runs of before spelled it "optimiser".
            parts = {
                part: [arrays[name] for name in arrays.files if re.match(pattern, name)]
                for part, pattern in (("weights", "weights_"), ("optimizer", "optimi[sz]er_"))
            }
            epoch, elapsed_s = int(arrays["epoch"]), float(arrays["elapsed_s"])
    except Exception:  # what a missing or a damaged file can raise is past counting
        return None
    return Checkpoint(epoch, elapsed_s, parts["weights"], parts["optimizer"] or None)


def last_complete_epoch(run: Run) -> int:
    """How many epochs of `run` are whole; 0 where none is. RunError where epochs.csv is damaged."""
    return int(max(run.epochs()["epoch"], default=0))


def find_checkpoint(run: Run) -> Checkpoint | None:
    """The last epoch for which all are there; None where `run` has to begin at its beginning.

    Where the optimizer's part is missing, as in older runs, it is the last epoch with weights.
    """
    epochs = run.epochs()
    kept = read_checkpoint(run)
    if kept and kept.epoch in epochs["epoch"]:
        return kept
    for epoch, elapsed_s in zip(epochs["epoch"][::-1], epochs["elapsed_s"][::-1], strict=True):
        try:
            return Checkpoint(int(epoch), float(elapsed_s), run.weights(int(epoch)))
        except RunError:
            continue
    return None


def roll_back(run: Run) -> Checkpoint | None:
    """Forget what `run` recorded after the checkpoint that is found; returns that checkpoint.

    Its curves then end there, so that a training that goes on leaves no gap and doubles no epoch.
    Only for the process that holds the run's lock.
    """
    checkpoint = find_checkpoint(run)
    epoch = checkpoint.epoch if checkpoint else 0
    _cut(run.path / "epochs.csv", epoch)
    _cut(run.path / "batches.csv", epoch * run.config.steps_per_epoch)
    for saved in run.saved_epochs():
        if saved > epoch:
            weights_path(run.path, saved).unlink(missing_ok=True)
    return checkpoint


def _cut(path: Path, last: int) -> None:
    """Leave the header and the whole lines whose first number is at most `last`."""
    if not path.exists():
        return
    content = path.read_bytes()
    header, *lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True) or [b""]
    kept = header + b"".join(line for line in lines if int(line.split(b",")[0]) <= last)
    if kept != content:
        replace_file(path, kept)


def _path(run: Run) -> Path:
    return run.path / "checkpoint.npz"
