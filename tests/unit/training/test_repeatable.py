import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn.networks.code_writing import network_code
from cnn.networks.files import network_json
from cnn.networks.starting_points import NOTEBOOK
from cnn.runs.run import read_run

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "cnn", "train", "--one-thread"]
FAST = ["--preset", "fast"]
FEW = ["--limit", "600", "--batch-size", "50", "--epochs", "1"]


def train(folder, *options):
    """Train with the command line, in a separate process; return the run."""
    command = [*COMMAND, *FEW, *options, "--runs", str(folder)]
    printed = subprocess.check_output(command, cwd=PROJECT, text=True, stderr=subprocess.DEVNULL)
    return read_run(Path(json.loads(printed.splitlines()[-1])["run"]))


def test_on_one_thread_the_same_seed_gives_bitwise_identical_results(tmp_path):
    one, same, other = (train(tmp_path, *seed) for seed in (FAST, FAST, [*FAST, "--seed", "1"]))
    assert one.batches()["loss"].tolist() == same.batches()["loss"].tolist()
    assert one.batches()["loss"].tolist() != other.batches()["loss"].tolist()
    for array, same_array in zip(one.weights(1), same.weights(1), strict=True):
        np.testing.assert_array_equal(array, same_array)
    assert json.loads((one.path / "machine.json").read_text())["threads"] == 1


def test_the_notebooks_network_as_an_own_one_trains_bit_for_bit_as_the_preset(tmp_path):
    code, rows = tmp_path / "network.py", tmp_path / "network.json"
    code.write_text(network_code(NOTEBOOK))
    rows.write_text(network_json(NOTEBOOK))
    preset, *own = (
        train(tmp_path, *network)
        for network in ([], ["--network", str(code)], ["--network", str(rows)])
    )
    assert preset.config.network == ""
    for run in own:
        assert run.config.network != ""
        assert run.title.startswith("Own network, ")
        assert run.batches()["loss"].tolist() == preset.batches()["loss"].tolist()
        assert run.epochs()["val_loss"].tolist() == preset.epochs()["val_loss"].tolist()
        for epoch in (0, 1):
            for array, same in zip(run.weights(epoch), preset.weights(epoch), strict=True):
                np.testing.assert_array_equal(array, same)
