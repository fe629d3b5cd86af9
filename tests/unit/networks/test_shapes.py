from dataclasses import replace

import keras
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnn.models.layers import SumPooling2D as KerasSumPooling2D
from cnn.models.network import summarise_layers
from cnn.networks.layers import (
    KINDS,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    Pooling,
    layer_names,
)
from cnn.networks.shapes import MOST_LAYERS, MOST_PARAMETERS, describe
from cnn.networks.starting_points import DEEP, EMBEDDING, NOTEBOOK
from tools.random_networks import random_network

SOFTMAX = Dense(10, "softmax")
sizes, paddings = st.integers(1, 9), st.sampled_from(["valid", "same"])
maps = st.one_of(
    st.builds(
        Conv2D, st.integers(1, 40), sizes, st.integers(1, 4), paddings, use_bias=st.booleans()
    ),
    st.builds(Activation, st.sampled_from(["relu", "gelu", "linear"])),
    *(
        st.builds(kind, sizes, st.integers(1, 4), paddings)
        for kind in KINDS.values()
        if issubclass(kind, Pooling)
    ),
    st.builds(Dropout, st.floats(0, 0.9)),
    st.just(BatchNormalization()),
    st.just(Flatten()),
    st.just(GlobalAveragePooling2D()),
)


def keras_network(layers):
    """The network built by Keras, layer by layer; raises ValueError where it does not fit."""
    network = keras.Sequential([keras.Input((28, 28, 1))])
    for layer, name in zip(layers, layer_names(layers), strict=True):
        kind = getattr(keras.layers, layer.kind, KerasSumPooling2D)
        network.add(kind(**layer.arguments(), name=name))
    return network


def sentences(*layers):
    """The problems of each layer."""
    return [row.problem for row in describe(layers).rows]


@pytest.mark.parametrize(
    "layers", [NOTEBOOK, DEEP, EMBEDDING], ids=["notebook", "deep", "embedding"]
)
def test_the_shipped_networks_fit(layers):
    assert describe(layers).problems == []


def test_the_notebooks_network_has_these_rows():
    network = describe(NOTEBOOK)
    assert (network.parameters, network.multiplications) == (93_322, 2_794_240)
    first, pool, *_, flatten, _, last = network.rows
    assert (first.shape, first.parameters) == ((26, 26, 32), 320)
    assert (first.arithmetic, first.multiplications) == (
        "3 · 3 · 1 · 32 + 32",
        26 * 26 * 32 * 3 * 3,
    )
    assert first.memory == 26 * 26 * 32 * 4
    assert (pool.shape, pool.parameters, pool.arithmetic) == ((13, 13, 32), 0, "")
    assert flatten.shape == (576,)
    assert (last.name, last.arithmetic, last.multiplications) == ("dense_2", "64 · 10 + 10", 640)


@given(st.integers(0, 10_000))
def test_shapes_parameters_and_arithmetic_are_those_of_keras(seed):
    layers = random_network(seed)
    rows, summaries = describe(layers).rows, summarise_layers(keras_network(layers))
    assert [
        (each.name, each.layer.kind, each.shape, each.parameters, each.arithmetic) for each in rows
    ] == [
        (each.name, each.kind, each.shape, each.parameters, each.arithmetic) for each in summaries
    ]


@given(st.lists(maps, max_size=5).map(tuple))
@example((Conv2D(8, 3), MaxPooling2D(14), Conv2D(8, 3)))
@example((Flatten(), Conv2D(8, 3)))
def test_a_layer_does_not_fit_where_keras_fails(layers):
    network = (*layers, Flatten(), SOFTMAX)
    found = next((at for at, row in enumerate(describe(network).rows) if row.problem), None)
    failed = None
    for at in range(len(network)):
        try:
            keras_network(network[: at + 1])
        except ValueError:
            failed = at
            break
    if failed is None:
        assert found is None or describe(network).parameters > MOST_PARAMETERS
    else:
        assert found == failed


@given(st.integers(0, 10_000), st.integers(0, 25), st.sampled_from(["softmax", "relu"]))
def test_softmax_is_for_the_last_layer_and_dense_for_vectors(seed, at, activation):
    layers = random_network(seed)
    flat = next(i for i, each in enumerate(layers) if len(describe(layers).rows[i].shape) == 1)
    at = min(at, len(layers) - 1)
    network = (*layers[:at], Dense(16, activation), *layers[at:])
    expected = activation == "softmax" or at <= flat
    # Dense in front of maps is also in front of Flatten.
    assert bool(describe(network).rows[at].problem) == (
        expected or (len(network) > MOST_LAYERS and at >= MOST_LAYERS)
    )


@pytest.mark.parametrize(
    ("layers", "at", "sentence"),
    [
        (
            (Conv2D(8, 3), MaxPooling2D(13), Conv2D(8, 3), Flatten(), SOFTMAX),
            2,
            "A 3 x 3 kernel does not fit on a 2 x 2 map: choose a smaller kernel or padding "
            '"same", or remove a pooling or a stride before it.',
        ),
        (
            (Conv2D(8, 25), MaxPooling2D(5), Flatten(), SOFTMAX),
            1,
            "A 5 x 5 window does not fit on a 4 x 4 map: choose a smaller window or padding "
            '"same", or remove a pooling or a stride before it.',
        ),
        (
            (Conv2D(8, 3), SOFTMAX),
            1,
            "Dense needs a vector, but its input has height and width: add Flatten or "
            "GlobalAveragePooling2D before it.",
        ),
        (
            (Flatten(), Conv2D(8, 3), SOFTMAX),
            1,
            "Conv2D needs feature maps, but its input is a vector: move it before Flatten, "
            "GlobalAveragePooling2D and Dense.",
        ),
        (
            (Flatten(), Dense(64, "softmax"), SOFTMAX),
            1,
            "softmax is for the last layer only: choose another activation, such as relu.",
        ),
        (
            (Conv2D(8, 3, activation="relu"), Flatten()),
            1,
            'The last layer must be Dense(10, activation="softmax"): add it after this one.',
        ),
        (
            (Flatten(), Dense(10), Activation("softmax")),
            2,
            'The last layer must be Dense(10, activation="softmax"): remove this one, and choose '
            "the activation of the Dense before it.",
        ),
        (
            (Conv2D(8, 3), Activation("softmax"), Flatten(), SOFTMAX),
            1,
            "softmax is for the last layer only: choose another activation, such as relu.",
        ),
        (
            (Flatten(), Dense(11, "softmax")),
            1,
            "The last layer has a unit for each of the 10 classes: set units to 10.",
        ),
        (
            (Flatten(), Dense(10)),
            1,
            "The outputs of the last layer are probabilities: set its activation to softmax.",
        ),
        (
            (Conv2D(8, 3), Flatten(), Dense(400, "relu"), SOFTMAX),
            2,
            "The network has 2,167,690 parameters, more than the 2,000,000 allowed here, most of "
            "them in this layer: choose fewer units, or pooling or GlobalAveragePooling2D before "
            "it.",
        ),
        (
            (Conv2D(512, 3, padding="same"), Conv2D(256, 1), GlobalAveragePooling2D(), SOFTMAX),
            0,
            "The outputs of all layers take 2.4 MB an image, more than the 2 MB allowed here, most "
            "of it in this layer: choose fewer filters, a larger stride, or pooling before it.",
        ),
    ],
)
def test_a_layer_that_does_not_fit_has_a_sentence_that_mends_it(layers, at, sentence):
    assert sentences(*layers) == ["" if i != at else sentence for i in range(len(layers))]


def test_the_25th_layer_is_one_too_many():
    layers = (*[Dropout(0.1)] * 22, Flatten(), SOFTMAX)
    assert describe(layers).problems == []
    assert describe((Dropout(0.1), *layers)).problems == [
        "dense_1: A network has at most 24 layers here: remove some."
    ]


def test_a_network_without_layers_has_a_problem():
    assert describe(()).problems == [
        'The network has no layers: add Dense(10, activation="softmax").'
    ]


def test_a_network_of_nearly_2_million_parameters_fits():
    layers = (Flatten(), Dense(2048, "relu"), Dense(182, "relu"), SOFTMAX)
    assert describe(layers).parameters < MOST_PARAMETERS
    assert describe(layers).problems == []
    assert describe((layers[0], layers[1], replace(layers[2], units=300), layers[3])).problems


def test_layers_after_a_problem_are_described_as_far_as_they_are_known():
    network = (Conv2D(8, 3), MaxPooling2D(14), Conv2D(8, 3), Conv2D(16, 5), Flatten(), Dense(9))
    rows = describe(network).rows
    assert (rows[3].shape, rows[3].arithmetic) == ((None, None, 16), "5 · 5 · 8 · 16 + 16")
    assert (rows[3].multiplications, rows[3].memory) == (None, None)
    assert (rows[4].shape, rows[4].problem) == ((None,), "")
    assert (rows[5].shape, rows[5].parameters, rows[5].arithmetic) == ((9,), None, "")


def test_the_last_layer_has_a_unit_for_each_class():
    assert describe((Flatten(), Dense(3, "softmax")), classes=3).problems == []
    assert "each of the 3 classes" in describe((Flatten(), SOFTMAX), classes=3).problems[0]


def test_a_convolution_without_bias_has_a_parameter_for_each_weight_only():
    block = (Conv2D(8, 3, use_bias=False), BatchNormalization(), Activation("relu"))
    first, norm, activation, _, last = describe(
        (*block, GlobalAveragePooling2D(), Dense(10, "softmax", use_bias=False))
    ).rows
    assert (first.arithmetic, first.parameters) == ("3 · 3 · 1 · 8", 72)
    assert first.multiplications == 26 * 26 * 8 * 3 * 3
    assert (norm.arithmetic, norm.multiplications) == ("8 + 8 + 8 + 8", 26 * 26 * 8)
    assert (activation.name, activation.shape) == ("act_1", (26, 26, 8))
    assert (activation.parameters, activation.multiplications) == (0, 0)
    assert (last.arithmetic, last.parameters, last.multiplications) == ("8 · 10", 80, 80)


def test_multiplications_count_those_of_averages_and_normalization():
    rows = describe((BatchNormalization(), GlobalAveragePooling2D(), SOFTMAX)).rows
    assert [each.multiplications for each in rows] == [784, 1, 10]
    assert rows[0].arithmetic == "1 + 1 + 1 + 1"
