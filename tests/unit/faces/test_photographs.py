import io

import numpy as np
import pytest
from PIL import Image

from cnn.faces.photographs import Photograph, read_photograph
from cnn.preprocessing.picture_decoding import PictureError


def encoded(array, form="PNG", mode=None):
    buffer = io.BytesIO()
    Image.fromarray(array, mode).save(buffer, form)
    return buffer.getvalue()


def test_a_small_picture_stays_as_it_is():
    array = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    photograph = read_photograph(encoded(array), "a.png")
    np.testing.assert_array_equal(photograph.shown, array)
    assert photograph.searched.shape == (40, 60)
    assert photograph.factor == 1


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("shape", [(3000, 4000, 3), (3000, 4000)])
def test_a_large_photograph_is_scaled_down(form, shape):
    photograph = read_photograph(encoded(np.zeros(shape, np.uint8), form), f"a.{form.lower()}")
    assert photograph.shown.shape == (480, 640, 3)
    assert photograph.searched.shape == (240, 320)
    assert photograph.factor == 2


def test_other_modes_are_read_as_well():
    clear = np.zeros((30, 30, 4), np.uint8)
    assert read_photograph(encoded(clear), "a.png").shown.shape == (30, 30, 3)
    deep = np.full((30, 30), 65535, np.uint16)
    assert read_photograph(encoded(deep), "a.png").shown.min() == 255


def test_grey_is_the_weighted_mean_of_the_colours():
    picture = np.zeros((30, 30, 3), np.uint8)
    picture[..., 1] = 200
    assert Photograph(picture).searched[0, 0] == round(0.587 * 200)


NOISE = np.random.default_rng(0).integers(0, 256, (30, 30), dtype=np.uint8)


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4", encoded(NOISE)[:300]], ids=["empty", "pdf", "truncated"]
)
def test_what_is_no_picture_is_refused_with_a_sentence(data):
    with pytest.raises(PictureError, match=r"^a\.png .*\.$"):
        read_photograph(data, "a.png")
