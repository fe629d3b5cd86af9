import io

import numpy as np
import pytest
from PIL import Image

from cnn.evaluation import watched_digits
from cnn.mnist import load_digits
from cnn.pictures import RIGHT, WRONG, paint_guesses
from cnn.runs import NOTEBOOK_PATH, Network, read_run

IMAGES = np.stack([np.full((4, 4), 50 * n, np.uint8) for n in range(5)])
GUESSES = np.array([3, 3, 8, 1, 0])
IS_RIGHT = np.array([True, False, True, False, False])
SIDE, COLUMNS = 80, 2  # 20 pixels a cell


def decoded(png):
    """(h, w, 4) uint8: red, green, blue, opacity."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def tiles(sheet, count, columns):
    """What is painted, cut at the lines that are see-through from end to end."""
    rows, across = (_spans((sheet[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    places = [(row, column) for row in rows for column in across][:count]
    assert len(across) == min(columns, count)
    return [sheet[slice(*row), slice(*column)] for row, column in places]


def _spans(filled):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2], strict=True))


@pytest.fixture(scope="module")
def painted():
    return tiles(decoded(paint_guesses(IMAGES, GUESSES, IS_RIGHT, COLUMNS, SIDE)), 5, COLUMNS)


def test_right_ones_are_framed_green_and_wrong_ones_red(painted):
    for tile, right in zip(painted, IS_RIGHT, strict=True):
        for edge in (tile[0], tile[-1], tile[:, 0], tile[:, -1]):
            assert (edge == [*(RIGHT if right else WRONG), 255]).all()


def test_each_picture_stands_in_its_frame_pixel_by_pixel(painted):
    for number, tile in enumerate(painted):
        assert (tile[2:82, 2:82] == [50 * number] * 3 + [255]).all()
        assert (tile[1, 1] != [50 * number] * 3 + [255]).any()


def test_the_place_after_the_last_is_see_through():
    sheet = decoded(paint_guesses(IMAGES, GUESSES, IS_RIGHT, COLUMNS, SIDE))
    height, width = sheet.shape[:2]
    assert (sheet[-height // 4 :, width // 2 + 20 :, 3] == 0).all()


def strip(tile):
    """What is written below the picture: True where it is white rather than the frame's colour."""
    ground = tile[-1, 0, :3].astype(float)
    written = tile[-len(tile) // 6 :, :, :3]
    return ((written - ground) / (255 - ground)).mean(axis=2) > 0.5


def test_a_mark_says_without_colour_whether_it_is_right():
    # The same guess, once right and once wrong: the words are alike, the marks are not.
    right, wrong = (
        strip(tiles(decoded(paint_guesses(IMAGES[:1], [3], [each], 1, 168)), 1, 1)[0])
        for each in (True, False)
    )
    words, mark = np.s_[:, : right.shape[1] * 3 // 4], np.s_[:, right.shape[1] * 3 // 4 :]
    assert right[words].any()
    np.testing.assert_array_equal(right[words], wrong[words])
    assert right[mark].any() and wrong[mark].any()
    assert (right[mark] != wrong[mark]).any()


def test_the_guess_is_written_below_its_picture():
    written = [
        strip(tiles(decoded(paint_guesses(IMAGES[:1], [guess], [True], 1, 168)), 1, 1)[0])
        for guess in range(10)
    ]
    assert len({each.tobytes() for each in written}) == 10


@pytest.mark.parametrize("colour", [RIGHT, WRONG])
def test_white_words_can_be_read_on_both_colours(colour):
    """Relative luminance and contrast, WCAG 2.1: 4.5 : 1 is enough for small words."""
    channels = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_an_epoch_is_read_and_painted_once(monkeypatch):
    import ui.guesses

    digits, asked = load_digits("test"), []

    class AlwaysOne:
        def probabilities(self, images):
            return np.tile(np.eye(10, dtype=np.float32)[1], (len(images), 1))

    def load(network):
        asked.append(network.epoch)
        return AlwaysOne()

    monkeypatch.setattr(ui.guesses, "load_network", load)
    ui.guesses._guesses.cache_clear()
    run = read_run(NOTEBOOK_PATH)
    first, second, again = (ui.guesses._guesses(Network(run, epoch), 0.0) for epoch in (0, 1, 0))
    ui.guesses._guesses.cache_clear()
    assert asked == [0, 1]
    assert first is again
    ones = int((digits.labels[watched_digits(digits.labels)] == 1).sum())
    assert (first.right, first.count) == (ones, 24) == (second.right, second.count)
    assert first.words.startswith("a 0 read as 1; a 0 read as 1; a 1 read as 1")
    assert decoded(first.png).shape[0] > 0
