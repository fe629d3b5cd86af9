import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnn.arithmetic.pooling import (
    PADDINGS,
    POOLING_FUNCTIONS,
    padding_around,
    pool_average,
    pool_max,
    pool_sum,
    windows,
)

IMAGE = np.arange(16).reshape(4, 4)
SUMMARIES = {"max": max, "sum": sum, "average": lambda cells: sum(cells) / len(cells)}

images = arrays(
    np.int64, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.integers(-99, 99)
)


def test_max_takes_the_largest_value_of_each_window():
    np.testing.assert_array_equal(pool_max(IMAGE, 2), [[5, 7], [13, 15]])


def test_sum_adds_the_values_of_each_window():
    np.testing.assert_array_equal(pool_sum(IMAGE, 2), [[10, 18], [42, 50]])


def test_average_is_the_sum_divided_by_the_number_of_cells():
    np.testing.assert_array_equal(pool_average(IMAGE, 2), [[2.5, 4.5], [10.5, 12.5]])


def test_incomplete_windows_are_dropped():
    np.testing.assert_array_equal(pool_max(np.arange(25).reshape(5, 5), 2), [[6, 8], [16, 18]])


def test_max_of_negative_values():
    np.testing.assert_array_equal(pool_max(-IMAGE, 2), [[0, -2], [-8, -10]])


def test_windows_do_not_overlap_and_are_a_view():
    result = windows(IMAGE, 2)
    np.testing.assert_array_equal(result[0, 1], [[2, 3], [6, 7]])
    np.testing.assert_array_equal(result[1, 0], [[8, 9], [12, 13]])
    assert np.shares_memory(result, IMAGE)


def test_sums_of_pixels_do_not_overflow():
    np.testing.assert_array_equal(pool_sum(np.full((2, 2), 255, np.uint8), 2), [[1020]])


def test_windows_larger_than_the_image_give_an_empty_result():
    assert pool_max(IMAGE, 5).shape == (0, 0)


@pytest.mark.parametrize("kind", POOLING_FUNCTIONS)
@given(image=images, size=st.integers(1, 4))
def test_each_pooling_equals_a_naive_loop(kind, image, size):
    height, width = image.shape[0] // size, image.shape[1] // size
    expected = np.empty((height, width))
    for i in range(height):
        for j in range(width):
            cells = [
                int(image[i * size + m, j * size + n]) for m in range(size) for n in range(size)
            ]
            expected[i, j] = SUMMARIES[kind](cells)
    np.testing.assert_allclose(POOLING_FUNCTIONS[kind](image, size), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", POOLING_FUNCTIONS)
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_each_pooling_equals_its_keras_layer(kind, size):
    from cnn.models.network import POOLING_LAYERS

    image = np.random.default_rng(0).normal(size=(13, 11)).astype(np.float32)
    layer = POOLING_LAYERS[kind]((size, size))
    expected = np.asarray(layer(image[None, :, :, None]))[0, :, :, 0]
    np.testing.assert_allclose(POOLING_FUNCTIONS[kind](image, size), expected, atol=1e-5)


@pytest.mark.parametrize("kind", POOLING_FUNCTIONS)
@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    size=st.integers(1, 4),
    stride=st.integers(1, 4),
    padding=st.sampled_from(PADDINGS),
)
def test_strides_and_paddings_equal_those_of_the_keras_layer(kind, shape, size, stride, padding):
    from cnn.models.network import POOLING_LAYERS

    assume(padding == "same" or size <= min(shape))
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    layer = POOLING_LAYERS[kind]((size, size), strides=stride, padding=padding)
    expected = np.asarray(layer(image[None, :, :, None]))[0, :, :, 0]
    pooled = POOLING_FUNCTIONS[kind](image, size, stride, padding)
    np.testing.assert_allclose(pooled, expected, atol=1e-5)


def test_cells_outside_the_map_are_ignored():
    # 3 x 3 windows around each cell: the first has only the four cells of the corner.
    assert padding_around(4, 3, 1, "same")[0] == 1
    corner = {"max": 5, "average": 2.5, "sum": 10}
    for kind, value in corner.items():
        assert POOLING_FUNCTIONS[kind](IMAGE, 3, 1, "same")[0, 0] == value
