import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn.data.mnist import Digits
from cnn.inspection.nearest_neighbours import NearestNeighbours

CHUNK = 4
# The ink in each of the first three rows of ten images.
ROWS = np.array(
    [
        [9, 0, 0],
        [0, 9, 0],
        [0, 0, 9],
        [9, 9, 0],
        [9, 0, 9],
        [0, 9, 9],
        [9, 9, 9],
        [90, 0, 0],  # the same direction as the first
        [0, 0, 0],
        [200, 10, 0],
    ]
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(NearestNeighbours, "chunk", CHUNK)


class MeanRows:
    """A network whose last hidden layer is the mean of each row; it records its batch sizes."""

    def __init__(self, duration_s=0.0):
        self.batch_sizes, self.duration_s = [], duration_s

    def features(self, images):
        self.batch_sizes.append(len(images))
        time.sleep(self.duration_s)
        return images.mean(axis=2).astype(np.float32)


def image_of(rows):
    image = np.zeros((28, 28), np.uint8)
    image[: len(rows)] = np.array(rows)[:, None]
    return image


def digits(rows=ROWS):
    return Digits(np.stack([image_of(each) for each in rows]), np.arange(len(rows), dtype=np.uint8))


def process_all(rows=ROWS):
    neighbours = NearestNeighbours(MeanRows(), digits(rows))
    while neighbours.progress < 1:
        neighbours.advance()
    return neighbours


def cosines(query, rows):
    """The cosine of the angle between (3,) and each of (n, 3); 0 where one of them is 0."""
    result = []
    for row in np.array(rows, float):
        lengths = np.sqrt((row**2).sum()) * np.sqrt((np.array(query, float) ** 2).sum())
        result.append(float(row @ query) / lengths if lengths else 0.0)
    return np.array(result)


def test_digits_are_processed_in_chunks():
    neighbours = NearestNeighbours(MeanRows(), digits())
    assert neighbours.progress == 0
    assert [neighbours.advance() for _ in range(4)] == [0.4, 0.8, 1, 1]
    assert neighbours.recognizer.batch_sizes == [4, 4, 2]


def test_before_the_first_chunk_there_are_no_neighbours():
    neighbours = NearestNeighbours(MeanRows(), digits())
    assert neighbours.nearest(image_of([1, 2, 3]), 5) == []
    assert neighbours.recognizer.batch_sizes == []


def test_neighbours_are_among_the_processed_digits():
    neighbours = NearestNeighbours(MeanRows(), digits())
    neighbours.advance()
    # Digit 7 has the same direction, but is in the second chunk.
    found = neighbours.nearest(image_of([90, 0, 0]), 10)
    assert [each.index for each in found] == [0, 3, 1, 2]


def test_a_neighbour_has_its_image_and_label():
    first, second, third = process_all().nearest(image_of([50, 0, 0]), 3)
    # 0 and 7 have the direction of the query, 9 nearly.
    assert [each.index for each in (first, second, third)] == [0, 7, 9]
    for each in (first, second, third):
        np.testing.assert_array_equal(each.image, image_of(ROWS[each.index]))
        assert each.label == each.index
    assert first.cosine_similarity == pytest.approx(1, abs=1e-3)
    assert third.cosine_similarity == pytest.approx(200 / np.hypot(200, 10), abs=1e-3)


def test_there_are_no_more_neighbours_than_digits():
    assert len(process_all().nearest(image_of([1, 1, 1]), 50)) == len(ROWS)


def test_an_empty_image_has_similarity_0_to_all():
    found = process_all().nearest(image_of([0, 0, 0]), 3)
    assert [each.cosine_similarity for each in found] == [0, 0, 0]


levels = st.integers(0, 255)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)), elements=levels),
    arrays(np.uint8, 3, elements=levels),
    st.integers(1, 12),
)
def test_the_nearest_are_those_with_the_largest_cosines(rows, query, count):
    found = process_all(rows).nearest(image_of(query), count)
    expected = cosines(query, rows)
    assert len(found) == min(count, len(rows)) == len({each.index for each in found})
    # Directions are stored in 16 bits, which can swap near ties.
    for each, cosine_similarity in zip(found, sorted(expected, reverse=True), strict=False):
        assert each.cosine_similarity == pytest.approx(expected[each.index], abs=2e-3)
        assert each.cosine_similarity == pytest.approx(cosine_similarity, abs=2e-3)


def test_the_similarity_is_never_above_1():
    rows = np.eye(28, dtype=np.uint8).cumsum(axis=0) * 9  # 1 to 28 rows of ink
    neighbours = process_all(rows)
    for row in rows:
        assert neighbours.nearest(image_of(row), 1)[0].cosine_similarity <= 1


def test_concurrent_calls_process_each_digit_once():
    many = digits(np.arange(1, 201)[:, None] % 250)
    neighbours = NearestNeighbours(MeanRows(duration_s=0.002), many)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: neighbours.advance(), range(60)))
    assert neighbours.progress == 1
    assert neighbours.recognizer.batch_sizes == [4] * 50
    # All have the same direction: the lower index comes first.
    found = neighbours.nearest(image_of([1]), 200)
    assert [each.index for each in found] == list(range(200))
