import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cnn.data.mnist import load_digits
from cnn.inspection.prediction_history import MAX_EPOCHS, PredictionHistory
from cnn.inspection.recognizer import load_recognizer
from cnn.runs.run import NOTEBOOK_PATH, Run, RunError, read_run

LAST = "epoch_005.npz"


@pytest.fixture(scope="module")
def notebook() -> Run:
    return read_run(NOTEBOOK_PATH)


@pytest.fixture(scope="module")
def history(notebook) -> PredictionHistory:
    return PredictionHistory(notebook)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return load_digits("test").images[:4]


@pytest.fixture
def copied(tmp_path) -> Run:
    """A copy of the notebook's run without weights."""
    path = tmp_path / "copied"
    (path / "weights").mkdir(parents=True)
    shutil.copy(NOTEBOOK_PATH / "config.json", path)
    return read_run(path)


def save_epochs(run, count):
    """Epochs 0 to count - 1, all with the same weights."""
    for epoch in range(count):
        file = run.path / "weights" / f"epoch_{epoch:03d}.npz"
        file.symlink_to(NOTEBOOK_PATH / "weights" / LAST)


def test_the_probabilities_are_those_of_the_network_after_each_epoch(notebook, history, images):
    assert history.epochs == [0, 1, 2, 3, 4, 5]
    probabilities = history.probabilities(images[0])
    assert probabilities.shape == (6, 10)
    for epoch, row in zip(history.epochs, probabilities, strict=True):
        expected = load_recognizer(notebook, epoch).probabilities(images[:1])[0]
        np.testing.assert_allclose(row, expected, atol=1e-5)


def test_the_untrained_network_has_low_confidence_and_the_trained_one_is_correct(history, images):
    probabilities = history.probabilities(images[0])  # MNIST's first test digit is a 7
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert probabilities[0].max() < 0.5
    assert probabilities[-1].argmax() == 7
    assert probabilities[-1].max() > 0.9


def test_concurrent_calls_return_the_probabilities_of_their_own_image(history, images):
    expected = [history.probabilities(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(history.probabilities, images))
    for result, row in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, row, atol=1e-5)


@pytest.mark.parametrize("count", [1, MAX_EPOCHS, MAX_EPOCHS + 1, 101])
def test_many_epochs_are_sampled_evenly(copied, count):
    save_epochs(copied, count)
    epochs = PredictionHistory(copied).epochs
    assert len(epochs) == min(count, MAX_EPOCHS)
    assert (epochs[0], epochs[-1]) == (0, count - 1)
    gaps = np.diff(epochs)
    if len(gaps):
        assert 0 < gaps.min() <= gaps.max() <= gaps.min() + 1


def test_epochs_without_weights_are_left_out(copied, history, images):
    for epoch in (0, 2, 5):
        shutil.copy(NOTEBOOK_PATH / "weights" / f"epoch_{epoch:03d}.npz", copied.path / "weights")
    fewer = PredictionHistory(copied)
    assert fewer.epochs == [0, 2, 5]
    expected = history.probabilities(images[1])[[0, 2, 5]]
    np.testing.assert_allclose(fewer.probabilities(images[1]), expected, atol=1e-5)


def test_damaged_weights_raise_run_error(copied):
    whole = (NOTEBOOK_PATH / "weights" / LAST).read_bytes()
    (copied.path / "weights" / LAST).write_bytes(whole[:50_000])
    with pytest.raises(RunError, match="Run copied: the weights of epoch 5 are damaged"):
        PredictionHistory(copied)


def test_weights_of_another_network_raise_run_error(copied):
    np.savez(copied.path / "weights" / LAST, np.zeros((3, 3)), np.zeros(3))
    with pytest.raises(RunError, match="do not fit"):
        PredictionHistory(copied)
