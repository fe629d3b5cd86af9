import dataclasses
import json
import os
from itertools import product
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from cnn.config import POOLINGS, PRESETS, TrainingConfig
from cnn.mnist import MNIST_PATH, Digits, load_digits
from cnn.network import build_network
from cnn.notebook import notebook_file
from cnn.training import train

PROJECT = Path(__file__).parents[2]
FEW = {"epochs": 2, "batch_size": 50, "limit": 230, "seed": 7}


class Kept:
    """The weights that a training reported."""

    def __init__(self):
        self.weights = {}

    def on_weights(self, epoch, arrays):
        self.weights[epoch] = [array.copy() for array in arrays]

    def on_batch(self, step, loss, elapsed_s):
        pass

    def on_epoch(self, epoch, figures, elapsed_s):
        pass

    def on_calibration(self, calibration):
        pass


def app_weights(config, precision="float32"):
    """What the app's own training makes of `config`, epoch by epoch."""
    kept, test = Kept(), load_digits("test")
    few = Digits(test.images[:100], test.labels[:100])  # nothing is learned from them
    train(config, load_digits("train"), few, kept, precision=precision)
    return kept.weights


def code_of(config, precision="float32"):
    """The code cells by their ids."""
    notebook = json.loads(notebook_file(config, precision))
    return {
        cell["id"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def text_of(config):
    notebook = json.loads(notebook_file(config))
    return "".join("".join(cell["source"]) for cell in notebook["cells"])


def executed(config, folder, *extra, precision="float32"):
    """The notebook as Jupyter runs it in `folder`, with `extra` cells: (after which, code)."""
    notebook = nbformat.reads(notebook_file(config, precision).decode(), as_version=4)
    for cell_id, code in extra:
        place = [cell.id for cell in notebook.cells].index(cell_id)
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code))
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=120, resources=resources).execute()


def printed(notebook, cell_id):
    cell = next(each for each in notebook.cells if each.id == cell_id)
    return "".join(each.get("text", "") for each in cell.outputs)


ALL = [
    TrainingConfig(**{**PRESETS[p].as_dict(), "pooling": q}) for p, q in product(PRESETS, POOLINGS)
]


@pytest.mark.parametrize("config", ALL, ids=lambda config: f"{config.preset} {config.pooling}")
def test_every_notebook_is_valid_and_its_code_is_python(config):
    notebook = nbformat.reads(notebook_file(config).decode(), as_version=4)
    nbformat.validate(notebook)
    for code in code_of(config).values():
        compile(code, "cell", "exec")
        assert max(map(len, code.splitlines())) <= 100


def test_the_settings_stand_in_the_notebook():
    config = TrainingConfig(
        pooling="average", epochs=3, batch_size=64, learning_rate=5e-4, seed=9, limit=20_000
    )
    settings = {}
    lines = code_of(config)["settings"].splitlines()
    exec("\n".join(line for line in lines if line[:5].isupper() and "MNIST" not in line), settings)
    assert (settings["EPOCHS"], settings["BATCH_SIZE"], settings["SEED"]) == (3, 64, 9)
    assert (settings["LEARNING_RATE"], settings["LIMIT"]) == (5e-4, 20_000)


def test_a_notebook_knows_every_setting_there_is():
    # Whoever adds a setting must put it into the notebook, too, or it trains another network.
    known = {"preset", "pooling", "epochs", "batch_size", "learning_rate", "seed", "limit", "base"}
    known |= {"one_thread"}
    assert {each.name for each in dataclasses.fields(TrainingConfig)} == known


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_the_notebook_builds_the_apps_network_with_its_first_weights(pooling):
    config = TrainingConfig(pooling=pooling, seed=5)
    names = {"keras": keras, "layers": keras.layers, "SEED": config.seed, "LEARNING_RATE": 0.001}
    code = code_of(config)
    exec(code["building"] + "\n" + code["compiling"], names)
    keras.utils.set_random_seed(config.seed)
    expected = build_network(config)
    network = names["network"]
    for layer, same in zip(network.layers, expected.layers, strict=True):
        assert (type(layer), layer.get_config()) == (type(same), same.get_config())
    settings, others = network.optimizer.get_config(), expected.optimizer.get_config()
    assert settings | {"name": ""} == others | {"name": ""}
    assert network.loss == expected.loss
    for array, same in zip(network.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(array, same)


@pytest.mark.slow
def test_jupyter_trains_the_same_network_as_the_app(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", str(MNIST_PATH))
    config = TrainingConfig(pooling="sum", **FEW)
    # In an empty folder: it must need nothing of this project.
    notebook = executed(
        config,
        tmp_path,
        ("building", "np.savez('first.npz', *network.get_weights())"),
        ("pictures", "np.savez('last.npz', *network.get_weights())"),
    )
    expected = app_weights(config)
    with np.load(tmp_path / "first.npz") as first, np.load(tmp_path / "last.npz") as last:
        for name, first_weights, last_weights in zip(
            first.files, expected[0], expected[2], strict=True
        ):
            np.testing.assert_array_equal(first[name], first_weights)
            np.testing.assert_allclose(last[name], last_weights, atol=1e-4)
    assert "Epoch 2/2" in printed(notebook, "fitting")
    assert "test loss" in printed(notebook, "evaluating")
    assert printed(notebook, "predicting").startswith("a 7, read as ")
    pictures = next(cell for cell in notebook.cells if cell.id == "pictures")
    assert "image/png" in pictures.outputs[0].data


@pytest.mark.slow
def test_jupyter_trains_the_fast_network_as_the_app_does(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", str(MNIST_PATH))
    config = TrainingConfig(preset="fast", learning_rate=8e-3, **FEW)
    notebook = executed(
        config,
        tmp_path,
        ("building", "np.savez('first.npz', *network.get_weights())"),
        ("pictures", "np.savez('last.npz', *network.get_weights())"),
    )
    expected = app_weights(config)
    with np.load(tmp_path / "first.npz") as first, np.load(tmp_path / "last.npz") as last:
        for name, first_weights, last_weights in zip(
            first.files, expected[0], expected[2], strict=True
        ):
            np.testing.assert_array_equal(first[name], first_weights)
            # Muon makes much of the smallest directions, and so of rounding in them.
            apart = np.linalg.norm(last[name] - last_weights)
            assert apart < 0.05 * np.linalg.norm(last_weights - first_weights)
    assert "test loss" in printed(notebook, "evaluating")


def test_a_notebook_computes_in_the_precision_that_the_run_was_computed_in():
    config = TrainingConfig(preset="fast")
    policies = {"float32": {"float32"}, "bfloat16": {"float32", "mixed_bfloat16"}}
    for precision, expected in policies.items():
        code, usual = code_of(config, precision)["building"], keras.config.dtype_policy()
        names = {"keras": keras, "layers": keras.layers, "SEED": 0}
        try:
            exec(code, names)
        finally:
            keras.config.set_dtype_policy(usual)
        layers = names["network"].layers
        assert {layer.dtype_policy.name for layer in layers} == expected
        assert layers[-1].compute_dtype == "float32"


@pytest.mark.parametrize("preset", PRESETS)
def test_a_notebook_of_one_thread_says_so_before_anything_is_computed(preset):
    config = TrainingConfig(**{**PRESETS[preset].as_dict(), "one_thread": True})
    assert "set_intra_op_parallelism_threads(1)" in code_of(config)["settings"]
    assert "parallelism" not in text_of(PRESETS[preset])


@pytest.mark.slow
def test_drawings_notebook_trains_with_the_apps_own_package(tmp_path):
    config = TrainingConfig(preset="drawing", pooling="average", epochs=1, limit=100, seed=3)
    text = text_of(config)
    assert "start Jupyter in the app's folder" in text
    assert "base=" not in text
    path = tmp_path / "last.npz"
    notebook = executed(
        config, PROJECT, ("pictures", f"np.savez({str(path)!r}, *network.get_weights())")
    )
    expected = app_weights(config)
    with np.load(path) as last:
        for name, weights in zip(last.files, expected[1], strict=True):
            np.testing.assert_allclose(last[name], weights, atol=1e-4)
    assert "epoch 1: loss " in printed(notebook, "fitting")


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_taught_network_went_on_from_is_said_to_be_left_out(preset):
    config = TrainingConfig(preset=preset, base="20261123-031200-max-k3f9@3")
    assert "**What is left out:**" in text_of(config)
    assert "20261123-031200-max-k3f9@3" not in "".join(code_of(config).values())
    assert "**What is left out:**" not in text_of(PRESETS[preset])


def test_mnist_is_downloaded_only_where_no_copy_is_named(monkeypatch):
    code = code_of(TrainingConfig(limit=300))
    downloads = []

    def load_data():
        downloads.append("mnist")
        with np.load(MNIST_PATH) as arrays:
            return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    for name in ("", str(MNIST_PATH)):
        names = {"keras": keras, "np": np, "os": os, "LIMIT": 300, "MNIST_NPZ": name}
        exec(code["loading"], names)
        assert names["train_images"].shape == (300, 28, 28)
        assert names["test_images"].shape == (10_000, 28, 28)
        np.testing.assert_array_equal(names["train_labels"], load_digits("train").labels[:300])
    assert downloads == ["mnist"]
