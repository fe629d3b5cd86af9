import io

import numpy as np
import pytest
from PIL import Image

from cnn.rendering.box_picture import LINE, paint_boxes
from cnn.rendering.images import FRAME

GREY = np.full((100, 120, 3), 90, np.uint8)


def painted(boxes, labels):
    return np.asarray(Image.open(io.BytesIO(paint_boxes(GREY, np.array(boxes, float), labels))))


def test_a_box_has_a_frame_and_a_label_above_it():
    pixels = painted([[20, 40, 60, 80]], ["99.8 %"])
    is_frame = (pixels == FRAME).all(axis=2)
    assert is_frame[40:80, 20].all() and is_frame[40:80, 59].all() and is_frame[79, 20:60].all()
    assert (pixels[45:75, 25:55] == 90).all()
    assert is_frame[20:40, 20:60].mean() > 0.5  # the label's background
    assert (pixels[85:] == 90).all() and (pixels[:, 100:] == 90).all()


@pytest.mark.parametrize("box", [[0, 0, 28, 28], [92, 2, 120, 30], [90.4, 71.6, 120, 100]])
def test_a_label_stays_within_the_picture(box):
    pixels = painted([box], ["> 99.9 %"])
    assert pixels.shape == GREY.shape
    left, _, right, bottom = np.rint(box).astype(int)
    assert (pixels[bottom - LINE : bottom, left:right] == FRAME).all()
    assert (pixels == FRAME).all(axis=2).sum() > 300


def test_without_boxes_the_picture_is_unchanged():
    np.testing.assert_array_equal(painted(np.empty((0, 4)), []), GREY)
