import keras
import numpy as np
import pytest
from keras import layers

from cnn.config import POOLINGS, TrainingConfig
from cnn.data.mnist import Digits, load_digits, scaled
from cnn.inspection.pooling_replacement import (
    accuracy_on,
    is_pooling,
    pooling_factors,
    replace_pooling,
)
from cnn.models.layers import SumPooling2D
from cnn.models.network import POOLING_LAYERS, build_network

IMAGES = load_digits("train").images[:40]


@pytest.fixture(scope="module", params=POOLINGS)
def network(request):
    keras.utils.set_random_seed(0)
    return build_network(TrainingConfig(pooling=request.param))


def own_network(pooling, padding="valid"):
    """A network of no preset: odd windows, strides, a pooling right before the end."""
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            pooling((3, 2), strides=(2, 1), padding=padding, name="shrink"),
            layers.Conv2D(5, 3, padding="same", bias_initializer="ones", name="second"),
            pooling(4, padding=padding, name="shrink_more"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="end"),
        ]
    )


def answers(network, images=IMAGES):
    return network.predict_on_batch(scaled(images))


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_swap_is_what_the_same_weights_say_with_that_pooling(network, kind):
    swapped = replace_pooling(network, kind)
    expected = build_network(TrainingConfig(pooling=kind))
    expected.set_weights(network.get_weights())
    np.testing.assert_allclose(answers(swapped), answers(expected), rtol=1e-5, atol=1e-7)
    assert [each.name for each in swapped.layers] == [each.name for each in network.layers]


def test_the_network_itself_stays_as_it_is(network):
    before, weights = answers(network), network.get_weights()
    for kind in POOLINGS:
        swapped = replace_pooling(network, kind, {"pool_1": 2.0, "pool_2": 3.0})
        swapped.set_weights([0 * each for each in swapped.get_weights()])
    np.testing.assert_array_equal(answers(network), before)
    for kept, weight in zip(network.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(kept, weight)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("kind", POOLINGS)
@pytest.mark.parametrize("trained", POOLING_LAYERS.values(), ids=POOLING_LAYERS)
def test_any_networks_windows_strides_and_padding_stay(trained, kind, padding):
    network = own_network(trained, padding)
    swapped = replace_pooling(network, kind)
    expected = own_network(POOLING_LAYERS[kind], padding)
    expected.set_weights(network.get_weights())
    np.testing.assert_allclose(answers(swapped), answers(expected), rtol=1e-5, atol=1e-7)
    for name in ("shrink", "shrink_more"):
        old, new = network.get_layer(name), swapped.get_layer(name)
        assert type(new) is POOLING_LAYERS[kind]
        assert new.get_config() == old.get_config()


def test_each_pooling_is_multiplied_by_its_own_factor():
    network = own_network(SumPooling2D)
    swapped = replace_pooling(network, "average", {"shrink": 6.0, "shrink_more": 16.0})
    np.testing.assert_allclose(answers(swapped), answers(network), rtol=1e-4, atol=1e-6)
    other = replace_pooling(network, "average", {"shrink": 16.0, "shrink_more": 6.0})
    assert np.abs(answers(other) - answers(network)).max() > 1e-4


@pytest.mark.parametrize(
    ("trained", "kind", "factors"),
    [
        ("sum", "average", {"pool_1": 4, "pool_2": 4}),
        ("average", "sum", {"pool_1": 0.25, "pool_2": 0.25}),
        ("max", "max", {"pool_1": 1, "pool_2": 1}),
    ],
)
def test_between_sum_and_average_scaling_back_undoes_the_swap(trained, kind, factors):
    network = build_network(TrainingConfig(pooling=trained))
    assert pooling_factors(network, kind, IMAGES) == factors
    swapped = replace_pooling(network, kind, factors)
    np.testing.assert_allclose(answers(swapped), answers(network), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ["average", "sum"])
def test_scaled_back_a_layer_gives_what_it_gave_on_average(kind):
    network = own_network(POOLING_LAYERS["max"])
    factors = pooling_factors(network, kind, IMAGES)
    for name, factor in factors.items():
        layer = network.get_layer(name)
        seen = keras.Model(network.inputs, [layer.input, layer.output])
        inputs, outputs = seen.predict_on_batch(scaled(IMAGES))
        other = POOLING_LAYERS[kind].from_config(layer.get_config())
        assert factor * np.mean(other(inputs)) == pytest.approx(np.mean(outputs), rel=1e-4)
    assert list(factors) == ["shrink", "shrink_more"]


def test_from_max_average_and_sum_scaled_back_are_one_network():
    network = build_network(TrainingConfig(pooling="max"))
    average, total = (
        replace_pooling(network, kind, pooling_factors(network, kind, IMAGES))
        for kind in ("average", "sum")
    )
    np.testing.assert_allclose(answers(average), answers(total), rtol=1e-4, atol=1e-6)


def test_a_layer_that_gives_nothing_is_left_at_its_scale():
    network = build_network(TrainingConfig(pooling="max"))
    network.set_weights([0 * each for each in network.get_weights()])
    assert pooling_factors(network, "average", IMAGES) == {"pool_1": 1, "pool_2": 1}


def test_a_network_without_pooling_is_only_copied():
    network = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    assert pooling_factors(network, "sum", IMAGES) == {}
    np.testing.assert_allclose(
        answers(replace_pooling(network, "sum")), answers(network), rtol=1e-6
    )


def test_only_pooling_layers_are_exchanged():
    assert all(is_pooling(each(2)) for each in POOLING_LAYERS.values())
    assert not is_pooling(layers.GlobalMaxPooling2D())
    assert not is_pooling(layers.Flatten())


@pytest.mark.parametrize("count", [1, 250, 251, 600])
def test_accuracy_is_the_share_that_is_read_right(count):
    keras.utils.set_random_seed(2)
    network = build_network(TrainingConfig())
    digits = Digits(*(each[:count] for each in load_digits("test")))
    said = answers(network, digits.images).argmax(axis=1)
    assert accuracy_on(network, digits) == pytest.approx((said == digits.labels).mean())
    own = Digits(digits.images, said.astype(np.uint8))
    assert accuracy_on(network, own) == 1
