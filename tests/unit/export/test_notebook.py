import ast
import dataclasses
import json
import re
from itertools import product
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from nbclient import NotebookClient

from cnn.config import POOLINGS, PRESETS, TrainingConfig
from cnn.data.mnist import MNIST_PATH, Digits, load_digits
from cnn.export.notebook import notebook_file
from cnn.models.network import build_network
from cnn.runs.differences import differences, settings_text
from cnn.training.fit import train

PROJECT = Path(__file__).parents[3]
SMALL = {"epochs": 2, "batch_size": 50, "limit": 230, "seed": 7}
BUILDING = ("imports", "settings", "pooling", "building")


@pytest.fixture(autouse=True)
def restored_keras():
    """Undo what cells set or register in this process."""
    policy, known = keras.config.dtype_policy(), dict(keras.saving.get_custom_objects())
    yield
    keras.config.set_dtype_policy(policy)
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(known)


class WeightsByEpoch(keras.callbacks.Callback):
    """Stores the weights after each epoch; those of epoch 0 are the initial ones."""

    def __init__(self):
        super().__init__()
        self.weights = {}

    def on_train_begin(self, logs=None):
        self.weights[0] = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        self.weights[epoch + 1] = self.model.get_weights()


def app_weights(config, precision="float32"):
    """The weights of the app's training with `config`, by epoch."""
    recorder, test = WeightsByEpoch(), load_digits("test")
    validation = Digits(test.images[:100], test.labels[:100])
    train(config, load_digits("train"), validation, [recorder], precision=precision)
    return recorder.weights


def code_of(config, precision="float32"):
    """The code cells by id."""
    notebook = json.loads(notebook_file(config, precision))
    return {
        cell["id"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def text_of(config):
    notebook = json.loads(notebook_file(config))
    return "".join("".join(cell["source"]) for cell in notebook["cells"])


def run_cells(code, *cell_ids, **names):
    """Run cells in this process, with the variables `names`; return all variables."""
    names["__name__"] = "__main__"
    for cell_id in cell_ids:
        exec(compile(code[cell_id], cell_id, "exec"), names)
    return names


def run_in_jupyter(config, folder, *extra):
    """Run the notebook in Jupyter in `folder`, with `extra` cells: (id before it, code)."""
    notebook = nbformat.reads(notebook_file(config).decode(), as_version=4)
    for cell_id, code in extra:
        place = [cell.id for cell in notebook.cells].index(cell_id)
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code))
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=120, resources=resources).execute()


def printed(notebook, cell_id):
    cell = next(each for each in notebook.cells if each.id == cell_id)
    return "".join(each.get("text", "") for each in cell.outputs)


def configured(preset, **settings):
    return TrainingConfig(**{**PRESETS[preset].as_dict(), **settings})


ALL = [configured(preset, pooling=pooling) for preset, pooling in product(PRESETS, POOLINGS)]
OWN = (
    "Sequential([Conv2D(8, 5, 2, 'same'), BatchNormalization(), SumPooling2D(3, 1, 'same'), "
    "Conv2D(8, 3, "
    "activation='elu'), MaxPooling2D(2), GlobalAveragePooling2D(), Dense(10, 'softmax')])"
)
ALL += [
    configured("notebook", network=OWN),
    configured("notebook", network=OWN, optimizer="muon", weight_decay=0.01),
    configured("fast", network=OWN, schedule="cosine"),
    configured("drawing", network=OWN, optimizer="rmsprop"),
    configured("drawing", augmentation="none", optimizer="sgd", schedule="constant"),
    configured("embedding", augmentation="none", optimizer="sgd", schedule="constant"),
    configured("notebook", augmentation="full", dropout=0.5),
    configured("notebook", augmentation="shift", dropout=0.5, schedule="cosine"),
    configured("fast", augmentation="none", optimizer="adamw", weight_decay=0.0),
    configured("notebook", optimizer="adamw", weight_decay=0.02, schedule="one_cycle"),
]
SELF_CONTAINED = [config for config in ALL if config.augmentation != "full"]
WRITTEN_OUT = {"NETWORK", "OPTIMIZER", "SCHEDULE", "WEIGHT_DECAY", "DROPOUT", "AUGMENTATION"}
WRITTEN_OUT.add("DATASET")  # see test_notebook_data
WRITTEN_OUT.add("BACKEND")  # a notebook computes with TensorFlow


def test_a_notebook_names_each_reason_why_its_network_is_another_one():
    config = configured("embedding", augmentation="none", base="pretrained@3", backend="jax")
    text = text_of(config)
    for words in ("fine-tuned from `pretrained@3`", "trained to compare", "In the app, JAX"):
        assert words in text


def test_the_notebook_of_another_backend_says_what_computes_it():
    plain, other = (text_of(configured("notebook", backend=name)) for name in ("tensorflow", "jax"))
    assert "In the app, JAX computed this training." in other
    assert "computed this training" not in plain


def named(config):
    return f"{config.preset} {config.pooling} {settings_text(differences(config))}"


@pytest.mark.parametrize("config", ALL, ids=named)
def test_every_notebook_is_valid_and_its_code_is_python(config):
    notebook = nbformat.reads(notebook_file(config).decode(), as_version=4)
    nbformat.validate(notebook)
    for code in code_of(config).values():
        compile(code, "cell", "exec")
        assert max(map(len, code.splitlines())) <= 100


@pytest.mark.parametrize("config", ALL, ids=named)
def test_only_the_drawing_preset_needs_this_package(config):
    code = "\n".join(code_of(config).values())
    imported = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imported |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    if config.augmentation == "full":
        assert "cnn" in imported
        assert "start Jupyter in the app's folder" in text_of(config)
    else:
        assert imported == {"os", "keras", "numpy", "tensorflow"}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_setting_is_defined_and_used_in_the_notebook(preset):
    # A setting that the templates do not use would train a different network.
    config = configured(
        preset,
        pooling="average",
        epochs=3,
        batch_size=64,
        learning_rate=5e-4,
        seed=9,
        limit=20_000,
        one_thread=True,
        base="pretrained@3",
    )
    code = code_of(config, "bfloat16")
    settings = {}
    exec(code.pop("settings"), {}, settings)
    expected = {each.name.upper() for each in dataclasses.fields(TrainingConfig)}
    assert set(settings) == expected - {"PRESET", "BASE"} - WRITTEN_OUT | {"PRECISION"}
    for name, value in settings.items():
        assert value == ("bfloat16" if name == "PRECISION" else getattr(config, name.lower()))
        assert re.search(rf"\b{name}\b", "\n".join(code.values()))


@pytest.mark.parametrize("config", SELF_CONTAINED, ids=named)
def test_the_notebook_builds_the_apps_network_with_its_initial_weights(config):
    names = run_cells(
        code_of(config),
        *(*BUILDING, "optimizer", "compiling"),
        train_images=np.empty(config.limit),
    )
    network = names["network"]
    keras.utils.set_random_seed(config.seed)
    expected = build_network(config)
    for layer, same in zip(network.layers, expected.layers, strict=True):
        assert (type(layer).__name__, layer.get_config()) == (
            type(same).__name__,
            same.get_config(),
        )
    for array, same in zip(network.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(array, same)
    images = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_allclose(network(images), expected(images), rtol=1e-5)
    settings, others = network.optimizer.get_config(), expected.optimizer.get_config()
    assert type(network.optimizer).__name__ == type(expected.optimizer).__name__
    assert settings | {"name": ""} == others | {"name": ""}
    assert network.loss == expected.loss


@pytest.mark.parametrize("config", [each for each in ALL if each.augmentation == "full"], ids=named)
def test_the_notebook_of_a_full_augmentation_has_the_apps_configuration(config):
    names = run_cells(code_of(config), "imports", "settings", "configuration")
    assert names["CONFIG"] == config


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        configured("notebook", network=OWN, **SMALL),
        configured("notebook", dropout=0.5, optimizer="sgd", schedule="cosine", **SMALL),
        configured("notebook", augmentation="shift", optimizer="adamw", **SMALL),
    ],
    ids=named,
)
def test_the_notebook_of_other_settings_trains_the_same_network_as_the_app(config, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", str(MNIST_PATH))
    code = code_of(config)
    network = run_cells(code, *code)["network"]
    expected = app_weights(config)
    for array, first, last in zip(network.get_weights(), expected[0], expected[2], strict=True):
        assert np.linalg.norm(array - last) <= 0.02 * np.linalg.norm(last - first) + 1e-6


@pytest.mark.slow
def test_jupyter_trains_the_same_network_as_the_app(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", str(MNIST_PATH))
    config = TrainingConfig(pooling="sum", **SMALL)
    # In an empty folder: it must not need this project.
    notebook = run_in_jupyter(
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
    assert printed(notebook, "predicting").startswith("label 7, predicted as ")
    pictures = next(cell for cell in notebook.cells if cell.id == "pictures")
    assert "image/png" in pictures.outputs[0].data


@pytest.mark.slow
def test_the_fast_notebook_trains_the_same_network_as_the_app(monkeypatch, capsys):
    monkeypatch.setenv("MNIST_NPZ", str(MNIST_PATH))
    config = TrainingConfig(preset="fast", learning_rate=8e-3, **SMALL)
    code = code_of(config)
    network = run_cells(code, *code)["network"]
    assert "test loss" in capsys.readouterr().out
    expected = app_weights(config)
    for array, first, last in zip(network.get_weights(), expected[0], expected[2], strict=True):
        # Muon amplifies the smallest singular values of a gradient, and so its rounding errors.
        assert np.linalg.norm(array - last) < 0.05 * np.linalg.norm(last - first)


def test_a_notebook_has_the_precision_of_the_run():
    config = TrainingConfig(preset="fast")
    policies = {"float32": {"float32"}, "bfloat16": {"float32", "mixed_bfloat16"}}
    for precision, expected in policies.items():
        layers = run_cells(code_of(config, precision), *BUILDING)["network"].layers
        assert {layer.dtype_policy.name for layer in layers} == expected
        assert layers[-1].compute_dtype == "float32"


@pytest.mark.parametrize("one_thread", [True, False])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_notebook_sets_one_thread_before_the_first_computation(preset, one_thread, monkeypatch):
    calls = []
    for name in ("intra", "inter"):
        setting = f"set_{name}_op_parallelism_threads"
        monkeypatch.setattr(tf.config.threading, setting, calls.append)
    code = code_of(configured(preset, one_thread=one_thread))
    cell_ids = list(code)
    run_cells(code, *cell_ids[: cell_ids.index("loading")])
    assert calls == ([1, 1] if one_thread else [])


@pytest.mark.slow
def test_the_drawing_notebook_trains_with_the_package(tmp_path):
    config = TrainingConfig(preset="drawing", pooling="average", epochs=1, limit=100, seed=3)
    code = code_of(dataclasses.replace(config, base="pretrained@3"))
    assert run_cells(code, "imports", "settings", "configuration")["CONFIG"] == config
    path = tmp_path / "last.npz"
    notebook = run_in_jupyter(
        config, PROJECT, ("fitting", f"np.savez({str(path)!r}, *network.get_weights())")
    )
    expected = app_weights(config)
    with np.load(path) as last:
        for name, weights in zip(last.files, expected[1], strict=True):
            np.testing.assert_allclose(last[name], weights, atol=1e-4)
    assert "epoch 1: loss " in printed(notebook, "fitting")


def test_a_notebook_without_the_loss_of_comparison_says_so():
    assert "trained to compare" in text_of(configured("embedding", augmentation="none"))
    with_it = text_of(PRESETS["embedding"])
    assert "**Not reproduced:**" not in with_it
    assert "cosine softmax over the classes of a batch" in with_it
    assert "432 symbols" in with_it
    assert "non-digit" not in with_it


@pytest.mark.parametrize("preset", PRESETS)
def test_the_notebook_says_that_fine_tuning_is_not_reproduced(preset):
    config = TrainingConfig(preset=preset, base="20261123-031200-max-k3f9@3")
    assert "**Not reproduced:**" in text_of(config)
    assert "`20261123-031200-max-k3f9@3`" in text_of(config)
    assert "20261123-031200-max-k3f9@3" not in "".join(code_of(config).values())
    assert "**Not reproduced:**" not in text_of(PRESETS[preset])


def test_mnist_is_downloaded_only_without_a_local_copy(monkeypatch):
    code = code_of(TrainingConfig(limit=300))
    downloads = []

    def load_data():
        downloads.append("mnist")
        with np.load(MNIST_PATH) as arrays:
            return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    for path in ("", str(MNIST_PATH)):
        monkeypatch.setenv("MNIST_NPZ", path)
        names = run_cells(code, "imports", "settings", "loading", "selecting")
        assert names["train_images"].shape == (300, 28, 28)
        assert names["test_images"].shape == (10_000, 28, 28)
        np.testing.assert_array_equal(names["train_labels"], load_digits("train").labels[:300])
    assert downloads == ["mnist"]
