import keras
import pytest

from cnn.networks.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    SumPooling2D,
)
from tools.network_check import check_network
from tools.random_networks import random_network

pytestmark = pytest.mark.slow

SOFTMAX = Dense(10, "softmax")
UNUSUAL = {
    "no hidden layer": (Flatten(), SOFTMAX),
    "no convolution": (Flatten(), Dense(16, "relu"), Dropout(0.5), SOFTMAX),
    "no pooling": (Conv2D(4, 5, 3, "same", "gelu"), GlobalAveragePooling2D(), SOFTMAX),
    "a pooling first": (SumPooling2D(3, 2, "same"), Conv2D(4, 3), Flatten(), SOFTMAX),
    "two normalized blocks": (
        *(Conv2D(4, 3, use_bias=False), BatchNormalization(), Activation("relu"), SumPooling2D(2)),
        *(Conv2D(8, 3, use_bias=False), BatchNormalization(), Activation("gelu"), Flatten()),
        *(Dense(16, use_bias=False), BatchNormalization(), Activation("tanh"), SOFTMAX),
    ),
    "an activation first, no bias": (
        *(Activation("sigmoid"), Flatten(), Dense(10, "softmax", use_bias=False)),
    ),
    "a normalization first": (BatchNormalization(), Conv2D(4, 28), Flatten(), SOFTMAX),
}


@pytest.fixture(autouse=True)
def without_other_graphs():
    """Keras collects names and graphs of all networks of a process."""
    keras.backend.clear_session()


@pytest.mark.parametrize("layers", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_network_can_be_trained_saved_loaded_explored_and_exported(layers, tmp_path):
    check_network(layers, tmp_path)


@pytest.mark.parametrize("seed", range(8))
def test_a_random_network_can_be_trained_saved_loaded_explored_and_exported(seed, tmp_path):
    check_network(random_network(seed), tmp_path)
