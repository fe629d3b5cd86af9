"""Creates a run's folder (see `runs`) and writes its small files. Without Keras."""

import secrets
import shutil
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits
from cnn.runs.files import read_json, write_json
from cnn.runs.run import CORRECTIONS_FILE, Run, RunState, runs_path


def create_run(
    config: TrainingConfig,
    folder: Path | None = None,
    corrections: Digits | None = None,
    state: RunState = RunState("starting"),  # noqa: B008 - frozen
) -> Run:
    """A new run with `config` in `folder` (default: `runs_path()`), in `state`.

    `corrections` are what it is taught beside, where `config.base` names a run to go on from.
    Raises OSError where it cannot be written; then nothing is left of it.
    """
    created = datetime.now(timezone.utc)
    name = f"{created:%Y%m%d-%H%M%S}-{config.pooling}-{secrets.token_hex(2)}"
    run = Run((folder or runs_path()).resolve() / name, config, created)
    # Filled under a hidden name first: a page that lists runs must not find half a one.
    draft = run.path.with_name(f".{name}")
    try:
        (draft / "weights").mkdir(parents=True)
        write_json(draft / "config.json", {**config.as_dict(), "created": created.isoformat()})
        _write_state(draft, state)
        if corrections:
            np.savez_compressed(draft / CORRECTIONS_FILE, **corrections._asdict())
        draft.rename(run.path)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return run


def set_epochs(run: Run, epochs: int) -> Run:
    """`run`, to be trained for `epochs` in all from now on."""
    config = replace(run.config, epochs=epochs)
    values = read_json(run.path / "config.json")
    write_json(run.path / "config.json", {**values, **config.as_dict()})
    return replace(run, config=config)


def write_state(run: Run, state: RunState) -> None:
    """Say how `run` stands now."""
    _write_state(run.path, state)


def write_test_figures(run: Run, figures: dict[str, float]) -> None:
    """Write the `loss` and `accuracy` on the test digits of the finished `run`."""
    write_json(run.path / "test.json", {"epoch": run.config.epochs, **figures})


class Table:
    """A CSV that grows by whole lines: where the disk has no room for more, it stays as it was."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        """The file at `path`; one that is new begins with the names of its `columns`."""
        self._file = path.open("ab", buffering=0)
        self._lines: list[str] = []
        if not self._file.tell():
            self.add(",".join(columns))
            self.flush()

    def add(self, line: str) -> None:
        """Have one more line written with the next `flush`."""
        self._lines.append(f"{line}\n")

    def flush(self) -> None:
        """Write the lines that were added since the last time."""
        length, content = self._file.tell(), "".join(self._lines).encode()
        self._lines.clear()
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError:
            self._file.truncate(length)
            raise

    def close(self) -> None:
        """Write what is still in memory."""
        try:
            self.flush()
        finally:
            self._file.close()


def _write_state(folder: Path, state: RunState) -> None:
    write_json(folder / "state.json", {k: v for k, v in vars(state).items() if v not in (None, "")})
