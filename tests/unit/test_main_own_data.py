"""The command line with another data set than MNIST."""

import json

import numpy as np
import pytest
from PIL import Image

from cnn.__main__ import main
from cnn.config import TrainingConfig
from cnn.datasets.catalog import delete_dataset
from cnn.datasets.settings import for_dataset
from cnn.models.network import build_network
from cnn.runs.run import read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder
from tests.own_data import CLASSES, draw_symbol, make_dataset


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    return make_dataset()


@pytest.fixture
def untrained(dataset):
    run = create_run(for_dataset(TrainingConfig(), dataset))
    recorder = RunRecorder(run)
    recorder.write_weights(0, build_network(run.config).get_weights())
    recorder.close()
    return run


def test_pictures_are_classified_by_name(untrained, tmp_path, capsys):
    path, blank = tmp_path / "one.png", tmp_path / "blank.png"
    symbol = np.kron(draw_symbol(1, np.random.default_rng(1)), np.ones((8, 8), np.uint8))
    Image.fromarray(symbol).save(path)
    Image.fromarray(np.zeros((50, 50), np.uint8)).save(blank)
    assert main(["classify", str(path), str(blank), "--run", str(untrained.path)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(first["probabilities"]) == list(CLASSES)
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert first["class"] == max(first["probabilities"], key=first["probabilities"].get)
    assert first["verdict"] in ("accepted", "unsure", "rejected")
    assert (second["class"], second["verdict"], second["probabilities"]) == (None, "blank", {})
    assert "digit" not in first


def test_a_network_is_evaluated_on_its_test_pictures(untrained, capsys):
    assert main(["evaluate", str(untrained.path)]) == 0
    assert 0 <= json.loads(capsys.readouterr().out)["test_accuracy"] <= 1


def test_a_network_whose_data_is_gone_is_not_evaluated(untrained, dataset, capsys):
    delete_dataset(dataset)
    assert main(["evaluate", str(untrained.path)]) == 2
    assert 'The data set "Symbols" is not there.' in capsys.readouterr().err


@pytest.mark.slow
def test_a_training_names_the_data_set(dataset, tmp_path, capsys):
    arguments = ["train", "--data", dataset.id, "--epochs", "1", "--limit", "200"]
    assert main([*arguments, "--runs", str(tmp_path / "own")]) == 0
    run = read_run(next((tmp_path / "own").glob("2*")))
    assert (run.data, run.config.epochs, run.config.limit) == (dataset.facts, 1, 200)


def test_an_unknown_data_set_is_a_sentence(capsys):
    assert main(["train", "--data", "nothing"]) == 2
    assert "There is no data set 'nothing'" in capsys.readouterr().err
