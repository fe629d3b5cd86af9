import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.datasets.catalog import delete_dataset
from cnn.datasets.settings import dataset_of, for_dataset, load_splits
from cnn.evaluation.calibration import MOST_OWN_THRESHOLD
from cnn.inspection.recognizer import load_recognizer
from cnn.jobs.lr_sweep import read_sweep, sweeps_path
from cnn.jobs.worker import work
from cnn.runs.writing import create_run
from tests.own_data import draw_symbol, make_dataset

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    return for_dataset(TrainingConfig(), make_dataset(classes=2))


def test_a_training_on_own_data_reads_new_drawings(config):
    run = create_run(config)
    state = work(run)
    assert (state.status, state.message) == ("finished", "")
    assert run.config == config
    recognizer = load_recognizer(run, config.epochs)
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 2
    probabilities = recognizer.probabilities(np.array([draw_symbol(n, rng) for n in labels]))
    assert probabilities.shape == (60, 2)
    assert np.mean(probabilities.argmax(axis=1) == labels) > 0.9
    test = load_splits(config.dataset).test
    correct = recognizer.probabilities(test.images).argmax(axis=1) == test.labels
    assert state.test_accuracy == pytest.approx(correct.mean(), abs=1e-6)
    calibration = run.calibration()
    assert (calibration.digits, calibration.held_out) == (200, True)
    assert calibration.reject_threshold <= MOST_OWN_THRESHOLD


def test_a_sweep_is_on_the_own_data(config):
    sweep = create_run(config, sweeps_path())
    assert work(sweep).status == "finished"
    assert 1 < len(read_sweep(sweep)["rate"]) <= 100


def test_a_training_whose_data_was_deleted_in_the_queue_fails_with_a_sentence(config):
    run = create_run(config)
    delete_dataset(dataset_of(config.dataset))
    state = work(run)
    assert state.status == "failed"
    assert state.message.startswith('The data set "Symbols" is not there. There is no data set')
