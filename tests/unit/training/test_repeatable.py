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


def trained(folder, *options):
    """What the command line trains, in a process of its own."""
    command = [*COMMAND, *FEW, *options, "--runs", str(folder)]
    printed = subprocess.check_output(command, cwd=PROJECT, text=True, stderr=subprocess.DEVNULL)
    return read_run(Path(json.loads(printed.splitlines()[-1])["run"]))


def test_on_one_thread_the_same_seed_gives_the_same_numbers_bit_for_bit(tmp_path):
    one, same, other = (trained(tmp_path, *seed) for seed in ([], [], ["--seed", "1"]))
    assert one.batches()["loss"].tolist() == same.batches()["loss"].tolist()
    assert one.batches()["loss"].tolist() != other.batches()["loss"].tolist()
    for array, again in zip(one.weights(1), same.weights(1), strict=True):
        np.testing.assert_array_equal(array, again)
    assert json.loads((one.path / "machine.json").read_text())["threads"] == 1
