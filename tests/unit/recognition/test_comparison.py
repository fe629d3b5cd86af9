import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.recognition.comparison import (
    cosine_distances,
    decide,
    nearest_example_distances,
    symbol_directions,
)

NUMBERS = st.floats(-100, 100, allow_subnormal=False).map(lambda value: round(value, 3))


def vectors(count: int, units: int = 3):
    return arrays(np.float64, (count, units), elements=NUMBERS)


def distance(a, b) -> float:
    """1 - cosine of two vectors, number by number; 1 if one of them is 0."""
    product = sum(x * y for x, y in zip(a, b, strict=True))
    lengths = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))
    return 1 - product / lengths if lengths else 1.0


def test_distances_of_vectors_by_eye():
    queries = np.array([[2, 0], [1, 1], [0, 0]])
    others = np.array([[5, 0], [0, 3], [-1, 0]])
    expected = [[0, 1, 2], [1 - math.sqrt(0.5), 1 - math.sqrt(0.5), 1 + math.sqrt(0.5)], [1, 1, 1]]
    np.testing.assert_allclose(cosine_distances(queries, others), expected, atol=1e-12)


@given(vectors(4), vectors(2))
def test_distances_are_those_of_plain_arithmetic(queries, others):
    found = cosine_distances(queries, others)
    expected = [[distance(a, b) for b in others] for a in queries]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert found.min() >= 0
    assert found.max() <= 2


@given(vectors(3), st.floats(0.01, 1000))
def test_the_length_of_a_vector_does_not_count(queries, factor):
    others = np.eye(3)
    np.testing.assert_allclose(
        cosine_distances(factor * queries, others), cosine_distances(queries, others), atol=1e-9
    )


def test_a_symbol_is_the_mean_of_directions_not_of_vectors():
    drawings = np.array([[100.0, 0], [0, 1], [0, 7]])
    found = symbol_directions(drawings, np.array([0, 0, 1]), 3)
    np.testing.assert_allclose(found, [[math.sqrt(0.5)] * 2, [0, 1], [0, 0]], atol=1e-12)


def test_without_drawings_there_are_no_symbols():
    assert symbol_directions(np.empty((0, 3)), np.empty(0, int), 0).shape == (0, 3)


@given(vectors(5), st.lists(st.integers(0, 2), min_size=5, max_size=5), vectors(2))
def test_the_nearest_example_is_the_one_that_a_loop_finds(examples, labels, queries):
    found = nearest_example_distances(queries, examples, np.array(labels), 3)
    for query, row in zip(queries, found, strict=True):
        for symbol, value in enumerate(row):
            own = [
                distance(query, each)
                for each, label in zip(examples, labels, strict=True)
                if label == symbol
            ]
            assert value == pytest.approx(min(own, default=np.inf), abs=1e-9)


def test_one_example_is_the_same_by_both_ways():
    examples, labels = np.array([[1.0, 2], [3, 1]]), np.array([0, 1])
    queries = np.array([[1.0, 1], [0, 2]])
    np.testing.assert_allclose(
        nearest_example_distances(queries, examples, labels, 2),
        cosine_distances(queries, symbol_directions(examples, labels, 2)),
    )


@pytest.mark.parametrize(
    ("distances", "threshold", "answer"),
    [([0.4, 0.1, 0.3], 0.2, 1), ([0.4, 0.1], 0.1, 1), ([0.4, 0.1], 0.09, None), ([1.0], 1, 0)],
)
def test_the_nearest_symbol_is_the_answer_unless_it_is_too_far(distances, threshold, answer):
    assert decide(np.array(distances), threshold) == answer
