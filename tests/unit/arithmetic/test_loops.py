"""The plain loops that Learn shows compute the same as the array code beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.convolution import convolve, relu
from cnn.arithmetic.loops import convolve_loops, pool_loops, relu_loops
from cnn.arithmetic.pooling import POOLING_FUNCTIONS

FINITE = st.floats(-100, 100)
SIDES = st.integers(1, 3)


def maps(low: int = 3):
    return arrays(np.float64, st.tuples(st.integers(low, 8), st.integers(low, 8)), elements=FINITE)


@given(maps(), arrays(np.float64, st.tuples(SIDES, SIDES), elements=FINITE), FINITE)
def test_convolution_in_loops_equals_the_array_code(image, kernel, bias):
    np.testing.assert_allclose(
        convolve_loops(image, kernel, bias), convolve(image, kernel, bias), atol=1e-6
    )


@given(maps(1))
def test_relu_in_loops_equals_the_array_code(values):
    np.testing.assert_array_equal(relu_loops(values), relu(values))


@pytest.mark.parametrize("kind", POOLING_FUNCTIONS)
@given(image=maps(), size=SIDES)
def test_pooling_in_loops_equals_the_array_code(kind, image, size):
    np.testing.assert_allclose(
        pool_loops(image, size, kind), POOLING_FUNCTIONS[kind](image, size), atol=1e-9
    )
