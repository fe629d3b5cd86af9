import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.models.optimizers import Muon, orthogonalize

shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))
seeds = st.integers(0, 2**31 - 1)


def random_matrix(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def build_layer(shape, name="dense_1"):
    """A layer with one kernel of `shape` and one bias, all 0."""
    layer = keras.layers.Layer(name=name)
    layer.kernel = layer.add_weight(shape=shape, initializer="zeros", name="kernel")
    layer.bias = layer.add_weight(shape=(shape[-1],), initializer="zeros", name="bias")
    return layer


@given(shapes, seeds)
def test_singular_values_become_about_1_and_singular_vectors_stay(shape, seed):
    matrix = random_matrix(shape, seed)
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    result = np.asarray(orthogonalize(matrix))
    assert result.shape == shape
    # In the basis of the singular vectors, the result is diagonal.
    diagonal = left.T @ result @ right.T
    np.testing.assert_allclose(diagonal, np.diag(np.diag(diagonal)), atol=2e-3)
    clear = values > 0.02 * values.max()
    assert (np.diag(diagonal)[clear] > 0.6).all()
    assert (np.diag(diagonal) < 1.3).all()


@given(shapes, seeds, st.floats(1e-3, 1e3))
def test_the_scale_of_the_gradient_does_not_matter(shape, seed, factor):
    matrix = random_matrix(shape, seed)
    np.testing.assert_allclose(
        orthogonalize(matrix), orthogonalize(np.float32(factor) * matrix), atol=5e-3
    )


def test_a_zero_gradient_gives_a_zero_update():
    np.testing.assert_array_equal(orthogonalize(np.zeros((3, 2), np.float32)), np.zeros((3, 2)))


def test_the_step_size_is_that_of_adam():
    dense = build_layer((3, 3, 8, 16))
    optimizer = Muon(learning_rate=0.01, rms=0.2)
    gradients = [random_matrix(each.shape, 0) for each in (dense.kernel, dense.bias)]
    optimizer.apply(gradients, [dense.kernel, dense.bias])
    step = np.asarray(dense.kernel)
    # A matrix of m x n (m > n) whose n singular values are 1 has the root mean square 1/sqrt(m).
    assert np.sqrt((step**2).mean()) == pytest.approx(0.01 * 0.2, rel=0.25)
    # The bias is Adam's, whose first step is the learning rate, against each gradient's sign.
    np.testing.assert_allclose(dense.bias, -0.01 * np.sign(gradients[1]), rtol=1e-3)


def test_biases_and_the_named_layers_are_updated_by_adam():
    by_muon, by_adam = build_layer((5, 4), "dense_2"), build_layer((5, 4), "dense_2")
    muon = Muon(0.01, momentum=0.9, adam_for=("dense_2",))
    adam = keras.optimizers.Adam(0.01, beta_1=0.9, beta_2=0.999)
    for step in range(5):
        gradients = [random_matrix((5, 4), step), random_matrix((4,), step + 100)]
        muon.apply(gradients, [by_muon.kernel, by_muon.bias])
        adam.apply(gradients, [by_adam.kernel, by_adam.bias])
        np.testing.assert_allclose(by_muon.kernel, by_adam.kernel, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(by_muon.bias, by_adam.bias, rtol=1e-3, atol=1e-6)


def test_momentum_is_nesterovs():
    dense = build_layer((4, 4))
    muon = Muon(learning_rate=1.0, momentum=0.5, rms=1.0)
    first, second = random_matrix((4, 4), 1), random_matrix((4, 4), 2)
    muon.apply([first, np.zeros(4, np.float32)], [dense.kernel, dense.bias])
    before = np.asarray(dense.kernel).copy()
    muon.apply([second, np.zeros(4, np.float32)], [dense.kernel, dense.bias])
    mean = 0.5 * (0.5 * first) + 0.5 * second
    expected = 2 * np.asarray(orthogonalize(0.5 * mean + 0.5 * second))  # sqrt(4) x rms
    np.testing.assert_allclose(before - np.asarray(dense.kernel), expected, atol=2e-3)


def test_it_can_be_serialized():
    muon = Muon(0.02, momentum=0.8, rms=0.3, adam_for=("end",))
    restored = keras.optimizers.deserialize(keras.optimizers.serialize(muon))
    assert type(restored) is Muon
    assert restored.get_config() == muon.get_config()
    assert (restored.momentum, restored.rms, tuple(restored.adam_for)) == (0.8, 0.3, ("end",))
