import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.pca import fit_pca, normalize_rows

numbers = st.floats(-100, 100, width=32)
features = arrays(np.float32, st.tuples(st.integers(0, 12), st.integers(0, 6)), elements=numbers)


def test_points_that_vary_in_two_columns_keep_their_coordinates():
    points = np.array([[3, 7, 0], [-3, 7, 0], [0, 7, 1], [0, 7, -1]], np.float32)
    pca = fit_pca(points)
    np.testing.assert_allclose(pca.mean, [0, 7, 0])
    np.testing.assert_allclose(pca.axes, [[1, 0], [0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(pca.explained_variance_ratio, [0.9, 0.1])  # 18 and 2 of 20
    np.testing.assert_allclose(pca.transform(points), [[3, 0], [-3, 0], [0, 1], [0, -1]], atol=1e-6)


def test_new_points_are_projected_on_the_same_plane():
    pca = fit_pca(np.array([[4.0, 0], [0, 0], [2, 1], [2, -1]]))
    projected = pca.transform(np.array([[2, 0], [12, 5]], np.float32))
    np.testing.assert_allclose(projected, [[0, 0], [10, 5]], atol=1e-6)
    assert projected.dtype == np.float32


def test_mirrored_features_have_the_same_axes():
    points = np.random.default_rng(0).normal(size=(50, 5)) * [5, 4, 3, 2, 1]
    axes = fit_pca(points).axes
    np.testing.assert_allclose(axes, fit_pca(-points).axes, atol=1e-9)
    np.testing.assert_array_equal(axes.max(axis=0), np.abs(axes).max(axis=0))


@given(features)
def test_all_results_are_finite(points):
    pca = fit_pca(points)
    projected = pca.transform(points)
    assert projected.shape == (len(points), 2)
    assert pca.axes.shape == (points.shape[1], 2)
    for each in (pca.mean, pca.axes, pca.explained_variance_ratio, projected):
        assert np.isfinite(each).all()
    assert 0 <= pca.explained_variance_ratio[1] <= pca.explained_variance_ratio[0] <= 1 + 1e-9


@given(arrays(np.float32, st.integers(1, 6), elements=numbers), st.integers(1, 9))
def test_equal_rows_are_projected_to_0_and_explain_no_variance(row, count):
    pca = fit_pca(np.tile(row, (count, 1)))
    assert pca.explained_variance_ratio.tolist() == [0, 0]
    assert pca.transform(np.tile(row, (count, 1))).tolist() == [[0, 0]] * count


@given(arrays(np.float64, (12, 4), elements=st.integers(-20, 20)))
def test_the_axes_equal_a_singular_value_decomposition(points):
    pca = fit_pca(points)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    total = (values**2).sum()
    if total > 0:
        np.testing.assert_allclose(pca.explained_variance_ratio, values[:2] ** 2 / total, atol=1e-9)
        np.testing.assert_allclose(pca.axes.T @ pca.axes, np.eye(2), atol=1e-9)
    projected = pca.transform(points)
    np.testing.assert_allclose((projected**2).sum(axis=0), values[:2] ** 2, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_count_as_0(broken):
    points = np.array([[1, 2], [3, 4], [broken, 6]], np.float32)
    expected = fit_pca(np.array([[1, 2], [3, 4], [0, 6]]))
    np.testing.assert_array_equal(fit_pca(points).axes, expected.axes)
    assert np.isfinite(fit_pca(points).transform(points)).all()


def test_normalized_rows_have_length_1_and_zero_rows_stay_0():
    points = np.array([[3, 4], [30, 40], [0, -2], [0, 0], [np.nan, 0]], np.float32)
    expected = [[0.6, 0.8], [0.6, 0.8], [0, -1], [0, 0], [0, 0]]
    np.testing.assert_allclose(normalize_rows(points), expected)


def test_the_distance_of_normalized_rows_depends_on_their_cosine():
    points = np.random.default_rng(1).normal(size=(20, 6))
    a, b = normalize_rows(points)[:10], normalize_rows(points)[10:]
    cosines = (points[:10] * points[10:]).sum(axis=1) / (
        np.sqrt((points[:10] ** 2).sum(axis=1)) * np.sqrt((points[10:] ** 2).sum(axis=1))
    )
    np.testing.assert_allclose(((a - b) ** 2).sum(axis=1), 2 - 2 * cosines)
