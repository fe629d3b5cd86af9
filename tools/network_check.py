"""Everything that the app does with a network, once, for property tests and benchmarks."""

from contextlib import closing
from pathlib import Path

import keras
import numpy as np

from cnn.arithmetic.receptive_field import receptive_fields
from cnn.config import POOLINGS, TrainingConfig
from cnn.constants import IMAGE_SHAPE
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.export.formats import keras_file, notebook_of, weights_file
from cnn.inspection.dataset_activations import DatasetActivations
from cnn.inspection.pooling_replacement import pooling_factors, replace_pooling
from cnn.inspection.recognizer import load_recognizer
from cnn.networks.arrays import array_names, trained_arrays
from cnn.networks.code_writing import network_line
from cnn.networks.layers import Layers
from cnn.networks.shapes import describe
from cnn.runs.histograms import gradient_histograms
from cnn.runs.run import Run, read_run
from cnn.runs.writing import create_run
from cnn.training.fit import train
from cnn.training.recorder import RunRecorder

IMAGES = 20


def check_network(layers: Layers, folder: Path) -> Run:
    """Train the network for two steps, save, load and export it, and look at all its layers.

    Returns its run, below `folder`. Raises AssertionError if a copy computes something else.
    """
    config = TrainingConfig(network=network_line(layers), epochs=1, limit=100, batch_size=50)
    run = create_run(config, folder)
    training, test = (
        Digits(*(array[:200] for array in load_digits(part))) for part in ("train", "test")
    )
    with closing(RunRecorder(run, gradient_digits=Digits(*(a[:20] for a in test)))) as recorder:
        network = train(config, training, test, [recorder])
    images = test.images[:IMAGES]
    expected = network.predict_on_batch(scaled(images))
    assert np.isfinite(expected).all()
    _check_copies(run, images, expected, folder)
    _check_layers(run, test)
    for index in trained_arrays(layers):
        assert len(gradient_histograms(run, index)) == 1
    return run


def _check_copies(run: Run, images: np.ndarray, expected: np.ndarray, folder: Path) -> None:
    """Check the network read from the run and from its exported files."""
    recognizer = load_recognizer(read_run(run.path))
    np.testing.assert_allclose(recognizer.probabilities(images), expected, atol=1e-5)
    path = folder / "network.keras"
    path.write_bytes(keras_file(run, 1))
    loaded = keras.models.load_model(path, safe_mode=True)
    np.testing.assert_allclose(loaded.predict_on_batch(scaled(images)), expected, atol=1e-5)
    path = folder / "network.weights.h5"
    path.write_bytes(weights_file(run, 1))
    assert notebook_of(run)
    # By network: it is taken apart, so this comes last.
    for pooling in POOLINGS:
        factors = pooling_factors(recognizer.network, pooling, images)
        replaced = replace_pooling(recognizer.network, pooling, factors)
        assert replaced.predict_on_batch(scaled(images)).shape == expected.shape


def _check_layers(run: Run, digits: Digits) -> None:
    """Check what Explore shows of each layer."""
    recognizer, rows = load_recognizer(run), describe(run.config.layers).rows
    outputs = recognizer.activations(digits.images[0])
    assert [each.values.shape for each in outputs] == [row.shape for row in rows]
    assert [each.layer.parameters for each in outputs] == [row.parameters for row in rows]
    assert len(receptive_fields(recognizer.layers, IMAGE_SHAPE)) == len(rows)
    activations = DatasetActivations(recognizer, Digits(*(array[:IMAGES] for array in digits)))
    activations.process_all()
    assert activations.features().shape[0] == IMAGES
    assert len(array_names(run.config.layers)) == len(recognizer.network.get_weights())
