"""Creates the folder of a run (see `run`) and writes its small files."""

import io
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits
from cnn.disk import replace_file, write_json
from cnn.evaluation.calibration import Calibration
from cnn.ownership import NOBODY, write_owner
from cnn.runs.files import read_json
from cnn.runs.run import CORRECTIONS_FILE, Run, runs_path, weights_path
from cnn.runs.state import RunState


def create_run(
    config: TrainingConfig,
    folder: Path | None = None,
    corrections: Digits | None = None,
    state: RunState = RunState("starting"),  # noqa: B008 - frozen
    prepare: Callable[[Run], None] = lambda draft: None,
    owner: str = NOBODY,
) -> Run:
    """Create a run of `owner` with `config` in `folder` (default: `runs_path()`), and return it.

    `corrections` are for fine-tuning, if `config.base` is set. `prepare(draft)` may write more
    files, before any page lists the run. Raises OSError if it cannot be written; nothing is left of
    it then.
    """
    created = datetime.now(UTC)
    kind = "own" if config.network else config.pooling
    # A class starts many within a second: of four digits, two of thirty would be equal in 1 of 150.
    name = f"{created:%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(4)}"
    run = Run((folder or runs_path()).resolve() / name, config, created)
    # Written under a hidden name first, so that no page lists an incomplete run.
    draft = replace(run, path=run.path.with_name(f".{name}"))
    try:
        (draft.path / "weights").mkdir(parents=True)
        write_json(draft.path / "config.json", {**config.as_dict(), "created": created.isoformat()})
        write_state(draft, state)
        write_owner(draft.path, owner)
        if corrections:
            np.savez_compressed(draft.path / CORRECTIONS_FILE, **corrections._asdict())
        prepare(draft)
        draft.path.rename(run.path)
    except OSError:
        shutil.rmtree(draft.path, ignore_errors=True)
        raise
    return run


def set_epochs(run: Run, epochs: int) -> Run:
    """Change the total number of epochs of `run`, and return the changed run."""
    config = replace(run.config, epochs=epochs)
    values = read_json(run.path / "config.json")
    write_json(run.path / "config.json", {**values, **config.as_dict()})
    return replace(run, config=config)


def write_state(run: Run, state: RunState) -> None:
    """Write the state of `run`; if it is to start, its lock counts as not yet taken."""
    if state.status == "starting":
        # Also of a new run, which has none: a worker that only tries to lock it must not look like
        # one that has exited.
        (run.path / "lock").touch()
        os.utime(run.path / "lock", (0, 0))
    values = {name: value for name, value in vars(state).items() if value not in (None, "")}
    write_json(run.path / "state.json", values)


def write_test_figures(run: Run, figures: dict[str, float]) -> None:
    """Write test.json: the `loss` and `accuracy` on the test digits of the finished `run`."""
    write_json(run.path / "test.json", {"epoch": run.config.epochs, **figures})


def write_weights(run: Run, epoch: int, arrays: Sequence[np.ndarray]) -> None:
    """Write the weights `arrays` of `run` after `epoch`; `Run.weights` reads them."""
    buffer = io.BytesIO()
    np.savez(buffer, **{f"array_{i:02d}": array for i, array in enumerate(arrays)})
    replace_file(weights_path(run.path, epoch), buffer.getvalue())


def write_calibration(run: Run, calibration: Calibration) -> None:
    """Write the `calibration` of `run`; `Run.calibration` reads it."""
    write_json(run.path / "calibration.json", asdict(calibration))


class Table:
    """A CSV file to which complete lines are appended; a full disk leaves it as it was."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """Open the file `path`, and write the header with its `columns` if it is new."""
        self._file = path.open("ab", buffering=0)
        self._lines: list[str] = []
        if not self._file.tell():
            self.add(",".join(columns))
            self.flush()

    def add(self, line: str) -> None:
        """Add a line, to be written by the next `flush`."""
        self._lines.append(f"{line}\n")

    def flush(self) -> None:
        """Write the added lines. Raises OSError, for example on a full disk."""
        length, content = self._file.tell(), "".join(self._lines).encode()
        self._lines.clear()
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError:
            self._file.truncate(length)
            raise

    def close(self) -> None:
        """Flush and close the file."""
        try:
            self.flush()
        finally:
            self._file.close()
