import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from zipfile import ZipFile

import keras
import numpy as np
import pytest

from cnn.__main__ import main
from cnn.config import POOLINGS, PRESETS, TrainingConfig
from cnn.data.mnist import load_digits, scaled
from cnn.export.formats import EXPORTS, batches_csv, keras_file, metrics_csv, weights_file
from cnn.models.layers import SumPooling2D
from cnn.models.network import build_network
from cnn.runs.run import NOTEBOOK_PATH, PRETRAINED_PATH, RunError, read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder

PROJECT = Path(__file__).parents[3]
LOAD_WITH_KERAS_ALONE = """
import sys
import keras
import numpy as np
network = keras.models.load_model(sys.argv[1])
np.save(sys.argv[2], network.predict(np.load(sys.argv[3]), verbose=0))
assert not [name for name in sys.modules if name == "cnn" or name.startswith("cnn.")]
"""


@pytest.fixture(scope="module")
def images():
    return scaled(load_digits("test").images[:20])


def untrained_run(config):
    """A run with random weights and biases of epoch 0 only."""
    run = create_run(config)
    recorder = RunRecorder(run)
    rng = np.random.default_rng(1)
    shapes = [array.shape for array in build_network(config).get_weights()]
    recorder.write_weights(0, [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes])
    recorder.close()
    return run


def expected_probabilities(run, epoch, images):
    network = build_network(run.config)
    network.set_weights(run.weights(epoch))
    return network.predict_on_batch(images)


def loaded(content, folder):
    path = folder / "network.keras"
    path.write_bytes(content)
    return keras.models.load_model(path, compile=True, safe_mode=True)


# The model


@pytest.mark.slow
@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_keras_file_predicts_exactly_as_the_run(preset, pooling, tmp_path, images):
    run = untrained_run(TrainingConfig(preset=preset, pooling=pooling))
    network = loaded(keras_file(run, 0), tmp_path)
    np.testing.assert_array_equal(
        network.predict_on_batch(images), expected_probabilities(run, 0, images)
    )
    assert not any(isinstance(layer, SumPooling2D) for layer in network.layers)
    modules = {layer["module"] for layer in network.get_config()["layers"]}
    assert modules == {"keras.layers"}


@pytest.mark.slow
def test_a_file_with_sum_pooling_is_loaded_without_this_package(tmp_path, images):
    run = untrained_run(TrainingConfig(pooling="sum"))
    (tmp_path / "network.keras").write_bytes(keras_file(run, 0))
    np.save(tmp_path / "images.npy", images)
    files = [str(tmp_path / name) for name in ("network.keras", "probabilities.npy", "images.npy")]
    # Outside the project, so that its package is not found.
    result = subprocess.run(
        [sys.executable, "-c", LOAD_WITH_KERAS_ALONE, *files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    probabilities = np.load(tmp_path / "probabilities.npy")
    np.testing.assert_allclose(
        probabilities, expected_probabilities(run, 0, images), rtol=1e-5, atol=1e-7
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("error::UserWarning")
def test_the_file_of_a_finished_run_can_be_evaluated_and_trained_further(tmp_path):
    test = load_digits("test")
    network = loaded(keras_file(read_run(NOTEBOOK_PATH), 5), tmp_path)
    images, labels = scaled(test.images[:1000]), test.labels[:1000]
    loss, accuracy = network.evaluate(images, labels, verbose=0)
    assert accuracy > 0.98
    assert 0 < loss < 0.1
    history = network.fit(images[:64], labels[:64], verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_the_files_have_the_weights_of_the_given_epoch(tmp_path, images):
    run = read_run(PRETRAINED_PATH)
    for epoch in (1, 16):
        network = loaded(keras_file(run, epoch), tmp_path)
        probabilities = network.predict_on_batch(images)
        np.testing.assert_array_equal(probabilities, expected_probabilities(run, epoch, images))


def test_a_keras_file_contains_no_code(tmp_path):
    path = tmp_path / "network.keras"
    path.write_bytes(keras_file(untrained_run(TrainingConfig(pooling="sum")), 0))
    with ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
        assert b"Lambda" not in archive.read("config.json")


# The weights


def uncompiled(config):
    return keras.Sequential([keras.Input((28, 28, 1)), *build_network(config).layers])


def expect_weights(network, path, run, epoch):
    network.set_weights([np.zeros_like(array) for array in network.get_weights()])
    network.load_weights(path)
    for array, expected in zip(network.get_weights(), run.weights(epoch), strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_weights_can_be_loaded_into_a_network_compiled_or_not(preset, pooling, tmp_path):
    run = untrained_run(TrainingConfig(preset=preset, pooling=pooling))
    path = tmp_path / "network.weights.h5"
    path.write_bytes(weights_file(run, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        network = uncompiled(run.config)
        expect_weights(network, path, run, 0)
        network.compile(keras.optimizers.Adam(), "sparse_categorical_crossentropy")
        expect_weights(network, path, run, 0)
    with pytest.warns(UserWarning, match="Skipping variable loading for optimizer"):
        expect_weights(loaded(keras_file(run, 0), tmp_path), path, run, 0)


@pytest.mark.parametrize("make", [keras_file, weights_file])
def test_missing_or_mismatched_weights_raise_run_error(make):
    run = untrained_run(TrainingConfig())
    with pytest.raises(RunError, match="has no weights of epoch 3"):
        make(run, 3)
    recorder = RunRecorder(run)
    recorder.write_weights(1, [np.zeros((2, 2), np.float32)])
    recorder.close()
    with pytest.raises(RunError, match="the weights of epoch 1 do not fit its network"):
        make(run, 1)


# The metrics


def test_the_metrics_are_the_files_as_recorded(trained):
    run = trained.run
    assert metrics_csv(run) == (run.path / "epochs.csv").read_bytes()
    assert batches_csv(run) == (run.path / "batches.csv").read_bytes()
    header, *lines = metrics_csv(run).decode().splitlines()
    assert header == "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s"
    assert len(lines) == 2


def test_metrics_start_with_a_header_and_end_with_the_last_complete_line():
    run = create_run(TrainingConfig())
    assert metrics_csv(run) == b"epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n"
    assert batches_csv(run) == b"step,loss,elapsed_s\n"
    (run.path / "batches.csv").write_bytes(b"step,loss,elapsed_s\n1,2.5,0.1\n2,2.")
    assert batches_csv(run) == b"step,loss,elapsed_s\n1,2.5,0.1\n"


def test_damaged_metrics_raise_run_error():
    run = create_run(TrainingConfig())
    (run.path / "epochs.csv").write_text("epoch\n=cmd()\n")
    with pytest.raises(RunError, match=r"epochs\.csv is damaged"):
        metrics_csv(run)


# All formats, and the command line


def test_each_export_has_a_different_name_and_content(trained):
    names = {each.file_name(trained.run, 2) for each in EXPORTS.values()}
    present = [each for each in EXPORTS.values() if not each.refusal]
    contents = {each.make(trained.run, 2) for each in present}
    assert len(names) == len(EXPORTS) == 11
    assert len(contents) == len(present) >= 8
    assert f"{trained.run.id}-epoch-002.keras" in names
    assert f"{trained.run.id}.ipynb" in names


def export(capsys, *arguments):
    assert main(["export", *map(str, arguments)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


@pytest.mark.parametrize("name", ["csv", "batches", "svg", "png", "pdf", "notebook"])
def test_export_writes_the_file_and_prints_its_name(name, trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    content = EXPORTS[name].make(trained.run, 2)
    path = EXPORTS[name].file_name(trained.run, 2)
    result = export(capsys, trained.run.path, "--format", name)
    assert result == {"file": path, "bytes": len(content)}
    assert (tmp_path / path).read_bytes() == content


def test_export_takes_an_epoch_and_by_default_the_last(trained, tmp_path, capsys, images):
    file = tmp_path / "mine.keras"
    for arguments, epoch in (((), 2), (("--epoch", 1), 1)):
        arguments = (trained.run.path, "--format", "keras", "--out", file, *arguments)
        assert export(capsys, *arguments) == {"file": str(file), "bytes": file.stat().st_size}
        probabilities = keras.models.load_model(file).predict_on_batch(images)
        np.testing.assert_array_equal(
            probabilities, expected_probabilities(trained.run, epoch, images)
        )


def test_the_shipped_network_is_exported_by_default(tmp_path, capsys):
    export(capsys, "--format", "weights", "--out", tmp_path / "network.weights.h5")
    run = read_run(PRETRAINED_PATH)
    network = uncompiled(run.config)
    expect_weights(network, tmp_path / "network.weights.h5", run, run.saved_epochs()[-1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: --format"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["nothing", "--format", "csv"], "There is no run called 'nothing'"),
        (["--format", "keras", "--epoch", "99"], "Run pretrained has no weights of epoch 99."),
        (["--format", "keras", "--epoch", "-1"], "Run pretrained has no weights of epoch -1."),
        (
            ["--format", "svg", "--epoch", "1"],
            "--epoch goes with these formats only: keras, weights, torch, onnx, tflite.",
        ),
        (["--format", "svg", "--out", "no/such/place.svg"], "cannot be written: No such file"),
        (["--format", "svg", "--out", "."], "cannot be written: Is a directory."),
        (["--format", "svg", "--out", "a\0b"], "cannot be written: embedded null byte."),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_invalid_arguments_print_one_line(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    assert words in line
    assert line.endswith(".")
    assert list(tmp_path.glob("*.*")) == []


def test_only_the_result_is_printed_even_if_tensorflow_was_just_loaded(trained, tmp_path):
    path = tmp_path / "copy"
    shutil.copytree(trained.run.path, path)
    file = str(tmp_path / "a.keras")
    result = subprocess.run(
        [sys.executable, "-m", "cnn", "export", str(path), "--format", "keras", "--out", file],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["file"] == file
