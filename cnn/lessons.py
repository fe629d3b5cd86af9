"""What a run that goes on from another one starts with, and is taught."""

import numpy as np

from cnn.mnist import IMAGE_SHAPE, Digits
from cnn.runs import Network, Run, RunError


def read_lessons(run: Run) -> Digits:
    """The drawings that `run` is taught, (n, 28, 28) and (n,) uint8; RunError without any."""
    try:
        with np.load(run.path / "lessons.npz", allow_pickle=False) as arrays:
            lessons = Digits(arrays["images"], arrays["labels"])
    except Exception:  # what a damaged file can raise is past counting
        raise RunError(f"Run {run.id}: lessons.npz is missing or damaged.") from None
    if lessons.images.shape[1:] != IMAGE_SHAPE or not len(lessons.labels):
        raise RunError(f"Run {run.id}: lessons.npz holds something else.")
    return lessons


def base_of(run: Run) -> Network | None:
    """The network that `run` goes on from; None if it began by itself.

    Raises RunError if that run is gone.
    """
    return Network.parse(run.config.base, run.path.parent) if run.config.base else None
