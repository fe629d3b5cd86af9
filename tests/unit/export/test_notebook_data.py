import json
from dataclasses import replace

import numpy as np
import pytest

from cnn.config import PRESETS
from cnn.datasets.dataset import arrays_name
from cnn.datasets.settings import dataset_of, for_dataset, load_splits
from cnn.export.notebook import notebook_file
from cnn.training.fit import train
from tests.own_data import CLASSES, make_dataset
from tests.unit.export.test_notebook import code_of, restored_keras, run_cells, text_of  # noqa: F401

BEFORE = ("imports", "settings", "threads", "loading", "selecting", "scaling", "pooling")
AFTER = ("building", "optimizer", "compiling", "batches", "fitting", "evaluating", "predicting")


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    return make_dataset()


@pytest.mark.parametrize("preset", PRESETS)
def test_no_word_of_a_notebook_is_on_mnist(dataset, preset):
    config = for_dataset(PRESETS[preset], dataset)
    cells = json.loads(notebook_file(config))["cells"]
    markdown = ["".join(each["source"]) for each in cells if each["cell_type"] == "markdown"]
    text = " ".join("\n".join(markdown).split())
    assert not [each for each in ("MNIST", "digit", "10,000", "60,000", "5,000") if each in text]
    assert "the last 300 training pictures: choose settings" in text
    assert "MNIST" not in "".join(code_of(config).values())


def test_a_distortion_is_said_not_to_be_reproduced(dataset):
    config = for_dataset(PRESETS["notebook"], dataset)
    assert "the app distorts each picture" not in text_of(config)
    assert "the app distorts each picture" in text_of(replace(config, augmentation="full"))


@pytest.mark.slow
@pytest.mark.parametrize("augmentation", ["none", "shift"])
def test_a_notebook_trains_on_the_data_set_as_the_app_does(
    dataset, monkeypatch, capsys, augmentation
):
    small = {"limit": 120, "epochs": 1, "augmentation": augmentation}
    config = replace(for_dataset(PRESETS["notebook"], dataset), **small)
    code = code_of(config)
    monkeypatch.setenv("DATA_NPZ", str(dataset.path / arrays_name(dataset.checksum)))
    names = run_cells(code, *BEFORE, *AFTER)
    training, test = load_splits(config.dataset)
    np.testing.assert_array_equal(names["train_labels"], training.labels[:120])
    np.testing.assert_array_equal(names["validation_labels"], training.labels[-300:])
    np.testing.assert_array_equal(names["test_labels"], test.labels)
    assert f"label {CLASSES[test.labels[0]]}, predicted as " in capsys.readouterr().out
    network = train(config, training, test)
    for ours, theirs in zip(network.get_weights(), names["network"].get_weights(), strict=True):
        np.testing.assert_allclose(theirs, ours, atol=2e-4)


def test_a_notebook_refuses_other_pictures(dataset, monkeypatch):
    config = for_dataset(PRESETS["notebook"], dataset)
    other = make_dataset(classes=2)
    monkeypatch.setenv("DATA_NPZ", str(other.path / arrays_name(other.checksum)))
    assert dataset_of(config.dataset).checksum != other.checksum
    with pytest.raises(SystemExit, match="has other pictures than the app has trained on"):
        run_cells(code_of(config), "imports", "settings", "loading")
