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
# Where the ink of each of ten digits lies: in their first three rows, so much in each.
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
    """A network whose last hidden layer is the mean of each row; it notes what it is asked."""

    def __init__(self, takes_s=0.0):
        self.asked, self.takes_s = [], takes_s

    def features(self, images):
        self.asked.append(len(images))
        time.sleep(self.takes_s)
        return images.mean(axis=2).astype(np.float32)


def picture(rows):
    image = np.zeros((28, 28), np.uint8)
    image[: len(rows)] = np.array(rows)[:, None]
    return image


def digits(rows=ROWS):
    return Digits(np.stack([picture(each) for each in rows]), np.arange(len(rows), dtype=np.uint8))


def read_all(rows=ROWS):
    neighbourhood = NearestNeighbours(MeanRows(), digits(rows))
    while neighbourhood.progress < 1:
        neighbourhood.advance()
    return neighbourhood


def cosines(wanted, rows):
    """The cosine of the angle between (3,) and each of (n, 3); 0 where one of them is 0."""
    result = []
    for row in np.array(rows, float):
        lengths = np.sqrt((row**2).sum()) * np.sqrt((np.array(wanted, float) ** 2).sum())
        result.append(float(row @ wanted) / lengths if lengths else 0.0)
    return np.array(result)


def test_digits_are_read_a_chunk_at_a_time_until_all_are():
    neighbourhood = NearestNeighbours(MeanRows(), digits())
    assert neighbourhood.progress == 0
    assert [neighbourhood.advance() for _ in range(4)] == [0.4, 0.8, 1, 1]
    assert neighbourhood.recognizer.asked == [4, 4, 2]


def test_before_anything_is_read_there_are_no_neighbours():
    neighbourhood = NearestNeighbours(MeanRows(), digits())
    assert neighbourhood.nearest(picture([1, 2, 3]), 5) == []
    assert neighbourhood.recognizer.asked == []


def test_neighbours_are_among_those_that_have_been_read():
    neighbourhood = NearestNeighbours(MeanRows(), digits())
    neighbourhood.advance()
    # Digit 7 is just so, but comes in the second chunk.
    found = neighbourhood.nearest(picture([90, 0, 0]), 10)
    assert [each.index for each in found] == [0, 3, 1, 2]


def test_a_neighbour_carries_its_own_picture_and_label():
    first, second, third = read_all().nearest(picture([50, 0, 0]), 3)
    # 0 and 7 point the same way, and the earlier one comes first; then the one that nearly does.
    assert [each.index for each in (first, second, third)] == [0, 7, 9]
    for each in (first, second, third):
        np.testing.assert_array_equal(each.image, picture(ROWS[each.index]))
        assert each.label == each.index
    assert first.cosine_similarity == pytest.approx(1, abs=1e-3)
    assert third.cosine_similarity == pytest.approx(200 / np.hypot(200, 10), abs=1e-3)


def test_there_are_no_more_neighbours_than_digits():
    assert len(read_all().nearest(picture([1, 1, 1]), 50)) == len(ROWS)


def test_an_empty_picture_is_like_nothing():
    found = read_all().nearest(picture([0, 0, 0]), 3)
    assert [each.cosine_similarity for each in found] == [0, 0, 0]


levels = st.integers(0, 255)


@given(
    arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)), elements=levels),
    arrays(np.uint8, 3, elements=levels),
    st.integers(1, 12),
)
def test_the_nearest_are_those_with_the_largest_cosines(rows, wanted, count):
    found = read_all(rows).nearest(picture(wanted), count)
    expected = cosines(wanted, rows)
    assert len(found) == min(count, len(rows)) == len({each.index for each in found})
    # Directions are kept in 16 bits, so that near ties may change places.
    for each, cosine_similarity in zip(found, sorted(expected, reverse=True), strict=False):
        assert each.cosine_similarity == pytest.approx(expected[each.index], abs=2e-3)
        assert each.cosine_similarity == pytest.approx(cosine_similarity, abs=2e-3)


def test_likeness_is_never_above_1():
    rows = np.eye(28, dtype=np.uint8).cumsum(axis=0) * 9  # 1 to 28 rows of ink
    neighbourhood = read_all(rows)
    for row in rows:
        assert neighbourhood.nearest(picture(row), 1)[0].cosine_similarity <= 1


def test_visitors_who_read_at_once_read_each_digit_once():
    many = digits(np.arange(1, 201)[:, None] % 250)
    neighbourhood = NearestNeighbours(MeanRows(takes_s=0.002), many)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: neighbourhood.advance(), range(60)))
    assert neighbourhood.progress == 1
    assert neighbourhood.recognizer.asked == [4] * 50
    # All point the same way: the earlier ones come first.
    found = neighbourhood.nearest(picture([1]), 200)
    assert [each.index for each in found] == list(range(200))
