"""The first convolution's kernels during a training, for a page that shows them.

watched     touched by a page that shows the run
live.npz    the kernels, and the batch after which, while the run is watched
"""

import io
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from cnn.disk import replace_file
from cnn.runs.files import modified_s
from cnn.runs.run import Run

WATCHED_S = 3.0  # a page that has not touched its file for so long is gone


class LiveKernels(NamedTuple):
    """kernels: (h, w, 1, n) float32, after batch `step`, counted from 1 over all epochs."""

    step: int
    kernels: np.ndarray


def first_kernels(arrays: Iterable[Any]) -> Any | None:
    """Return the kernels of the first convolution, (h, w, 1, n), among arrays or variables.

    Returns None if the network has no convolution.
    """
    return next((each for each in arrays if len(each.shape) == 4), None)


def mark_watched(run: Run) -> None:
    """Report that a page shows `run`."""
    with suppress(OSError):  # the disk is full, or the run was deleted
        (run.path / "watched").touch()


def is_watched(run: Run, within_s: float = WATCHED_S) -> bool:
    """Whether a page shows `run`, or has done so in the last `within_s` seconds."""
    # In the future if the clock was set back since.
    return abs(time.time() - modified_s(run.path / "watched")) < within_s


def write_live_kernels(run: Run, live: LiveKernels) -> None:
    """Write the kernels; nothing is lost without them, so a full disk is not an error."""
    buffer = io.BytesIO()
    np.savez(buffer, **live._asdict())
    with suppress(OSError):
        replace_file(run.path / "live.npz", buffer.getvalue(), lasting=False)


def read_live_kernels(run: Run) -> LiveKernels | None:
    """Read what `write_live_kernels` wrote. Returns None if it is missing or damaged."""
    try:
        with np.load(run.path / "live.npz", allow_pickle=False) as arrays:
            kernels = arrays["kernels"]
            return LiveKernels(int(arrays["step"]), kernels) if kernels.ndim == 4 else None
    except Exception:  # np.load raises many types on a damaged file
        return None
