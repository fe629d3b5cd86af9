import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.convolution import (
    EXAMPLE_KERNELS,
    KernelError,
    convolve,
    format_kernel,
    parse_kernel,
    relu,
    size_formula,
)
from cnn.arithmetic.pooling import output_length

IMAGE = np.arange(16).reshape(4, 4)
sides = st.integers(1, 4)


@st.composite
def images_and_kernels(draw):
    height, width = draw(sides), draw(sides)
    kernel = draw(arrays(np.int64, (height, width), elements=st.integers(-9, 9)))
    shape = (height + draw(sides) - 1, width + draw(sides) - 1)
    return draw(arrays(np.int64, shape, elements=st.integers(-99, 99))), kernel


def test_each_output_is_the_sum_of_the_products_with_the_kernel():
    kernel = np.array([[1, 0], [0, 2]])
    # 0·1 + 5·2, 1·1 + 6·2, ...
    expected = [[10, 13, 16], [22, 25, 28], [34, 37, 40]]
    np.testing.assert_array_equal(convolve(IMAGE, kernel), expected)


def test_the_bias_is_added_to_each_output():
    np.testing.assert_array_equal(convolve(IMAGE, np.ones((4, 4)), bias=0.5), [[120.5]])


def test_the_kernel_is_not_flipped():
    np.testing.assert_array_equal(convolve(np.array([[1, 2, 3]]), np.array([[1, 10]])), [[21, 32]])


def test_pixels_do_not_overflow():
    white = np.full((3, 3), 255, np.uint8)
    np.testing.assert_array_equal(convolve(white, np.ones((3, 3), np.float32)), [[2295]])


def test_a_kernel_larger_than_the_image_raises_value_error():
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


def test_the_edge_kernels_detect_only_their_orientation():
    lower_half_bright = np.repeat([0, 0, 1, 1], 4).reshape(4, 4)
    horizontal, vertical = EXAMPLE_KERNELS["horizontal edge"], EXAMPLE_KERNELS["vertical edge"]
    np.testing.assert_array_equal(convolve(lower_half_bright, horizontal), [[3, 3], [3, 3]])
    np.testing.assert_array_equal(convolve(lower_half_bright, vertical), [[0, 0], [0, 0]])
    np.testing.assert_array_equal(convolve(lower_half_bright.T, vertical), [[3, 3], [3, 3]])
    np.testing.assert_array_equal(convolve(lower_half_bright.T, horizontal), [[0, 0], [0, 0]])


def test_relu_keeps_positive_values():
    np.testing.assert_array_equal(relu(np.array([[-2.0, 0.0], [0.5, 3.0]])), [[0, 0], [0.5, 3]])


# Strides, padding and channels, against Keras

PADDINGS = st.sampled_from(("valid", "same"))


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 4),
    PADDINGS,
    st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_a_map_equals_keras(height, width, window, stride, channels, padding, seed):
    from keras import ops

    if padding == "valid" and window > min(height, width):
        return
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(height, width, channels)).astype(np.float32)
    kernel = rng.normal(size=(window, window, channels)).astype(np.float32)
    expected = ops.conv(inputs[None], kernel[..., None], stride, padding, "channels_last")
    result = convolve(inputs, kernel, 0.25, (stride, stride), padding)
    np.testing.assert_allclose(result, np.asarray(expected)[0, :, :, 0] + 0.25, atol=1e-4)
    assert result.shape == (
        output_length(height, window, stride, padding),
        output_length(width, window, stride, padding),
    )


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4), PADDINGS)
def test_the_formula_ends_with_the_output_length(length, window, stride, padding):
    expected = output_length(length, window, stride, padding)
    assert size_formula(length, window, stride, padding).endswith(f"= {expected}")


def test_the_formula_contains_the_numbers():
    assert size_formula(28, 3, 2, "valid") == "⌊(28 − 3) / 2⌋ + 1 = 13"
    assert size_formula(28, 3, 3, "same") == "⌈28 / 3⌉ = 10"


# Kernels as text


@given(
    st.integers(1, 7).flatmap(
        lambda side: arrays(np.float32, (side, side), elements=st.integers(-1000, 1000))
    )
)
def test_a_formatted_kernel_can_be_parsed(kernel):
    np.testing.assert_array_equal(parse_kernel(format_kernel(kernel)), kernel)


@pytest.mark.parametrize("name", EXAMPLE_KERNELS)
def test_every_example_kernel_can_be_formatted_and_parsed(name):
    text = format_kernel(EXAMPLE_KERNELS[name])
    np.testing.assert_allclose(parse_kernel(text), EXAMPLE_KERNELS[name], rtol=1e-6)


@pytest.mark.parametrize(
    "text", ["1 0\n0 -1", "1,0\n0,-1", " 1; 0 ;\n\n 0; \u22121\n", "1\t0\r\n0\t-1"]
)
def test_numbers_may_be_separated_by_spaces_commas_or_semicolons(text):
    np.testing.assert_array_equal(parse_kernel(text), [[1, 0], [0, -1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The kernel is empty"),
        ("  \n ", "The kernel is empty"),
        ("1 2 a\n1 2 3\n1 2 3", "'a' in row 1 is not a number"),
        ("1 2 3\n1 1e9 3\n1 2 3", "1e9 in row 2 is too large"),
        ("1 2 nan\n1 2 3\n1 2 3", "'nan' in row 1 is not a number"),
        ("1 1/0\n1 2", "'1/0' in row 1 is not a number"),
        ("1e999 1\n1 2", "1e999 in row 1 is too large"),
        ("1 2 3\n1 2 3", "has rows: 2; numbers in each: 3, 3."),
        ("1 2\n1", "has rows: 2; numbers in each: 2, 1."),
        ("\n".join(["1 " * 8] * 8), "at most 7 x 7. This one has rows: 8"),
        ("x" * 10_000, f"'{'x' * 20}' in row 1 is not a number"),
    ],
)
def test_an_invalid_kernel_raises_kernel_error(text, message):
    with pytest.raises(KernelError, match=re.escape(message)):
        parse_kernel(text)
