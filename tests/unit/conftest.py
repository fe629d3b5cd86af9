import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import contextlib
import errno
import io
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from cnn.__main__ import main
from cnn.data.mnist import Digits, load_digits
from cnn.jobs import worker
from cnn.runs.run import Run, list_runs
from tests.unit.waiting import wait_until

# The same examples each time, so that failures can be reproduced.
settings.register_profile("unit", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("unit")


def pytest_collection_modifyitems(items) -> None:
    """Mark the tests that need a training as slow."""
    for item in items:
        if "trained" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder for runs, also the default: no test writes into the project's."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("CNN_RUNS", str(folder))
    return folder


@pytest.fixture
def full_disk(monkeypatch) -> None:
    """A disk without room for any file that is written in one step."""

    def refuse(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)


@pytest.fixture
def wait_for_stop(monkeypatch) -> Callable[[], None]:
    """A `wait_for` for `work`: returns once its stop signal has seen the stop request."""
    signals = []

    class Signal(worker.StopSignal):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            signals.append(self)

    monkeypatch.setattr(worker, "StopSignal", Signal)
    return lambda: wait_until(signals[-1])


@pytest.fixture(scope="session")
def few_digits() -> Digits:
    """300 of MNIST's training digits."""
    digits = load_digits("train")
    return Digits(digits.images[:300], digits.labels[:300])


ARGUMENTS = ["train", "--limit", "200", "--batch-size", "50", "--epochs", "2", "--pooling", "sum"]


@dataclass(frozen=True)
class CommandLineTraining:
    exit_code: int
    stdout: str
    stderr: str
    run: Run


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> CommandLineTraining:
    """`python -m cnn train`, once, in this process: 200 digits, 2 epochs of 4 batches."""
    folder = tmp_path_factory.mktemp("trained")
    stdout, stderr = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)  # the command replaces it
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        exit_code = main([*ARGUMENTS, "--runs", str(folder)])
    signal.signal(signal.SIGTERM, handler)
    [run], problems = list_runs(folder)
    assert not problems
    return CommandLineTraining(exit_code, stdout.getvalue(), stderr.getvalue(), run)
