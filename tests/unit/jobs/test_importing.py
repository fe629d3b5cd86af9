"""`.keras` files as runs: the same probabilities, and nothing that says they were trained here."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from cnn.__main__ import main
from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.export.formats import keras_file
from cnn.inspection.recognizer import load_recognizer
from cnn.jobs import importing
from cnn.jobs.errors import JobError
from cnn.jobs.importing import import_network
from cnn.jobs.resuming import can_resume, more_epochs_for, reopen
from cnn.jobs.worker import work
from cnn.models.network import build_network, keras_layers
from cnn.networks.code_writing import network_line
from cnn.networks.errors import NetworkError
from cnn.networks.keras_file import read_keras_file
from cnn.runs.catalog import summary_of
from cnn.runs.imported import Import, import_of
from cnn.runs.run import Network, list_runs, read_run
from cnn.runs.writing import create_run, write_weights
from tests.keras_files import randomize, saved, saved_model
from tools.random_networks import random_network


@pytest.fixture
def few(monkeypatch, few_digits):
    """All evaluation on 300 digits."""
    monkeypatch.setattr(importing, "load_digits", lambda split: few_digits)
    return few_digits


@pytest.fixture
def small() -> bytes:
    return saved(layers.Flatten(), layers.Dense(10, name="logits"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_run_predicts_what_the_saved_network_does(seed, few):
    model = keras.Sequential([keras.Input((28, 28, 1)), *keras_layers(random_network(seed))])
    randomize(model, seed)
    run = import_network(read_keras_file(saved_model(model)), "model.keras")
    expected = model.predict_on_batch(scaled(few.images))
    found = load_recognizer(run).probabilities(few.images)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    accuracy = np.mean(expected.argmax(axis=1) == few.labels)
    assert run.state().test_accuracy == pytest.approx(accuracy, abs=1e-6)


@pytest.mark.slow
def test_logits_are_followed_by_a_softmax(few):
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    run = import_network(read_keras_file(saved_model(model)), "model.keras")
    logits = model.predict_on_batch(scaled(few.images)).astype(np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(load_recognizer(run).probabilities(few.images), expected, atol=1e-6)


def test_an_exported_network_comes_back_as_it_was(trained, few):
    """With sum pooling, which the file has as two of Keras's layers."""
    original = trained.run
    run = import_network(read_keras_file(keras_file(original, 2)), "exported.keras")
    assert run.config.pooling == "sum"
    assert run.config.layers == original.config.layers
    for found, expected in zip(run.weights(1), original.weights(2), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_any_network_that_the_app_exports_comes_back(seed, folder):
    config = TrainingConfig(network=network_line(random_network(seed)))
    weights = build_network(config).get_weights()
    run = create_run(config, folder, prepare=lambda draft: write_weights(draft, 1, weights))
    found = read_keras_file(keras_file(run, 1))
    assert found.layers == config.layers
    for array, expected in zip(found.weights, weights, strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.slow
def test_the_run_is_finished_and_says_that_it_was_imported(small, few, folder):
    steps = []
    run = import_network(
        read_keras_file(small), "my \n net.keras", on_progress=lambda *step: steps.append(step)
    )
    assert list_runs(folder) == ([read_run(run.path)], [])
    assert run.state().status == "finished"
    assert run.imported
    assert run.title.startswith("Imported network, ")
    assert import_of(run) == Import(
        "my net.keras",
        keras.__version__,
        ("logits (Dense): its outputs are logits; here it has the softmax.",),
    )
    assert run.test_accuracy(1) == run.state().test_accuracy
    assert run.saved_epochs() == [1]
    assert len(run.epochs()["epoch"]) == 0
    assert run.calibration().digits == 300
    assert not run.calibration().held_out  # nobody knows what it was trained on
    summary = summary_of(run)
    assert summary.changes == f"Imported from my net.keras, saved by Keras {keras.__version__}"
    assert (summary.epochs, summary.elapsed_s, summary.problem) == (0, None, "")
    assert [share for share, _ in steps] == sorted(share for share, _ in steps)


def test_a_run_that_was_trained_here_is_not_imported(trained):
    assert not trained.run.imported
    assert import_of(trained.run) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"file": 3, "keras": null, "notes": 5}', '{"notes": [1, {}]}']
)
def test_a_damaged_record_still_says_that_it_was_imported(trained, text, folder):
    run = create_run(trained.run.config, folder)
    (run.path / "imported.json").write_text(text)
    assert import_of(run) == Import("unknown", "unknown")
    assert run.title.startswith("Imported network, ")


@pytest.mark.slow
def test_there_is_no_training_to_resume_but_it_can_be_fine_tuned(small, few, few_digits, folder):
    run = import_network(read_keras_file(small), "small.keras")
    assert not can_resume(run)
    assert more_epochs_for(run, 5) == 0
    for more in (0, 3):
        with pytest.raises(JobError, match=r"was imported, not trained here: .* Fine-tune it"):
            reopen(run, more)
    settings = run.config.as_dict() | {"base": Network(run, 1).text, "limit": 200}
    config = type(run.config)(**settings)
    corrections = Digits(few_digits.images[:3], few_digits.labels[:3])
    tuned = create_run(config, folder, corrections)
    assert work(tuned).status == "finished"
    assert tuned.title.startswith("Fine-tuned, ")
    np.testing.assert_array_equal(tuned.weights(0)[0], run.weights(1)[0])


@pytest.mark.slow
def test_weights_that_overflow_are_refused_and_leave_nothing(few, folder):
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(9), layers.Dense(10, "softmax")]
    )
    model.set_weights([np.full_like(each, 3e38) for each in model.get_weights()])
    with pytest.raises(NetworkError, match=r"outputs of the network are not finite numbers"):
        import_network(read_keras_file(saved_model(model)), "large.keras")
    assert list_runs(folder) == ([], [])


@pytest.mark.slow
def test_a_full_disk_gets_a_sentence_and_leaves_nothing(small, few, folder, full_disk):
    file = read_keras_file(small)
    with pytest.raises(JobError, match=r"No run can be created in .* the disk is full"):
        import_network(file, "small.keras")
    assert list(folder.iterdir()) == []


# From the shell


@pytest.mark.slow
def test_the_shell_imports_a_file(small, tmp_path, capsys, folder):
    path = tmp_path / "small.keras"
    path.write_bytes(small)
    assert main(["import", str(path), "--name", "Mine"]) == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    [run], _ = list_runs(folder)
    assert result["run"] == str(run.path)
    assert result["test_accuracy"] == run.state().test_accuracy
    assert run.title == "Mine"
    assert "here it has the softmax" in printed.err
    model = keras.saving.load_model(path)
    digits = load_digits("test")
    predicted = model.predict(scaled(digits.images), batch_size=500, verbose=0).argmax(axis=1)
    assert result["test_accuracy"] == pytest.approx(np.mean(predicted == digits.labels), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "missing.keras"], "missing.keras cannot be read: No such file or directory."),
        (
            ["import", "text.keras"],
            "The file is not a .keras file: Keras makes one with model.save",
        ),
        (["import", "text.keras", "--name", " "], "A name needs at least one visible character."),
        (["import", "."], ". cannot be read: Is a directory."),
        (["import"], "The following arguments are required: FILE.keras; see python -m cnn --help."),
    ],
)
def test_the_shell_refuses_bad_files_with_one_sentence(
    arguments, sentence, tmp_path, monkeypatch, capsys, folder
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.keras").write_text("hello")
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(sentence)
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert list_runs(folder) == ([], [])
