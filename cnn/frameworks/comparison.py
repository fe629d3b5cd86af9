"""Runs the codes one after the other, each in a process of its own, and collects what they print.

In a thread, so that a page can show it and a click does not end it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cnn.constants import PROJECT_PATH
from cnn.disk import disk_reason
from cnn.frameworks.catalog import FRAMEWORKS
from cnn.frameworks.network import BATCH, STEPS

TIMEOUT_S = 120  # of one framework
MESSAGE_LENGTH = 300  # characters
_turn = threading.Lock()  # two at once would slow each other down, and be wrong


@dataclass
class Result:
    """What a framework has done so far.

    status: waiting, running, finished, failed or stopped; message: why it failed.
    """

    status: str = "waiting"
    message: str = ""
    probabilities: list[list[float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    elapsed_s: float = 0.0  # since the second step

    @property
    def images_per_s(self) -> float | None:
        """Images per second; the first step compiles, and does not count."""
        counted = (len(self.losses) - 1) * BATCH
        return counted / self.elapsed_s if self.elapsed_s > 0 and counted > 0 else None


class Comparison:
    """A check or a race in all installed frameworks; `results` has one `Result` for each."""

    def __init__(self, task: str, pooling: str, weights: list[np.ndarray], **arrays) -> None:
        """Start `task`, "check" or "race", with `weights` and the `arrays` of `process`."""
        # What a check compares, and the app's own probabilities; for the page that shows it.
        self.label, self.expected, self.classes = "", [], ()
        names = [name for name, each in FRAMEWORKS.items() if not each.missing]
        self.task, self.results = task, {name: Result() for name in names}
        self._stopped, self._process = threading.Event(), None
        named = {f"weights_{index:02d}": array for index, array in enumerate(weights)}
        # Not kept: a session keeps the results, and a race has 20 MB of images.
        given = {"pooling": np.array(pooling), **named, **arrays}
        threading.Thread(target=self._run, args=(given,), daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether nothing is going on any more."""
        return all(each.status not in ("waiting", "running") for each in self.results.values())

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        each_share = [
            1.0 if each.status not in ("waiting", "running") else len(each.losses) / STEPS
            for each in self.results.values()
        ]
        return sum(each_share) / len(each_share)

    def stop(self) -> None:
        """End it, also while it waits for another one; what was computed stays."""
        self._stopped.set()
        self._end_waiting("stopped")
        if process := self._process:
            process.kill()

    def _end_waiting(self, status: str, message: str = "") -> None:
        for result in self.results.values():
            if result.status == "waiting":
                result.status, result.message = status, message

    def _run(self, arrays: dict[str, np.ndarray]) -> None:
        try:
            with _turn, tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "network.npz"
                np.savez(file, **arrays)
                for name, result in self.results.items():
                    if result.status == "waiting":
                        self._run_one(name, result, file)
        except OSError as error:  # the disk is full
            self._end_waiting("failed", disk_reason(error))

    def _run_one(self, name: str, result: Result, file: Path) -> None:
        result.status = "running"
        try:
            self._run_process(name, result, file)
        except (OSError, ValueError) as error:  # not started, or what it prints is no JSON
            status = "stopped" if self._stopped.is_set() else "failed"
            result.status, result.message = status, str(error)[:MESSAGE_LENGTH]

    def _run_process(self, name: str, result: Result, file: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "cnn.frameworks.process", self.task, name, str(file)],
            cwd=PROJECT_PATH,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._process = process
        if self._stopped.is_set():  # between the last look and the start
            process.kill()
        too_long = threading.Event()
        timer = threading.Timer(TIMEOUT_S, lambda: (too_long.set(), process.kill()))
        timer.start()
        # Read beside the figures: a full pipe would stop the process.
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
        reader.start()
        try:
            for line in process.stdout:
                _take(result, json.loads(line))
        except ValueError:  # it has printed something else
            process.kill()
            raise
        finally:
            process.wait()
            timer.cancel()
            reader.join()
        if self._stopped.is_set():
            result.status = "stopped"
        elif process.returncode == 0:
            result.status = "finished"
        else:
            last = "".join(errors[-1:]).strip()[:MESSAGE_LENGTH]
            message = last or "The process exited unexpectedly."
            if too_long.is_set():
                message = f"It took more than {TIMEOUT_S:g} seconds."
            result.status, result.message = "failed", message


def _take(result: Result, figures: dict) -> None:
    if not isinstance(figures, dict):
        raise ValueError("The process printed something unexpected.")
    result.probabilities = figures.get("probabilities", result.probabilities)
    result.losses += figures.get("losses", [])
    result.elapsed_s = figures.get("elapsed_s", result.elapsed_s)
