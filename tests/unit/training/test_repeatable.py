import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn.runs.run import read_run

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "cnn", "train", "--preset", "fast", "--one-thread"]
FEW = ["--limit", "600", "--batch-size", "50", "--epochs", "1"]


def train(folder, *options):
    """Train with the command line, in a separate process; return the run."""
    command = [*COMMAND, *FEW, *options, "--runs", str(folder)]
    printed = subprocess.check_output(command, cwd=PROJECT, text=True, stderr=subprocess.DEVNULL)
    return read_run(Path(json.loads(printed.splitlines()[-1])["run"]))


def test_on_one_thread_the_same_seed_gives_bitwise_identical_results(tmp_path):
    one, same, other = (train(tmp_path, *seed) for seed in ([], [], ["--seed", "1"]))
    assert one.batches()["loss"].tolist() == same.batches()["loss"].tolist()
    assert one.batches()["loss"].tolist() != other.batches()["loss"].tolist()
    for array, same_array in zip(one.weights(1), same.weights(1), strict=True):
        np.testing.assert_array_equal(array, same_array)
    assert json.loads((one.path / "machine.json").read_text())["threads"] == 1
