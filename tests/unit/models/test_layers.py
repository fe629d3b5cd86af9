import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given
from hypothesis import strategies as st
from keras import layers

from cnn.models.layers import SumPooling2D

IMAGE = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))


def naive_sum_pooling(images, pool, strides, padding):
    """(n, h, w, c) -> (n, h', w', c): the sum of the cells of each window inside the image."""
    n, *sides, channels = images.shape
    if padding == "same":  # windows may begin before the edge and end after it
        counts = [-(-side // stride) for side, stride in zip(sides, strides, strict=True)]
        missing = [
            max((count - 1) * stride + size - side, 0)
            for count, stride, size, side in zip(counts, strides, pool, sides, strict=True)
        ]
        start = [-(cells // 2) for cells in missing]
    else:
        counts = [(s - p) // stride + 1 for s, p, stride in zip(sides, pool, strides, strict=True)]
        start = [0, 0]
    result = np.zeros((n, *counts, channels))
    for i, j in np.ndindex(*counts):
        for m, k in np.ndindex(*pool):
            row, column = start[0] + i * strides[0] + m, start[1] + j * strides[1] + k
            if 0 <= row < sides[0] and 0 <= column < sides[1]:
                result[:, i, j] += images[:, row, column]
    return result


def pooled(layer, images):
    return np.asarray(layer(images))


def gradient(pool, images, upstream):
    """d sum(upstream · pool(images)) / d images, like `images`."""
    variable = tf.Variable(images)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(pool(variable) * upstream)
    return tape.gradient(total, variable).numpy()


def test_each_window_is_summed():
    np.testing.assert_array_equal(pooled(SumPooling2D(2), IMAGE)[0, :, :, 0], [[10, 18], [42, 50]])


def test_without_padding_incomplete_windows_are_dropped():
    np.testing.assert_array_equal(pooled(SumPooling2D(3), IMAGE)[0, :, :, 0], [[45]])


def test_with_padding_cells_outside_the_image_count_as_0():
    image = np.arange(9, dtype=np.float32).reshape(1, 3, 3, 1)
    result = pooled(SumPooling2D(2, padding="same"), image)[0, :, :, 0]
    np.testing.assert_array_equal(result, [[0 + 1 + 3 + 4, 2 + 5], [6 + 7, 8]])


@pytest.mark.parametrize("side", [4, 5, 8])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("pool", [(2, 2), (3, 3), (2, 3)])
def test_with_padding_it_equals_a_convolution_with_ones(pool, strides, side):
    images = np.random.default_rng(0).normal(size=(2, side, side + 1, 1)).astype(np.float32)
    convolution = layers.Conv2D(1, pool, strides, "same", kernel_initializer="ones")
    expected = pooled(convolution, images)
    result = pooled(SumPooling2D(pool, strides, "same"), images)
    np.testing.assert_allclose(result, expected, atol=1e-5)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3)),
    pool=sizes,
    strides=st.none() | sizes,
    seed=st.integers(0, 99),
)
def test_it_equals_a_naive_loop(data_format, padding, shape, pool, strides, seed):
    assume(padding == "same" or (shape[1] >= pool[0] and shape[2] >= pool[1]))
    images = np.random.default_rng(seed).integers(-9, 10, shape).astype(np.float32)
    layer = SumPooling2D(pool, strides, padding, data_format)
    expected = naive_sum_pooling(images, pool, strides or pool, padding)
    if data_format == "channels_first":
        images, expected = np.moveaxis(images, -1, 1), np.moveaxis(expected, -1, 1)
    result = pooled(layer, images)
    np.testing.assert_allclose(result, expected, atol=1e-4)

    like_max = layers.MaxPooling2D(pool, strides, padding, data_format)
    assert result.shape == layer.compute_output_shape(images.shape)
    assert result.shape == like_max.compute_output_shape(images.shape)
    if data_format == "channels_last":  # TensorFlow has no channels_first pooling on a CPU
        assert result.shape == pooled(like_max, images).shape


@pytest.mark.parametrize("size", [1, 2, 3])
def test_without_padding_it_equals_average_times_the_number_of_cells(size):
    images = np.random.default_rng(0).normal(size=(2, 9, 8, 3)).astype(np.float32)
    expected = size**2 * pooled(layers.AveragePooling2D(size), images)
    np.testing.assert_allclose(pooled(SumPooling2D(size), images), expected, rtol=1e-5)


@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("size", [2, 3])
def test_its_gradient_equals_that_of_average_times_the_number_of_cells(size, strides):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 9, 8, 3)).astype(np.float32)
    average = layers.AveragePooling2D(size, strides)
    upstream = rng.normal(size=average(images).shape).astype(np.float32)
    np.testing.assert_allclose(
        gradient(SumPooling2D(size, strides), images, upstream),
        gradient(lambda x: size**2 * average(x), images, upstream),
        rtol=1e-5,
        atol=1e-6,
    )


def test_each_cell_receives_the_full_gradient_of_its_window():
    upstream = np.array([[1, 2], [3, 4]], np.float32).reshape(1, 2, 2, 1)
    np.testing.assert_array_equal(
        gradient(SumPooling2D(2), IMAGE, upstream)[0, :, :, 0],
        [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]],
    )


def test_a_cell_in_overlapping_windows_receives_the_sum_of_their_gradients():
    np.testing.assert_array_equal(
        gradient(SumPooling2D(2, strides=1), IMAGE[:, :3, :3], 1.0)[0, :, :, 0],
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    )


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_with_padding_every_cell_has_a_gradient(data_format):
    layer = SumPooling2D(2, padding="same", data_format=data_format)
    images = IMAGE[:, :3, :3] if data_format == "channels_last" else IMAGE[:, :3, :3, 0][:, None]
    np.testing.assert_array_equal(gradient(layer, images, 1.0), np.ones_like(images))


def test_it_has_no_parameters():
    layer = SumPooling2D(2)
    layer(IMAGE)
    assert layer.count_params() == 0


SETTINGS = {
    "pool_size": (3, 2),
    "strides": (2, 1),
    "padding": "same",
    "data_format": "channels_last",
    "name": "sum_pool",
}


def test_from_config_recreates_the_layer():
    layer = SumPooling2D(**SETTINGS)
    copy = SumPooling2D.from_config(layer.get_config())
    assert {name: copy.get_config()[name] for name in SETTINGS} == SETTINGS
    np.testing.assert_array_equal(pooled(copy, IMAGE), pooled(layer, IMAGE))


def test_a_saved_network_can_be_loaded(tmp_path):
    network = keras.Sequential([keras.Input((4, 4, 1)), SumPooling2D(**SETTINGS)])
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert type(loaded.layers[0]) is SumPooling2D
    assert loaded.layers[0].get_config() == network.layers[0].get_config()
    np.testing.assert_array_equal(pooled(loaded, IMAGE), pooled(network, IMAGE))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_network_with_unknown_image_size_pools_any_size(padding):
    network = keras.Sequential(
        [keras.Input((None, None, 1)), SumPooling2D(3, strides=2, padding=padding)]
    )
    assert network.output_shape == (None, None, None, 1)
    for height, width in ((4, 4), (3, 7), (8, 5)):
        images = np.arange(height * width, dtype=np.float32).reshape(1, height, width, 1)
        expected = naive_sum_pooling(images, (3, 3), (2, 2), padding)
        np.testing.assert_allclose(network.predict_on_batch(images), expected, rtol=1e-6)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_float16_input_gives_float16_output(padding):
    result = SumPooling2D(2, padding=padding, dtype="float16")(IMAGE.astype(np.float16))
    assert keras.backend.standardize_dtype(result.dtype) == "float16"
    np.testing.assert_array_equal(np.asarray(result)[0, :, :, 0], [[10, 18], [42, 50]])
