"""The state of a run: state.json, and whether its training process is alive."""

import time
from dataclasses import dataclass
from pathlib import Path

from cnn.runs.files import RunError, modified_s, read_json
from cnn.runs.locking import is_locked

TRAINING = ("starting", "running")
STATES = ("queued", *TRAINING, "finished", "stopped", "failed", "interrupted")
STARTING_GRACE_S = 30  # a process that has not taken the run's lock by then failed to start


@dataclass(frozen=True)
class RunState:
    """`status` is one of STATES; the test figures are those on MNIST's 10,000 test digits.

    `message` is a sentence for people if the run failed or was interrupted, else empty.
    """

    status: str
    message: str = ""
    test_loss: float | None = None
    test_accuracy: float | None = None  # 0 to 1
    elapsed_s: float | None = None  # from the first step to the end of the last epoch
    queued_s: float | None = None  # when it joined the queue, in seconds since 1970

    @property
    def training(self) -> bool:
        """Whether a process trains the run, or is starting to."""
        return self.status in TRAINING

    @property
    def active(self) -> bool:
        """Whether the run is training or queued."""
        return self.training or self.status == "queued"


def read_state(path: Path) -> RunState:
    """Read state.json in the folder `path`. Raises RunError if it is missing or damaged."""
    name = f"Run {path.name}: state.json"
    try:
        state = RunState(**read_json(path / "state.json"))
    except TypeError:
        raise RunError(f"{name} has unknown or missing values.") from None
    if state.status not in STATES:
        raise RunError(f"{name} has the unknown status {state.status!r}.")
    figures = (state.test_loss, state.test_accuracy, state.elapsed_s, state.queued_s)
    numbers = all(each is None or isinstance(each, (int, float)) for each in figures)
    if not (numbers and isinstance(state.message, str)):
        raise RunError(f"{name} has a value of the wrong type.")
    return state


def has_process(path: Path, state: RunState) -> bool:
    """Whether the run in the folder `path`, which is training, has a live process."""
    lock = path / "lock"
    if is_locked(lock):
        return True
    # A resumed run still has the lock file of its last process: of a run that is to start, its time
    # is 0 (see `cnn.runs.writing.write_state`), until the next process sets it. Two times are not
    # compared, nor the state's taken for earlier than now: the clock may have been set back.
    was_locked = modified_s(lock) > 0
    recent = abs(time.time() - modified_s(path / "state.json")) < STARTING_GRACE_S
    return state.status == "starting" and not was_locked and recent
