"""The progress of a training, computed from what its run has recorded."""

from dataclasses import dataclass

import numpy as np

from cnn.runs.run import Run

RATE_WINDOW_S = 3.0  # long enough to be steady, short enough to follow the machine's load


@dataclass(frozen=True)
class Progress:
    """`share` is 0 to 1; the rate and `left_s` are None at the start."""

    epoch: int  # from 1
    batch: int  # within the epoch, from 1; 0 before the first
    share: float
    images_per_s: float | None
    left_s: float | None


def progress_of(run: Run, batches: dict[str, np.ndarray]) -> Progress:
    """Return the progress of `run`, given its `Run.batches()`."""
    config, steps = run.config, len(batches["step"])
    total = config.epochs * config.steps_per_epoch
    if steps == 0:
        return Progress(1, 0, 0.0, None, None)
    elapsed_s = batches["elapsed_s"]
    recent = int(np.searchsorted(elapsed_s, elapsed_s[-1] - RATE_WINDOW_S))
    span_s = elapsed_s[-1] - elapsed_s[recent]
    rate = (steps - 1 - recent) * config.batch_size / span_s if span_s > 0 else None
    # The mean time per step, which includes each epoch's evaluation.
    left_s = float(elapsed_s[-1] / steps * (total - steps)) if steps >= 20 else None
    epoch, batch = divmod(steps - 1, config.steps_per_epoch)
    return Progress(epoch + 1, batch + 1, steps / total, rate, left_s)
