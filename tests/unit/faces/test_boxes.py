import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.faces.boxes import MOST_OVERLAP, overlap, suppress

SQUARE = [0, 0, 10, 10]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (SQUARE, 1),
        ([5, 0, 15, 10], 50 / 150),
        ([0, 0, 5, 5], 25 / 100),
        ([10, 0, 20, 10], 0),  # they touch
        ([20, 20, 30, 30], 0),
        ([-5, -5, 15, 15], 100 / 400),
    ],
)
def test_overlap_is_intersection_over_union(other, expected):
    assert overlap(np.array(SQUARE), np.array([other])) == pytest.approx(expected)


def test_of_overlapping_boxes_the_most_probable_is_kept():
    boxes = np.array([SQUARE, [1, 0, 11, 10], [30, 30, 40, 40], [2, 2, 12, 12]], np.float32)
    kept = suppress(boxes, np.array([0.8, 0.9, 0.7, 0.95]), 0.5)
    assert kept.tolist() == [3, 2]


def test_a_box_below_the_threshold_neither_stays_nor_removes_another():
    boxes = np.array([SQUARE, [1, 0, 11, 10]], np.float32)
    assert suppress(boxes, np.array([0.8, 0.5]), 0.5).tolist() == [0]
    assert suppress(boxes, np.array([0.8, 0.9]), 0.95).tolist() == []
    assert suppress(np.empty((0, 4)), np.empty(0), 0.5).tolist() == []


sides = st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 30)] * 2)


@given(st.lists(sides, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_it_keeps_the_boxes_that_opencv_keeps(places, random):
    probabilities = np.array(random.sample(range(1, 1000), len(places))) / 1000  # no two alike
    left, top, width, height = np.array(places, np.float64).T
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    expected = cv2.dnn.NMSBoxes(places, probabilities.tolist(), 0.2995, MOST_OVERLAP)
    assert suppress(boxes, probabilities, 0.2995).tolist() == list(np.ravel(expected))
