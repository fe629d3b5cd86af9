"""The same training with each backend of Keras: losses, accuracy and time.

    python -m benchmarks.backends [--seeds 3] [--epochs 5] [--limit 60000] [--backends torch,jax]

Trains the preset `notebook` with TensorFlow and with each other installed backend, from the same
first weights and with the same batches, by the command line. Prints a JSON line for each run, and
one for each other backend: the largest difference from TensorFlow of the losses of the first 20
batches; of the test accuracy after all epochs, in percentage points; the ratio of the times.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from cnn.backends import BACKENDS, DEFAULT, missing_text
from cnn.runs.run import Run, read_run

FIRST = 20  # batches


def train(backend: str, seed: int, options: argparse.Namespace, folder: Path) -> Run:
    """Train in a process of its own; return the run."""
    arguments = ("--backend", backend, "--seed", seed, "--epochs", options.epochs)
    arguments += ("--limit", options.limit, "--runs", folder)
    command = [sys.executable, "-m", "cnn", "train", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return read_run(Path(json.loads(done.stdout.splitlines()[-1])["run"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--limit", type=int, default=60_000)
    parser.add_argument(
        "--backends", default=",".join(name for name in BACKENDS if name != DEFAULT)
    )
    options = parser.parse_args()
    others = [name for name in options.backends.split(",") if not missing_text(name)]
    differences: dict[str, list[dict]] = {name: [] for name in others}
    with tempfile.TemporaryDirectory() as name:
        for seed in range(options.seeds):
            runs = {}
            for backend in (DEFAULT, *others):
                runs[backend] = run = train(backend, seed, options, Path(name))
                state = run.state()
                figures = {"test_accuracy": state.test_accuracy, "elapsed_s": state.elapsed_s}
                print(json.dumps({"backend": backend, "seed": seed} | figures), flush=True)
            for backend in others:
                differences[backend].append(compare(runs[DEFAULT], runs[backend]))
    for backend, found in differences.items():
        figures = {
            "loss": max(each["loss"] for each in found),
            "points": [each["points"] for each in found],
            "time_ratio": round(statistics.median(each["ratio"] for each in found), 2),
        }
        print(json.dumps({"backend": backend} | figures))


def compare(one: Run, other: Run) -> dict[str, float]:
    """Return how far `other` is from `one`."""
    losses = [run.batches()["loss"][:FIRST] for run in (one, other)]
    states = one.state(), other.state()
    accuracy = [100 * state.test_accuracy for state in states]
    return {
        "loss": float(np.abs(losses[0] - losses[1]).max()),
        "points": round(accuracy[1] - accuracy[0], 2),
        "ratio": states[1].elapsed_s / states[0].elapsed_s,
    }


if __name__ == "__main__":
    main()
