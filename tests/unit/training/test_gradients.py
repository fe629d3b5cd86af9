import keras
import numpy as np
import pytest

from cnn.config import TrainingConfig
from cnn.data.mnist import Digits, load_digits
from cnn.models.network import build_network
from cnn.training.gradients import batch_gradients

STEP = 1e-2


@pytest.fixture
def digits():
    return Digits(*(array[:20] for array in load_digits("train")))


@pytest.mark.parametrize("preset", ["notebook", "drawing"])
def test_gradients_are_the_slopes_of_the_loss(preset, digits):
    keras.utils.set_random_seed(0)
    network = build_network(TrainingConfig(preset=preset, limit=100, batch_size=10))
    weights = network.get_weights()
    gradients = batch_gradients(network, digits)
    assert [each.shape for each in gradients] == [each.shape for each in weights]
    for before, after in zip(weights, network.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)

    def loss(change):
        weights[-1][3] += change
        network.set_weights(weights)
        weights[-1][3] -= change
        images = digits.images[..., None].astype(np.float32) / 255
        probabilities = network.predict(images, verbose=0).astype(np.float64)
        return -np.log(probabilities[np.arange(20), digits.labels]).mean()

    slope = (loss(STEP) - loss(-STEP)) / (2 * STEP)
    assert gradients[-1][3] == pytest.approx(slope, rel=1e-2, abs=1e-5)


def test_gradients_leave_the_random_numbers_alone(digits):
    def after(compute):
        keras.utils.set_random_seed(0)
        network = build_network(TrainingConfig())
        compute(network)
        return float(keras.random.uniform(())), float(np.random.random())

    assert after(lambda network: batch_gradients(network, digits)) == after(lambda network: None)
