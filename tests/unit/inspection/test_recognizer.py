import shutil

import keras
import numpy as np
import pytest

from cnn.arithmetic.convolution import convolve, relu
from cnn.arithmetic.pooling import POOLING_FUNCTIONS
from cnn.config import POOLINGS, TrainingConfig
from cnn.data.mnist import load_digits
from cnn.inspection.recognizer import Recognizer, load_recognizer
from cnn.models.network import build_network
from cnn.runs.run import NOTEBOOK_PATH, Run, RunError, read_run
from cnn.runs.writing import create_run
from cnn.training.recorder import RunRecorder


@pytest.fixture(scope="module")
def notebook() -> Run:
    return read_run(NOTEBOOK_PATH)


@pytest.fixture(scope="module")
def recognizer(notebook) -> Recognizer:
    return load_recognizer(notebook)


def numpy_layers(image, arrays, pooling):
    """Every layer's output for `image` (28, 28) uint8, by NumPy alone."""
    pool = POOLING_FUNCTIONS[pooling]
    maps, outputs = image[:, :, None] / 255, []
    for kernels, biases, pooled in zip(arrays[0:6:2], arrays[1:6:2], (1, 1, 0), strict=True):
        filters = np.moveaxis(kernels, -1, 0)
        maps = np.stack(
            [
                relu(
                    sum(convolve(maps[:, :, c], kernel[:, :, c]) for c in range(maps.shape[2])) + b
                )
                for kernel, b in zip(filters, biases, strict=True)
            ],
            axis=2,
        )
        outputs.append(maps)
        if pooled:
            maps = np.stack([pool(each, 2) for each in np.moveaxis(maps, -1, 0)], axis=2)
            outputs.append(maps)
    flat = maps.reshape(-1)
    hidden = relu(flat @ arrays[6] + arrays[7])
    scores = np.exp(hidden @ arrays[8] + arrays[9])
    return [*outputs, flat, hidden, scores / scores.sum()]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_output_of_every_layer_equals_numpy(pooling):
    keras.utils.set_random_seed(0)
    network = build_network(TrainingConfig(pooling=pooling))
    image = load_digits("test").images[0]
    outputs = Recognizer(network).activations(image)
    computed = numpy_layers(image, network.get_weights(), pooling)
    for output, expected in zip(outputs, computed, strict=True):
        assert output.values.shape == output.layer.shape
        assert output.values.dtype == np.float32
        np.testing.assert_allclose(output.values, expected, rtol=1e-4, atol=1e-5)


def test_probabilities_are_the_output_of_the_last_layer(recognizer):
    images = load_digits("test").images[:3]
    probabilities = recognizer.probabilities(images)
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    for image, row in zip(images, probabilities, strict=True):
        np.testing.assert_allclose(recognizer.activations(image)[-1].values, row, atol=1e-5)


def test_a_trained_network_classifies_digits_and_an_untrained_one_does_not(notebook, recognizer):
    images, labels = (array[:500] for array in load_digits("test"))
    untrained = load_recognizer(notebook, epoch=0)
    assert (recognizer.probabilities(images).argmax(axis=1) == labels).mean() > 0.97
    assert (untrained.probabilities(images).argmax(axis=1) == labels).mean() < 0.4


def test_the_last_saved_epoch_is_the_default(notebook, recognizer):
    images = load_digits("test").images[:20]
    last = load_recognizer(notebook, epoch=max(notebook.saved_epochs()))
    np.testing.assert_array_equal(recognizer.probabilities(images), last.probabilities(images))


def error_of(run, epoch=None) -> str:
    with pytest.raises(RunError) as raised:
        load_recognizer(run, epoch)
    return str(raised.value)


def test_a_missing_epoch_raises_run_error(notebook):
    assert error_of(notebook, 99) == "Run notebook has no weights of epoch 99."


def test_a_run_without_weights_raises_run_error():
    run = create_run(TrainingConfig())
    assert error_of(run) == f"Run {run.id} has no weights of epoch 0."


def test_damaged_weights_raise_run_error(notebook, tmp_path):
    path = tmp_path / "broken"
    shutil.copytree(NOTEBOOK_PATH, path)
    file = path / "weights" / "epoch_005.npz"
    file.write_bytes(file.read_bytes()[:50_000])
    assert error_of(read_run(path)) == "Run broken: the weights of epoch 5 are damaged."


@pytest.mark.parametrize(
    "change", [lambda arrays: arrays[:-1], lambda arrays: [*arrays[:-1], np.zeros(11)]]
)
def test_weights_of_another_network_raise_run_error(notebook, change):
    run = create_run(TrainingConfig())
    recorder = RunRecorder(run)
    recorder.write_weights(3, change(notebook.weights(5)))
    recorder.close()
    assert error_of(run) == f"Run {run.id}: the weights of epoch 3 do not fit its network."
