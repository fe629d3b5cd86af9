"""Checkpoints: what a training that ended early continues from.

An epoch is written in an order that makes a kill at any moment harmless: its weights, then its line
in epochs.csv, then the checkpoint, each in one step. After a kill between the last two, the
checkpoint is that of the epoch before, and the last epoch is trained again. Imports no Keras.
"""

import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnn.disk import replace_file
from cnn.runs.run import Run, RunError, weights_path

CHECKPOINT_FILE = "checkpoint.npz"
DRAFTS = ("weights/.epoch_*.npz.*", f".{CHECKPOINT_FILE}.*")  # see cnn.disk.replace_file
# The names of the arrays of each part; older runs spell it "optimiser".
PARTS = {"weights": "weights_", "optimizer": "optimi[sz]er_", "random": "random_"}


@dataclass(frozen=True)
class Checkpoint:
    """A training after `epoch` complete epochs.

    weights: the network's arrays, before calibration; optimizer: its variables in Keras's order, or
    None if they are missing and it starts with new ones; random: the states of the generators of
    its Dropout layers, empty if they are missing.
    """

    epoch: int
    elapsed_s: float  # time spent in training so far
    weights: list[np.ndarray]
    optimizer: list[np.ndarray] | None = None
    random: list[np.ndarray] = field(default_factory=list)


def write_checkpoint(run: Run, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` in place of the last one."""
    arrays = {f"weights_{i:02d}": array for i, array in enumerate(checkpoint.weights)}
    arrays |= {f"optimizer_{i:02d}": array for i, array in enumerate(checkpoint.optimizer or [])}
    arrays |= {f"random_{i:02d}": array for i, array in enumerate(checkpoint.random)}
    buffer = io.BytesIO()
    np.savez(buffer, epoch=checkpoint.epoch, elapsed_s=checkpoint.elapsed_s, **arrays)
    replace_file(run.path / CHECKPOINT_FILE, buffer.getvalue())


def read_checkpoint(run: Run) -> Checkpoint | None:
    """Read what `write_checkpoint` wrote. Returns None if it is missing or damaged."""
    try:
        with np.load(run.path / CHECKPOINT_FILE, allow_pickle=False) as arrays:
            parts = {
                part: [arrays[name] for name in arrays.files if re.match(pattern, name)]
                for part, pattern in PARTS.items()
            }
            epoch, elapsed_s = int(arrays["epoch"]), float(arrays["elapsed_s"])
    except Exception:  # np.load raises many types on a damaged file
        return None
    optimizer = parts["optimizer"] or None
    return Checkpoint(epoch, elapsed_s, parts["weights"], optimizer, parts["random"])


def last_complete_epoch(run: Run) -> int:
    """Return the last complete epoch of `run`, or 0. Raises RunError if epochs.csv is damaged."""
    return int(max(run.epochs()["epoch"], default=0))


def find_checkpoint(run: Run) -> Checkpoint | None:
    """Return the checkpoint of `run` if it is readable and its epoch is in epochs.csv.

    Otherwise one of the last epoch with readable weights, without the optimizer; None if there is
    none. Raises RunError if epochs.csv is damaged.
    """
    epochs = run.epochs()
    checkpoint = read_checkpoint(run)
    if checkpoint and checkpoint.epoch in epochs["epoch"]:
        return checkpoint
    for epoch, elapsed_s in zip(epochs["epoch"][::-1], epochs["elapsed_s"][::-1], strict=True):
        try:
            return Checkpoint(int(epoch), float(elapsed_s), run.weights(int(epoch)))
        except RunError:
            continue
    return None


def roll_back(run: Run) -> Checkpoint | None:
    """Remove the epochs, batches and weights after the checkpoint of `run`; return the checkpoint.

    A resumed training then leaves no gap in the curves and repeats no epoch. The caller must hold
    the run's lock. Raises RunError if a table is damaged.
    """
    checkpoint = find_checkpoint(run)
    epoch = checkpoint.epoch if checkpoint else 0
    for table in ("epochs.csv", "gradients.csv"):
        _cut(run.path / table, epoch)
    _cut(run.path / "batches.csv", epoch * run.config.steps_per_epoch)
    for saved in run.saved_epochs():
        if saved > epoch:
            weights_path(run.path, saved).unlink(missing_ok=True)
    for pattern in DRAFTS:  # of a worker that was killed while it wrote them
        for draft in run.path.glob(pattern):
            draft.unlink(missing_ok=True)
    (run.path / "live.npz").unlink(missing_ok=True)  # of a batch that is trained again
    return checkpoint


def _cut(path: Path, last: int) -> None:
    """Keep the header and the complete lines whose first number is at most `last`.

    Raises RunError if a line does not begin with a number.
    """
    if not path.exists():
        return
    content = path.read_bytes()
    header, *lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True) or [b""]
    try:
        kept = header + b"".join(line for line in lines if int(line.split(b",")[0]) <= last)
    except ValueError:
        raise RunError(f"Run {path.parent.name}: {path.name} is damaged.") from None
    if kept != content:
        replace_file(path, kept)
