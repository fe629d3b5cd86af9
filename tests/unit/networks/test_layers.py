import pytest

from cnn.networks.errors import NetworkError
from cnn.networks.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SumPooling2D,
    first_pooling,
    layer_names,
    with_pooling,
)
from cnn.networks.starting_points import DEEP, NOTEBOOK


def test_the_names_are_those_of_the_shipped_networks():
    assert layer_names(NOTEBOOK) == [
        *("conv_1", "pool_1", "conv_2", "pool_2", "conv_3", "flatten", "dense_1", "dense_2")
    ]
    assert layer_names(DEEP)[-4:] == ["conv_4", "flatten", "dense_1", "dense_2"]


def test_every_kind_of_layer_has_names_of_its_own():
    layers = (Dropout(0.1), BatchNormalization(), GlobalAveragePooling2D(), Flatten(), Flatten())
    assert layer_names(layers) == ["dropout_1", "norm_1", "global_pool", "flatten", "flatten_2"]
    assert layer_names([Activation("relu")] * 2) == ["act_1", "act_2"]


def test_the_stride_of_a_pooling_is_its_window_unless_given():
    assert MaxPooling2D(3).strides == 3
    assert MaxPooling2D(3, 1).strides == 1
    assert MaxPooling2D(3) == MaxPooling2D(3, 3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: Conv2D(0, 3),
            "Conv2D: filters is 0; it must be a whole number from 1 to 512.",
        ),
        (
            lambda: Conv2D(8, 2.5),
            "Conv2D: kernel_size is 2.5; it must be a whole number from 1 to 28.",
        ),
        (lambda: Dense(True), "Dense: units is True; it must be a whole number from 1 to 2048."),
        (lambda: Dropout(1.0), "Dropout: rate is 1.0; it must be a number from 0 to 0.9."),
        (
            lambda: Dropout(float("nan")),
            "Dropout: rate is nan; it must be a number from 0 to 0.9.",
        ),
        (
            lambda: MaxPooling2D(2, padding="full"),
            "MaxPooling2D: padding is 'full'; it must be one of valid, same.",
        ),
        (
            lambda: Dense(10**5000),
            "Dense: units is a huge number; it must be a whole number from 1 to 2048.",
        ),
        (lambda: Dense(3, use_bias=1), "Dense: use_bias is 1; it must be True or False."),
        (lambda: Activation("ReLU"), "Activation: activation is 'ReLU'; it must be one of relu, "),
        (lambda: Dense([3]), "Dense: units is list; it must be a whole"),
    ],
)
def test_an_argument_out_of_its_range_raises_an_error_with_the_range(make, sentence):
    with pytest.raises(NetworkError) as raised:
        make()
    assert str(raised.value).startswith(sentence)


def test_whole_numbers_of_type_float_become_ints():
    assert isinstance(Conv2D(8.0, 3.0).filters, int)
    assert isinstance(Dropout(0).rate, float)


def test_the_first_pooling_is_the_networks_kind():
    assert first_pooling((Conv2D(8, 3), SumPooling2D(2), MaxPooling2D(2))) == "sum"
    assert first_pooling((Flatten(), GlobalAveragePooling2D())) == "max"


def test_replacing_the_pooling_keeps_everything_else():
    layers = (Conv2D(8, 3), MaxPooling2D(3, 2, "same"), GlobalAveragePooling2D())
    assert with_pooling(layers, "average") == (
        *(Conv2D(8, 3), AveragePooling2D(3, 2, "same"), GlobalAveragePooling2D()),
    )
