import numpy as np
import pytest

from cnn.faces.boxes import overlap
from cnn.faces.sliding import BATCH, SCALE, STEP, pyramid, slide, windows_of


def last(steps):
    """What the last of `steps` yields."""
    return list(steps)[-1]


def test_the_pyramid_shrinks_until_no_window_fits():
    shapes = [each.shape for each in pyramid(np.zeros((50, 90), np.uint8))]
    assert shapes == [(50, 90), (40, 72), (32, 58)]
    assert round(50 / SCALE**3) < 28
    assert pyramid(np.zeros((27, 400), np.uint8)) == []


def test_the_windows_are_those_of_two_plain_loops():
    picture = np.random.default_rng(0).integers(0, 256, (38, 45), dtype=np.uint8)
    windows, boxes = windows_of(picture)
    at = [(y, x) for y in range(0, 38 - 27, STEP) for x in range(0, 45 - 27, STEP)]
    assert len(windows) == len(at) == 15
    for window, box, (y, x) in zip(windows, boxes, at, strict=True):
        np.testing.assert_array_equal(window, picture[y : y + 28, x : x + 28])
        assert box.tolist() == [x, y, x + 28, y + 28]


@pytest.mark.parametrize("side", [28, 35, 70])
def test_what_is_found_at_any_size_has_its_box_in_the_picture(side):
    pattern = np.kron(np.random.default_rng(1).integers(0, 2, (7, 7)), np.ones((4, 4))) * 255

    def likeness(images):
        return 1 - np.abs(images - pattern).mean(axis=(1, 2)) / 255

    picture = np.full((150, 200), 128, np.uint8)
    rows, columns = (np.arange(side) * 28 // side,) * 2
    picture[40 : 40 + side, 80 : 80 + side] = pattern[rows][:, columns]
    _, windows = last(slide(picture, likeness))
    best = windows.boxes[windows.probabilities.argmax()]
    assert overlap(best, np.array([[80, 40, 80 + side, 40 + side]])) > 0.7


def test_the_share_grows_to_1_and_batches_are_bounded():
    sizes = []

    def classify(images):
        sizes.append(len(images))
        return np.zeros(len(images), np.float32)

    shares = [share for share, _ in slide(np.zeros((200, 300), np.uint8), classify)]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert max(sizes) == BATCH
    assert len(shares) == len(sizes) > 3


def test_a_picture_smaller_than_a_window_has_none():
    assert list(slide(np.zeros((20, 300), np.uint8), None)) == []
