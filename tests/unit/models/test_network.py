import math

import keras
import numpy as np
import pytest

from cnn.config import POOLINGS, TrainingConfig
from cnn.models.losses import DigitAccuracy, digit_loss
from cnn.models.network import POOLING_LAYERS, build_network, summarise_layers

SHAPES = {
    "conv_1": (26, 26, 32),
    "pool_1": (13, 13, 32),
    "conv_2": (11, 11, 64),
    "pool_2": (5, 5, 64),
    "conv_3": (3, 3, 64),
    "flatten": (576,),
    "dense_1": (64,),
    "dense_2": (10,),
}
ARITHMETIC = {
    "conv_1": "3 · 3 · 1 · 32 + 32",
    "conv_2": "3 · 3 · 32 · 64 + 64",
    "conv_3": "3 · 3 · 64 · 64 + 64",
    "dense_1": "576 · 64 + 64",
    "dense_2": "64 · 10 + 10",
}


DRAWING = TrainingConfig(preset="drawing", limit=100, batch_size=18, epochs=2, learning_rate=0.01)


@pytest.fixture(scope="module", params=POOLINGS)
def network(request):
    return build_network(TrainingConfig(pooling=request.param))


def test_there_is_a_layer_for_each_pooling():
    assert tuple(POOLING_LAYERS) == POOLINGS


def test_the_notebook_network_has_the_notebooks_parameters_and_shapes(network):
    assert network.count_params() == 93_322
    assert {layer.name: layer.output.shape[1:] for layer in network.layers} == SHAPES


@pytest.mark.parametrize("pooling", POOLINGS)
def test_both_pooling_layers_are_of_the_configured_type(pooling):
    network = build_network(TrainingConfig(pooling=pooling))
    for name in ("pool_1", "pool_2"):
        layer = network.get_layer(name)
        assert type(layer) is POOLING_LAYERS[pooling]
        assert (layer.pool_size, layer.strides, layer.padding) == ((2, 2), (2, 2), "valid")


def test_it_is_compiled_as_in_the_notebook():
    network = build_network(TrainingConfig(learning_rate=0.005))
    assert type(network.optimizer) is keras.optimizers.Adam
    assert float(network.optimizer.learning_rate) == pytest.approx(0.005)
    assert network.loss == "sparse_categorical_crossentropy"


def test_the_output_is_probabilities(network):
    images = np.random.default_rng(0).random((3, 28, 28, 1)).astype(np.float32)
    probabilities = network.predict_on_batch(images)
    assert probabilities.shape == (3, 10)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_random_seed_determines_the_initial_weights():
    def first_kernel(seed):
        keras.utils.set_random_seed(seed)
        return build_network(TrainingConfig()).get_weights()[0]

    np.testing.assert_array_equal(first_kernel(1), first_kernel(1))
    assert not np.array_equal(first_kernel(1), first_kernel(2))


def test_the_summary_describes_each_layer(network):
    summary = {layer.name: layer for layer in summarise_layers(network)}
    assert {name: layer.shape for name, layer in summary.items()} == SHAPES
    assert summary["conv_2"].kind == "Conv2D"
    assert summary["conv_2"].activation == "relu"
    assert summary["conv_2"].window == (3, 3)
    assert summary["pool_1"].kind in ("MaxPooling2D", "AveragePooling2D", "SumPooling2D")
    assert summary["pool_1"].activation == ""
    assert summary["pool_1"].window == (2, 2)
    assert summary["dense_2"].activation == "softmax"
    assert summary["dense_2"].window == ()


def test_the_arithmetic_equals_the_number_of_parameters(network):
    for layer in summarise_layers(network):
        assert layer.arithmetic == ARITHMETIC.get(layer.name, "")
        products = layer.arithmetic.split(" + ") if layer.arithmetic else []
        total = sum(math.prod(int(side) for side in each.split(" · ")) for each in products)
        assert layer.parameters == total
    assert sum(layer.parameters for layer in summarise_layers(network)) == 93_322


@pytest.fixture(scope="module")
def deep():
    return build_network(DRAWING)


def learning_rates(network, steps):
    """The learning rate before each step and after the last."""
    rates = []
    for step in range(steps + 1):
        network.optimizer.iterations.assign(step)
        rates.append(float(network.optimizer.learning_rate))
    return rates


def test_the_deep_network_has_the_documented_number_of_parameters(deep):
    assert deep.count_params() > 93_322  # the notebook's
    assert deep.count_params() <= 500_000
    assert f"{deep.count_params():,}" in build_network.__doc__


def test_the_arithmetic_of_the_deep_network_equals_its_number_of_parameters(deep):
    total = 0
    for layer in summarise_layers(deep):
        products = layer.arithmetic.split(" + ") if layer.arithmetic else []
        total += sum(math.prod(int(side) for side in each.split(" · ")) for each in products)
    assert total == deep.count_params()


def test_the_deep_network_has_four_convolutions_and_outputs_probabilities(deep):
    names = [layer.name for layer in deep.layers]
    assert [name for name in names if name.startswith("conv")] == [f"conv_{i}" for i in range(1, 5)]
    images = np.random.default_rng(0).random((3, 28, 28, 1)).astype(np.float32)
    probabilities = deep.predict_on_batch(images)
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_deep_network_has_the_configured_pooling(pooling):
    network = build_network(TrainingConfig(preset="drawing", pooling=pooling))
    for name in ("pool_1", "pool_2"):
        assert type(network.get_layer(name)) is POOLING_LAYERS[pooling]


def test_the_deep_network_is_compiled_for_non_digits():
    network = build_network(DRAWING)
    assert network.loss is digit_loss
    network.test_on_batch(np.zeros((2, 28, 28, 1), np.float32), np.array([3, -1]))
    assert any(isinstance(each, DigitAccuracy) for each in network.metrics[1].metrics)


def test_the_notebooks_learning_rate_is_constant():
    network = build_network(TrainingConfig(learning_rate=0.01))
    assert learning_rates(network, 20) == [pytest.approx(0.01)] * 21


def test_the_one_cycle_learning_rate_warms_up_for_a_tenth_and_decays_to_0_along_a_cosine():
    steps = DRAWING.epochs * DRAWING.steps_per_epoch
    assert steps == 20  # 2 epochs of 180 images in batches of 18
    warmup = np.array([0.001, 0.0055])
    decay = [0.01 * (1 + math.cos(math.pi * step / 18)) / 2 for step in range(19)]
    rates = learning_rates(build_network(DRAWING), steps)
    np.testing.assert_allclose(rates, [*warmup, *decay], rtol=1e-4, atol=1e-7)
    assert rates[-1] == pytest.approx(0, abs=1e-7)


def test_one_cycle_of_a_single_step_has_a_positive_learning_rate():
    config = TrainingConfig(preset="drawing", limit=100, batch_size=100, epochs=1)
    network = build_network(config)
    for rate in learning_rates(network, 1):
        assert 0 <= rate <= config.learning_rate * (1 + 1e-6)
    network.optimizer.iterations.assign(0)
    assert float(network.optimizer.learning_rate) > 0
