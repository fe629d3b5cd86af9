import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.detection.touching import SIDE, cutting_paths, split_touching


def bars(count, bridge=3, width=8, gap=16, height=60):
    """Upright bars joined by bridges at half height, as ink (h, w)."""
    ink = np.zeros((height, count * (width + gap) - gap), np.uint8)
    for number in range(count):
        left = number * (width + gap)
        ink[:, left : left + width] = 255
    middle = height // 2
    ink[middle : middle + bridge] = 255
    return ink


def surest_of_narrow(images):
    """A network that is sure of narrow digits only, and calls them 1."""
    narrow = np.array([np.ptp(np.nonzero(image > 127)[1]) < 8 for image in images])
    probabilities = np.full((len(images), 10), 0.02)
    probabilities[:, 1] = np.where(narrow, 0.98, 0.2)
    return probabilities


def sure_of_all(images):
    probabilities = np.full((len(images), 10), 0.001)
    probabilities[:, 8] = 0.99
    return probabilities


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_bars_that_touch_are_split_where_they_touch(count):
    ink = bars(count)
    parts = split_touching(ink, surest_of_narrow)
    assert len(parts) == count
    for number, part in enumerate(parts):
        left = number * 24
        assert (part[:, left : left + 8] == 255).all()  # each has the whole of its bar
        assert not part[:5, :left].any()  # and nothing of another
        assert not part[:5, left + 8 :].any()


def test_no_ink_is_lost_or_doubled():
    ink = bars(4)
    assert (np.sum(split_touching(ink, surest_of_narrow), axis=0, dtype=int) == ink).all()


def test_ink_stays_whole_if_the_network_is_sure_of_it():
    [part] = split_touching(bars(3), sure_of_all)
    np.testing.assert_array_equal(part, bars(3))


def test_narrow_ink_is_not_cut():
    ink = np.full((60, 8), 255, np.uint8)
    assert not len(cutting_paths(ink))
    [part] = split_touching(ink, surest_of_narrow)
    np.testing.assert_array_equal(part, ink)


@pytest.mark.parametrize("factor", [1, 4])  # large ink is shrunk to find the paths
def test_paths_go_round_the_ink(factor):
    ink = np.zeros((60, 60), np.uint8)
    ink[:30, :26] = ink[30:, 34:] = 255  # between the two, only a path that sways is free
    ink = np.kron(ink, np.ones((factor, factor), np.uint8))
    assert (len(ink) > SIDE) == (factor > 1)
    rows = np.arange(len(ink))
    crossed = [np.count_nonzero(ink[rows, path]) for path in cutting_paths(ink)]
    assert min(crossed) == 0


@given(st.integers(8, 90), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_paths_are_connected_and_inside(height, width, seed):
    ink = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    paths = cutting_paths(ink)
    assert paths.shape == (len(paths), height)
    if len(paths):
        assert paths.min() >= 1
        assert paths.max() <= width - 1
        factor = max(1, height / SIDE)
        assert np.abs(np.diff(paths, axis=1)).max(initial=0) <= np.ceil(factor)
        assert len(np.unique(paths, axis=0)) == len(paths)


def test_very_wide_ink_has_a_bounded_number_of_paths():
    assert len(cutting_paths(np.full((20, 4000), 255, np.uint8))) <= 61
