"""The base network of a fine-tuned run, and its corrections."""

import numpy as np

from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import Digits
from cnn.runs.run import CORRECTIONS_FILE, Network, Run, RunError


def read_fine_tuning_digits(run: Run) -> Digits:
    """Return the corrections that `run` is fine-tuned on: (n, 28, 28) and (n,) uint8.

    Raises RunError if they are missing or damaged.
    """
    path = run.path / CORRECTIONS_FILE
    if not path.exists():
        path = run.path / "lessons.npz"  # its name in older runs
    try:
        with np.load(path, allow_pickle=False) as arrays:
            corrections = Digits(arrays["images"], arrays["labels"])
    except Exception:  # np.load raises many types on a damaged file
        raise RunError(f"Run {run.id}: {CORRECTIONS_FILE} is missing or damaged.") from None
    if corrections.images.shape[1:] != IMAGE_SHAPE or not len(corrections.labels):
        raise RunError(f"Run {run.id}: {CORRECTIONS_FILE} has arrays of the wrong shape.")
    return corrections


def base_of(run: Run) -> Network | None:
    """Return the network that `run` was fine-tuned from, or None.

    Raises RunError if that run is missing.
    """
    return Network.parse(run.config.base, run.path.parent) if run.config.base else None
