"""A run is a folder: everything that is known about one training, and nothing kept elsewhere.

    runs/20261123-031200-max-k3f9/
        config.json            TrainingConfig, and when the run was made
        state.json             how it stands; written whole, so never half-read
        batches.csv            step,loss,elapsed_s: one line a batch, as it comes
        epochs.csv             epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s
        test.json              loss and accuracy on the test digits after the last epoch, if the
                               run validates on others
        name.txt               what people call it, where they gave it a name
        checkpoint.npz         what a resumed training goes on from (see cnn.runs.checkpoints)
        machine.json           what it was computed on (see cnn.runs.machine)
        calibration.json       how far its probabilities can be believed; from its end on
        tensorboard/           the same curves for TensorBoard (see cnn.runs.event_files)
        corrections.npz        the drawings that it is fine-tuned on, if it is
        weights/epoch_003.npz  the network's arrays after epoch 3; epoch 0 is before training
        lock                   held by the process that trains, for as long as it lives, and
                               written anew when it takes it
        stop                   put there by whoever wants the training to stop
        log.txt                what the worker printed

This module reads such folders; `recorder` writes them. Both know neither Keras nor a screen.
"""

import os
import re
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn.config import ConfigError, TrainingConfig
from cnn.constants import ASSETS_PATH, PROJECT_PATH
from cnn.evaluation.calibration import Calibration
from cnn.evaluation.decision import DEFAULT_REJECT_THRESHOLD
from cnn.runs.files import RunError, modified_s, read_columns, read_json, read_name
from cnn.runs.locking import is_locked

PRETRAINED_PATH = ASSETS_PATH / "pretrained"
NOTEBOOK_PATH = ASSETS_PATH / "notebook"
SHIPPED = {path.name: path for path in (PRETRAINED_PATH, NOTEBOOK_PATH)}
CORRECTIONS_FILE = "corrections.npz"
BATCH_COLUMNS = ("step", "loss", "elapsed_s")
EPOCH_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "elapsed_s")
TRAINING = ("starting", "running")
STATES = ("queued", *TRAINING, "finished", "stopped", "failed", "interrupted")
STARTING_GRACE_S = 30  # a worker that has not taken its lock by then never came up


def runs_path() -> Path:
    """Where runs are kept: the environment's CNN_RUNS, else the project's runs/."""
    return Path(os.environ.get("CNN_RUNS") or PROJECT_PATH / "runs")


def weights_path(path: Path, epoch: int) -> Path:
    """Where the run in the folder `path` keeps its weights after `epoch`."""
    return path / "weights" / f"epoch_{epoch:03d}.npz"


@dataclass(frozen=True)
class RunState:
    """How a run stands. `status` is one of STATES; test figures are on MNIST's 10,000 test digits.

    `message` is a sentence for people where a run failed; empty elsewhere.
    """

    status: str
    message: str = ""
    test_loss: float | None = None
    test_accuracy: float | None = None  # 0 to 1
    elapsed_s: float | None = None  # from the first step to the end of the last epoch
    queued_s: float | None = None  # since when it waits, in seconds since 1970

    @property
    def training(self) -> bool:
        """Whether a worker is on it."""
        return self.status in TRAINING

    @property
    def active(self) -> bool:
        """Whether a worker is on it, or will be: it trains, or waits in the queue."""
        return self.training or self.status == "queued"


@dataclass(frozen=True)
class Run:
    """One run's folder, for reading. `id` is the folder's name."""

    path: Path
    config: TrainingConfig
    created: datetime

    @property
    def id(self) -> str:
        """What names the run in addresses and on the command line."""
        return self.path.name

    @property
    def title(self) -> str:
        """What people call the run: a line of any text, maybe with markup, to be shown as text."""
        if self.path == PRETRAINED_PATH:
            return "Pretrained network"
        if self.path == NOTEBOOK_PATH:
            return "The notebook's network"
        if name := read_name(self.path):
            return name
        made = self.created.astimezone()
        kind = "Taught" if self.config.base else self.config.pooling.capitalize()
        return f"{kind}, {made.day} {made:%b %H:%M:%S}"

    @property
    def shipped(self) -> bool:
        """Whether it comes with the app, and so stays as it is."""
        return self.path in SHIPPED.values()

    @property
    def started_s(self) -> float:
        """When its state was last written, in seconds since 1970; 0 if it has none."""
        return modified_s(self.path / "state.json")

    def state(self) -> RunState:
        """How the run stands now; RunError where that cannot be read."""
        state = self._written_state()
        if state.training and not self._worker_lives(state):
            state = self._written_state()  # it may have ended properly since
            if state.training and not self._worker_lives(state):
                reason = "Its worker ended without a word: killed, out of memory, or the machine."
                return RunState("interrupted", reason, **self.last_figures())
        return state

    def _written_state(self) -> RunState:
        values = read_json(self.path / "state.json")
        try:
            state = RunState(**values)
        except TypeError:
            raise RunError(f"Run {self.id}: state.json holds something else.") from None
        if state.status not in STATES:
            raise RunError(f"Run {self.id}: state.json says {state.status!r}, which is no state.")
        figures = (state.test_loss, state.test_accuracy, state.elapsed_s, state.queued_s)
        if not isinstance(state.message, str) or not all(
            each is None or isinstance(each, (int, float)) for each in figures
        ):
            raise RunError(f"Run {self.id}: state.json has a value of the wrong kind.")
        return state

    def last_figures(self) -> dict[str, float]:
        """The figures after the last whole epoch, as RunState takes them; empty before the first.

        A run that validates on digits held out has test figures once it has finished.
        """
        epochs = self.epochs()
        if not len(epochs["epoch"]):
            return {}
        figures = {"elapsed_s": float(epochs["elapsed_s"][-1])}
        if self.config.validation == "test":
            columns = {"test_loss": "val_loss", "test_accuracy": "val_accuracy"}
            test = {name: float(epochs[column][-1]) for name, column in columns.items()}
        else:
            test = self._test_figures(int(epochs["epoch"][-1]))
        return figures | test

    def test_accuracy(self, epoch: int) -> float | None:
        """The accuracy on the test digits after `epoch`, 0 to 1; None if it was not measured."""
        if self.config.validation != "test":
            return self._test_figures(epoch).get("test_accuracy")
        epochs = self.epochs()
        found = epochs["val_accuracy"][epochs["epoch"] == epoch]
        return float(found[0]) if len(found) else None

    def _test_figures(self, epoch: int) -> dict[str, float]:
        """The figures in test.json; empty if it is missing, damaged, or of another epoch."""
        try:
            values = read_json(self.path / "test.json")
            figures = {f"test_{name}": float(values[name]) for name in ("loss", "accuracy")}
        except (KeyError, RunError, TypeError, ValueError, OverflowError):
            return {}
        return figures if values.get("epoch") == epoch else {}

    def _worker_lives(self, state: RunState) -> bool:
        lock = self.path / "lock"
        if is_locked(lock):
            return True
        # A run that is resumed has the lock of its last worker; the next one writes it anew.
        came = lock.exists() and modified_s(lock) >= self.started_s
        age_s = datetime.now(timezone.utc).timestamp() - self.started_s
        return state.status == "starting" and not came and age_s < STARTING_GRACE_S

    def batches(self) -> dict[str, np.ndarray]:
        """The columns of batches.csv as float64 arrays of one length, maybe 0."""
        return read_columns(self.path / "batches.csv", BATCH_COLUMNS)

    def epochs(self) -> dict[str, np.ndarray]:
        """The columns of epochs.csv as float64 arrays of one length, maybe 0."""
        return read_columns(self.path / "epochs.csv", EPOCH_COLUMNS)

    def calibration(self) -> Calibration | None:
        """What was measured at the end of the training; None before it, or where it is damaged."""
        try:
            values = read_json(self.path / "calibration.json")
            if "least" in values:  # its name in runs of before
                values["reject_threshold"] = values.pop("least")
            kinds = {each.name: each.type for each in fields(Calibration)}
            numbers = {name: kinds[name](value) for name, value in values.items()}
            calibration = Calibration(**numbers)
        except (KeyError, RunError, TypeError, ValueError, OverflowError):
            return None
        return calibration if 0 <= calibration.reject_threshold <= 1 else None

    @property
    def reject_threshold(self) -> float:
        """The probability below which an answer is rejected: calibrated, or else the default."""
        calibration = self.calibration()
        return calibration.reject_threshold if calibration else DEFAULT_REJECT_THRESHOLD

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked for the training to stop."""
        return (self.path / "stop").exists()

    def request_stop(self) -> None:
        """Ask the training to stop; raises OSError if the disk refuses or the run was deleted."""
        (self.path / "stop").touch()

    def clear_stop(self) -> None:
        """Take back what `request_stop` asked for, if anything; raises OSError as it does."""
        (self.path / "stop").unlink(missing_ok=True)

    def saved_epochs(self) -> list[int]:
        """The epochs whose weights are there, ascending; 0 is the untrained network."""
        found = (
            re.fullmatch(r"epoch_(\d+)\.npz", each.name) for each in self.path.glob("weights/*")
        )
        return sorted(int(match[1]) for match in found if match)

    @property
    def last_saved_epoch(self) -> int:
        """The last epoch whose weights are there; 0 if none are."""
        return max(self.saved_epochs(), default=0)

    def weights(self, epoch: int) -> list[np.ndarray]:
        """The network's arrays after `epoch`, float32, in the order Keras lists them."""
        path = weights_path(self.path, epoch)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return [arrays[name].astype(np.float32) for name in arrays.files]
        except FileNotFoundError:
            raise RunError(f"Run {self.id} has no weights of epoch {epoch}.") from None
        except Exception:  # what a damaged file can raise is past counting
            raise RunError(f"Run {self.id}: the weights of epoch {epoch} are damaged.") from None


class Network(NamedTuple):
    """A run at an epoch: its network with the weights that it had then."""

    run: Run
    epoch: int

    @classmethod
    def parse(cls, text: str, folder: Path | None = None) -> "Network":
        """The network that `text`, as name@3, names in `folder`; raises RunError as `open_run`."""
        run_id, epoch = text.split("@")
        return cls(open_run(run_id, folder), int(epoch))

    @property
    def text(self) -> str:
        """Name and epoch, as name@3: what `parse` and `TrainingConfig.base` take."""
        return f"{self.run.id}@{self.epoch}"

    @property
    def written_s(self) -> float:
        """When its weights were written, in seconds since 1970; once more after calibration."""
        return modified_s(weights_path(self.run.path, self.epoch))


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """The run called `run_id` in `folder` (default: `runs_path()`), or one that ships.

    Raises RunError where there is none of that name, or its configuration cannot be read.
    """
    if run_id in SHIPPED:
        return read_run(SHIPPED[run_id])
    path = (folder or runs_path()) / run_id
    # A name from an address must not lead out of the folder.
    if not is_run_name(run_id) or not path.is_dir():
        raise RunError(f"There is no run called {run_id[:100]!r}; it may have been deleted.")
    return read_run(path)


def is_run_name(name: str) -> bool:
    """Whether a run can be called so: letters, digits, `_`, `-` and `.`; no way out of a folder."""
    return re.fullmatch(r"[\w-][\w.-]{0,99}", name, re.ASCII) is not None


def read_run(path: Path) -> Run:
    """The run in the folder `path`; RunError where it is missing or its configuration damaged."""
    values = read_json(path / "config.json")
    try:
        created = datetime.fromisoformat(values.pop("created"))
        if created.tzinfo is None:
            created = created.replace(tzinfo=timezone.utc)
    except (KeyError, TypeError, ValueError):
        raise RunError(f"Run {path.name}: config.json has no date that can be read.") from None
    try:
        return Run(path, TrainingConfig.from_dict(values), created)
    except (ConfigError, TypeError) as error:
        raise RunError(f"Run {path.name}: config.json cannot be used. {error}") from None


def shipped_runs() -> list[Run]:
    """The runs that come with the app."""
    return [read_run(path) for path in SHIPPED.values()]


def list_runs(folder: Path | None = None) -> tuple[list[Run], list[str]]:
    """The readable runs in `folder`, newest first, and a sentence for each damaged one.

    `folder` is `runs_path()` by default; one that is not there has no runs. The pretrained run is
    not among them.
    """
    runs: list[Run] = []
    problems: list[str] = []
    folder = folder or runs_path()
    if not folder.is_dir():
        return runs, problems
    for path in folder.iterdir():
        if path.is_dir() and is_run_name(path.name) and path.name not in SHIPPED:
            try:
                run = read_run(path)
                run.state()
                runs.append(run)
            except RunError as error:
                problems.append(str(error))
    return sorted(runs, key=lambda run: run.created, reverse=True), sorted(problems)
