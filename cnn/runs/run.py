"""A run is a folder that holds everything about one training.

    runs/20261123-031200-max-a3f9/
        config.json            the settings (TrainingConfig), and when the run was created
        state.json             its status and, once it has ended, its figures (RunState)
        name.txt               its name, if somebody gave it one
        turn.txt               its turn in the queue (see cnn.jobs.queue)
        owner.txt              who started it, if that was a visitor (see cnn.ownership)
        notes.json             its note and tags, if it has some (see cnn.runs.notes)
        batches.csv            step,loss,elapsed_s: a line for each batch
        epochs.csv             epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s
        test.json              loss and accuracy on the test digits after the last epoch, if the
                               run validates on training digits held out
        weights/epoch_003.npz  the network's arrays after epoch 3; epoch 0 is before training
        gradients.csv          histograms of the gradients (see cnn.runs.histograms)
        watched, live.npz      the kernels while a page shows them (see cnn.runs.live_kernels)
        checkpoint.npz         what a resumed training continues from (see cnn.runs.checkpoints)
        calibration.json       temperature and rejection threshold (see cnn.evaluation.calibration),
                               measured at the end of the training
        corrections.npz        the corrected drawings that it is fine-tuned on, if it is
        imported.json          the file that it was imported from, if it was not trained here: then
                               there are no CSV files, and the weights are those of epoch 1
        machine.json           host, processor, threads, precision, versions (see cnn.runs.machine)
        tensorboard/           the same curves for TensorBoard (see cnn.runs.event_files)
        lock                   held as long as the run is trained: by the process that trains, or by
                               that which has a Ray cluster train (see cnn.jobs.ray_process)
        stop                   a file that asks the process to stop
        pause, paused          requests to pause, and the answer (see cnn.runs.pausing)
        log.txt                the output of the process

All files but the CSV files, the log and TensorBoard's are replaced in one step, so that a
reader never sees half of one; of a CSV file only complete lines are read. This module reads such
folders; `writing`, `checkpoints` and `cnn.training.recorder` write them.
"""

import os
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnn.config import ConfigError, TrainingConfig
from cnn.constants import ASSETS_PATH, PROJECT_PATH
from cnn.dataset_facts import DatasetFacts
from cnn.evaluation.calibration import Calibration
from cnn.evaluation.decision import DEFAULT_REJECT_THRESHOLD
from cnn.runs.files import RunError, modified_s, read_columns, read_json, read_name
from cnn.runs.state import RunState, has_process, read_state

PRETRAINED_PATH = ASSETS_PATH / "pretrained"
NOTEBOOK_PATH = ASSETS_PATH / "notebook"
EMBEDDING_PATH = ASSETS_PATH / "embedding"
TITLES = {
    PRETRAINED_PATH: "Pretrained network",
    NOTEBOOK_PATH: "The notebook's network",
    EMBEDDING_PATH: "Embedding network",
}
SHIPPED = {path.name: path for path in TITLES}
CORRECTIONS_FILE = "corrections.npz"
IMPORTED_FILE = "imported.json"  # see cnn.runs.imported
BATCH_COLUMNS = ("step", "loss", "elapsed_s")
EPOCH_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "elapsed_s")
FIGURES = ("loss", "accuracy")
CRASHED = "The training process exited unexpectedly (killed, out of memory, or a restart)."


def runs_path() -> Path:
    """Return the folder of all runs: CNN_RUNS in the environment, or else the project's runs/."""
    return Path(os.environ.get("CNN_RUNS") or PROJECT_PATH / "runs")


def weights_path(path: Path, epoch: int) -> Path:
    """Return the file of the weights after `epoch` of the run in the folder `path`."""
    return path / "weights" / f"epoch_{epoch:03d}.npz"


@dataclass(frozen=True)
class Run:
    """A run's folder, for reading."""

    path: Path
    config: TrainingConfig
    created: datetime

    @property
    def id(self) -> str:
        """The folder's name, which identifies the run in addresses and on the command line."""
        return self.path.name

    @property
    def title(self) -> str:
        """The name shown for the run: one line of any text, which may contain markup."""
        if self.path in TITLES:
            return TITLES[self.path]
        if name := read_name(self.path):
            return name
        kind = "Own network" if self.config.network else self.config.pooling.capitalize()
        kind = "Fine-tuned" if self.config.base else kind
        kind = "Imported network" if self.imported else kind
        return f"{kind}, {self.created_text}"

    @property
    def data(self) -> DatasetFacts:
        """What the run knows of its data set, whose pictures may be gone."""
        return self.config.dataset

    @property
    def created_text(self) -> str:
        """When the run was created, in local time, like "25 Nov 11:05:41"."""
        created = self.created.astimezone()
        return f"{created.day} {created:%b %H:%M:%S}"

    @property
    def shipped(self) -> bool:
        """Whether the run ships with the app, and so cannot be changed."""
        return self.path in SHIPPED.values()

    @property
    def imported(self) -> bool:
        """Whether the network was imported from a file instead of trained here."""
        return (self.path / IMPORTED_FILE).exists()

    @property
    def started_s(self) -> float:
        """When its state was last written, in seconds since 1970; 0 if it has none."""
        return modified_s(self.path / "state.json")

    def state(self) -> RunState:
        """Return the current state. Raises RunError if it cannot be read."""
        for _ in range(2):  # between the two, the process may have ended normally
            state = read_state(self.path)
            if not state.training or has_process(self.path, state):
                return state
        return RunState("interrupted", CRASHED, **self.last_figures())

    def last_figures(self) -> dict[str, float]:
        """Return the figures of RunState after the last complete epoch; empty before the first.

        A run that validates on digits held out has test figures only once it has finished.
        """
        epochs = self.epochs()
        if not len(epochs["epoch"]):
            return {}
        test = self._test_figures(int(epochs["epoch"][-1]))
        return {"elapsed_s": float(epochs["elapsed_s"][-1]), **test}

    def test_accuracy(self, epoch: int) -> float | None:
        """Return the test accuracy after `epoch`, 0 to 1; None if it was not measured."""
        return self._test_figures(epoch).get("test_accuracy")

    def _test_figures(self, epoch: int) -> dict[str, float]:
        """Return test_loss and test_accuracy after `epoch`; empty if they were not measured."""
        if self.config.validation == "test" and not self.imported:
            epochs = self.epochs()
            rows = np.flatnonzero(epochs["epoch"] == epoch)
            found = {f"test_{name}": epochs[f"val_{name}"][rows] for name in FIGURES}
            return {name: float(values[0]) for name, values in found.items() if len(values)}
        try:
            values = read_json(self.path / "test.json")
            figures = {f"test_{name}": float(values[name]) for name in FIGURES}
        except (KeyError, RunError, TypeError, ValueError, OverflowError):
            return {}
        return figures if values.get("epoch") == epoch else {}

    def batches(self) -> dict[str, np.ndarray]:
        """Read batches.csv: columns of float64, all of one length, which may be 0."""
        return read_columns(self.path / "batches.csv", BATCH_COLUMNS)

    def epochs(self) -> dict[str, np.ndarray]:
        """Read epochs.csv: columns of float64, all of one length, which may be 0."""
        return read_columns(self.path / "epochs.csv", EPOCH_COLUMNS)

    def calibration(self) -> Calibration | None:
        """Read the calibration. Returns None before the end of the training, or if damaged."""
        try:
            values = read_json(self.path / "calibration.json")
            if "least" in values:  # its name in older runs
                values["reject_threshold"] = values.pop("least")
            types = {each.name: each.type for each in fields(Calibration)}
            calibration = Calibration(**{name: types[name](each) for name, each in values.items()})
        except (KeyError, RunError, TypeError, ValueError, OverflowError):
            return None
        return calibration if 0 <= calibration.reject_threshold <= 1 else None

    @property
    def reject_threshold(self) -> float:
        """The probability below which a prediction is rejected: calibrated, or the default."""
        calibration = self.calibration()
        return calibration.reject_threshold if calibration else DEFAULT_REJECT_THRESHOLD

    @property
    def stop_requested(self) -> bool:
        """Whether the training has been asked to stop."""
        return (self.path / "stop").exists()

    def request_stop(self) -> None:
        """Ask the training to stop. Raises OSError on a full disk or if the run was deleted."""
        (self.path / "stop").touch()

    def clear_stop(self) -> None:
        """Withdraw a stop request, if there is one. Raises OSError."""
        (self.path / "stop").unlink(missing_ok=True)

    def saved_epochs(self) -> list[int]:
        """Return the epochs with saved weights, ascending; 0 is the untrained network."""
        found = (
            re.fullmatch(r"epoch_(\d+)\.npz", each.name) for each in self.path.glob("weights/*")
        )
        return sorted(int(match[1]) for match in found if match)

    @property
    def last_saved_epoch(self) -> int:
        """The last epoch with saved weights; 0 if there is none."""
        return max(self.saved_epochs(), default=0)

    def weights(self, epoch: int) -> list[np.ndarray]:
        """Return the network's arrays after `epoch`, float32, in Keras's order.

        Raises RunError if they are missing, damaged or not finite.
        """
        try:
            with np.load(weights_path(self.path, epoch), allow_pickle=False) as arrays:
                weights = [arrays[name].astype(np.float32) for name in arrays.files]
        except FileNotFoundError:
            raise RunError(f"Run {self.id} has no weights of epoch {epoch}.") from None
        except Exception:  # np.load raises many types on a damaged file
            raise RunError(f"Run {self.id}: the weights of epoch {epoch} are damaged.") from None
        if not all(np.isfinite(each).all() for each in weights):
            raise RunError(f"Run {self.id}: some weights of epoch {epoch} are not finite.")
        return weights


class Network(NamedTuple):
    """The network of a run with its weights after an epoch."""

    run: Run
    epoch: int

    @classmethod
    def parse(cls, text: str, folder: Path | None = None) -> "Network":
        """Return the network called `text`, as in name@3. Raises RunError like `open_run`."""
        run_id, epoch = text.split("@")
        return cls(open_run(run_id, folder), int(epoch))

    @property
    def text(self) -> str:
        """Run and epoch as name@3, for `parse` and `TrainingConfig.base`."""
        return f"{self.run.id}@{self.epoch}"

    @property
    def is_random(self) -> bool:
        """Whether its weights are those before any training, which also fine-tuning follows."""
        return self.epoch == 0 and not self.run.config.base

    @property
    def when(self) -> str:
        """When it had these weights, if not before its training: "after epoch 3"."""
        return "as imported" if self.run.imported else f"after epoch {self.epoch}"

    @property
    def written_s(self) -> float:
        """When its weights were last written, in seconds since 1970; 0 if they are missing."""
        return modified_s(weights_path(self.run.path, self.epoch))


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """Return the run `run_id` in `folder` (default: `runs_path()`), or the shipped run of that id.

    Raises RunError if there is none, or its configuration cannot be read.
    """
    if run_id in SHIPPED:
        return read_run(SHIPPED[run_id])
    path = (folder or runs_path()) / run_id
    # An id from an address must not lead out of the folder.
    if not is_run_name(run_id) or not path.is_dir():
        raise RunError(f"There is no run called {run_id[:100]!r}; it may have been deleted.")
    return read_run(path)


def is_run_name(name: str) -> bool:
    """Whether `name` is a valid run id: letters, digits, `_`, `-` and `.`, but not a path."""
    return re.fullmatch(r"[\w-][\w.-]{0,99}", name, re.ASCII) is not None


def read_run(path: Path) -> Run:
    """Read the run in the folder `path`. Raises RunError if its configuration cannot be read."""
    values = read_json(path / "config.json")
    try:
        created = datetime.fromisoformat(values.pop("created"))
    except (KeyError, TypeError, ValueError):
        raise RunError(f"Run {path.name}: config.json has no valid date.") from None
    try:
        config = TrainingConfig.from_dict(values)
    except (ConfigError, TypeError) as error:
        raise RunError(f"Run {path.name}: config.json cannot be used. {error}") from None
    return Run(path, config, created if created.tzinfo else created.replace(tzinfo=UTC))


def shipped_runs() -> list[Run]:
    """Return the runs that ship with the app."""
    return [read_run(path) for path in SHIPPED.values()]


def list_runs(folder: Path | None = None) -> tuple[list[Run], list[str]]:
    """Return the runs in `folder`, newest first, and a sentence for each that is damaged.

    `folder` is `runs_path()` by default; the shipped runs are not among them.
    """
    runs, problems = [], []
    folder = folder or runs_path()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and is_run_name(path.name) and path.name not in SHIPPED:
            try:
                run = read_run(path)
                run.state()
                runs.append(run)
            except RunError as error:
                problems.append(str(error))
    return sorted(runs, key=lambda run: run.created, reverse=True), sorted(problems)
