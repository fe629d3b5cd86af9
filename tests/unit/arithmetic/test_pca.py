import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.arithmetic.pca import fit_pca, normalize_rows

numbers = st.floats(-100, 100, width=32)
features = arrays(np.float32, st.tuples(st.integers(0, 12), st.integers(0, 6)), elements=numbers)


def test_points_that_differ_in_two_columns_keep_their_places():
    points = np.array([[3, 7, 0], [-3, 7, 0], [0, 7, 1], [0, 7, -1]], np.float32)
    plane = fit_pca(points)
    np.testing.assert_allclose(plane.mean, [0, 7, 0])
    np.testing.assert_allclose(plane.axes, [[1, 0], [0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(plane.explained_variance_ratio, [0.9, 0.1])  # 18 and 2 of 20
    np.testing.assert_allclose(
        plane.transform(points), [[3, 0], [-3, 0], [0, 1], [0, -1]], atol=1e-6
    )


def test_what_was_not_there_is_placed_on_the_same_plane():
    plane = fit_pca(np.array([[4.0, 0], [0, 0], [2, 1], [2, -1]]))
    placed = plane.transform(np.array([[2, 0], [12, 5]], np.float32))
    np.testing.assert_allclose(placed, [[0, 0], [10, 5]], atol=1e-6)
    assert placed.dtype == np.float32


def test_mirrored_features_have_axes_of_the_same_sign():
    points = np.random.default_rng(0).normal(size=(50, 5)) * [5, 4, 3, 2, 1]
    axes = fit_pca(points).axes
    np.testing.assert_allclose(axes, fit_pca(-points).axes, atol=1e-9)
    np.testing.assert_array_equal(axes.max(axis=0), np.abs(axes).max(axis=0))


@given(features)
def test_nothing_but_finite_numbers_comes_out(points):
    plane = fit_pca(points)
    placed = plane.transform(points)
    assert placed.shape == (len(points), 2)
    assert plane.axes.shape == (points.shape[1], 2)
    for each in (plane.mean, plane.axes, plane.explained_variance_ratio, placed):
        assert np.isfinite(each).all()
    assert 0 <= plane.explained_variance_ratio[1] <= plane.explained_variance_ratio[0] <= 1 + 1e-9


@given(arrays(np.float32, st.integers(1, 6), elements=numbers), st.integers(1, 9))
def test_what_is_all_the_same_lies_in_the_middle_and_explains_nothing(row, count):
    plane = fit_pca(np.tile(row, (count, 1)))
    assert plane.explained_variance_ratio.tolist() == [0, 0]
    assert plane.transform(np.tile(row, (count, 1))).tolist() == [[0, 0]] * count


@given(arrays(np.float64, (12, 4), elements=st.integers(-20, 20)))
def test_the_axes_are_those_of_the_singular_value_decomposition(points):
    plane = fit_pca(points)
    values = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    total = (values**2).sum()
    if total > 0:
        np.testing.assert_allclose(
            plane.explained_variance_ratio, values[:2] ** 2 / total, atol=1e-9
        )
        np.testing.assert_allclose(plane.axes.T @ plane.axes, np.eye(2), atol=1e-9)
    placed = plane.transform(points)
    np.testing.assert_allclose((placed**2).sum(axis=0), values[:2] ** 2, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_counts_as_0(broken):
    points = np.array([[1, 2], [3, 4], [broken, 6]], np.float32)
    expected = fit_pca(np.array([[1, 2], [3, 4], [0, 6]]))
    np.testing.assert_array_equal(fit_pca(points).axes, expected.axes)
    assert np.isfinite(fit_pca(points).transform(points)).all()


def test_a_direction_has_length_1_and_nothing_stays_nothing():
    points = np.array([[3, 4], [30, 40], [0, -2], [0, 0], [np.nan, 0]], np.float32)
    expected = [[0.6, 0.8], [0.6, 0.8], [0, -1], [0, 0], [0, 0]]
    np.testing.assert_allclose(normalize_rows(points), expected)


def test_the_nearer_two_directions_are_the_larger_is_their_cosine():
    points = np.random.default_rng(1).normal(size=(20, 6))
    a, b = normalize_rows(points)[:10], normalize_rows(points)[10:]
    cosines = (points[:10] * points[10:]).sum(axis=1) / (
        np.sqrt((points[:10] ** 2).sum(axis=1)) * np.sqrt((points[10:] ** 2).sum(axis=1))
    )
    np.testing.assert_allclose(((a - b) ** 2).sum(axis=1), 2 - 2 * cosines)
