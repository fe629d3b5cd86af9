import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.convolution import EXAMPLE_KERNELS, convolve, relu

IMAGE = np.arange(16).reshape(4, 4)
sides = st.integers(1, 4)


@st.composite
def images_and_kernels(draw):
    height, width = draw(sides), draw(sides)
    kernel = draw(arrays(np.int64, (height, width), elements=st.integers(-9, 9)))
    shape = (height + draw(sides) - 1, width + draw(sides) - 1)
    return draw(arrays(np.int64, shape, elements=st.integers(-99, 99))), kernel


def test_each_output_is_the_sum_of_products_under_the_kernel():
    kernel = np.array([[1, 0], [0, 2]])
    # 0·1 + 5·2, 1·1 + 6·2, ...
    expected = [[10, 13, 16], [22, 25, 28], [34, 37, 40]]
    np.testing.assert_array_equal(convolve(IMAGE, kernel), expected)


def test_the_bias_is_added_everywhere():
    np.testing.assert_array_equal(convolve(IMAGE, np.ones((4, 4)), bias=0.5), [[120.5]])


def test_the_kernel_is_not_turned_round():
    np.testing.assert_array_equal(convolve(np.array([[1, 2, 3]]), np.array([[1, 10]])), [[21, 32]])


def test_pixels_do_not_overflow():
    white = np.full((3, 3), 255, np.uint8)
    np.testing.assert_array_equal(convolve(white, np.ones((3, 3), np.float32)), [[2295]])


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError):
        convolve(IMAGE, np.ones((5, 5)))


@given(images_and_kernels(), st.integers(-9, 9))
def test_it_equals_four_loops(image_and_kernel, bias):
    image, kernel = image_and_kernel
    (height, width), (rows, columns) = image.shape, kernel.shape
    expected = np.full((height - rows + 1, width - columns + 1), bias)
    for i in range(height - rows + 1):
        for j in range(width - columns + 1):
            for m in range(rows):
                for n in range(columns):
                    expected[i, j] += image[i + m, j + n] * kernel[m, n]
    np.testing.assert_array_equal(convolve(image, kernel, bias), expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 2)])
def test_it_equals_keras_conv2d(shape):
    import keras

    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(9, 8)), rng.normal(size=shape)
    layer = keras.layers.Conv2D(1, shape)
    layer.build((None, 9, 8, 1))
    layer.set_weights([kernel[:, :, None, None], np.array([0.25])])
    expected = np.asarray(layer(image[None, :, :, None]))[0, :, :, 0]
    np.testing.assert_allclose(convolve(image, kernel, 0.25), expected, atol=1e-5)


def test_the_example_kernels_find_the_edge_of_their_name_only():
    lower_half_bright = np.repeat([0, 0, 1, 1], 4).reshape(4, 4)
    horizontal, vertical = EXAMPLE_KERNELS["horizontal edge"], EXAMPLE_KERNELS["vertical edge"]
    np.testing.assert_array_equal(convolve(lower_half_bright, horizontal), [[3, 3], [3, 3]])
    np.testing.assert_array_equal(convolve(lower_half_bright, vertical), [[0, 0], [0, 0]])
    np.testing.assert_array_equal(convolve(lower_half_bright.T, vertical), [[3, 3], [3, 3]])
    np.testing.assert_array_equal(convolve(lower_half_bright.T, horizontal), [[0, 0], [0, 0]])


def test_relu_keeps_what_is_positive():
    np.testing.assert_array_equal(relu(np.array([[-2.0, 0.0], [0.5, 3.0]])), [[0, 0], [0.5, 3]])
