import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnn.rendering.images import (
    FRAME,
    GAP,
    NUMBER_HEIGHT,
    RIGHT,
    WRONG,
    activation_scale,
    paint,
    paint_boxes,
    paint_over,
    paint_predictions,
    paint_tiles,
    paint_units,
    pixel_scale,
    scale_for,
    signed_scale,
)

WHITE, BLACK, CLEAR = (255, 255, 255, 255), (0, 0, 0, 255), 0


def decoded(png):
    """(h, w, 4) uint8: red, green, blue, opacity."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def colour(value, scale):
    """The colour of one value, as a PNG shows it."""
    return tuple(int(c) for c in decoded(paint(np.array([[value]]), scale, 1))[0, 0])


def brightness(rgba):
    red, green, blue, _ = rgba
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# What colours mean


def test_pixels_are_grey_from_black_to_white():
    assert colour(0, pixel_scale()) == BLACK
    assert colour(255, pixel_scale()) == WHITE
    for value in (1, 60, 128, 200):
        red, green, blue, opacity = colour(value, pixel_scale())
        assert red == green == blue == pytest.approx(value, abs=1)
        assert opacity == 255


def test_the_largest_activation_is_the_brightest_and_0_is_black():
    scale = activation_scale(np.array([0.0, 3.0]), np.array([4.0]))
    assert brightness(colour(0, scale)) < 2
    colours = [colour(value, scale) for value in np.linspace(0, 4, 30)]
    assert sorted(colours, key=brightness) == colours
    assert len(set(colours)) == 30
    assert brightness(colours[-1]) > 220


def test_activations_go_through_purple_and_orange_to_pale_yellow():
    scale = activation_scale(np.array([0.0, 1.0]))
    purple, orange, yellow = (colour(value, scale)[:3] for value in (0.3, 0.7, 1.0))
    assert purple[1] < purple[0]
    assert purple[1] < purple[2]
    assert orange[0] > orange[1] > orange[2]
    assert min(yellow[:2]) > 240 > yellow[2]


def test_a_layer_that_is_silent_is_black():
    scale = activation_scale(np.zeros((3, 3)))
    assert brightness(colour(0, scale)) < 2


def test_a_weight_of_0_is_white():
    assert colour(0, signed_scale(np.array([-1.0, 3.0]))) == WHITE


def test_weights_that_are_all_0_are_white():
    assert colour(0, signed_scale(np.zeros(3))) == WHITE


def test_weights_are_blue_below_0_and_red_above_as_far_to_both_sides():
    scale = signed_scale(np.array([-1.0, 3.0]))
    below, above = colour(-3, scale), colour(3, scale)
    assert below[2] > below[0]
    assert above[0] > above[2]
    assert colour(-1, scale)[2] > colour(-1, scale)[0]
    assert brightness(colour(1, scale)) == pytest.approx(brightness(colour(-1, scale)), abs=25)


def test_values_of_both_signs_get_the_scale_of_weights():
    assert scale_for(np.array([0.0, 2.0])).kind == "activations"
    assert scale_for(np.array([0.0, 2.0]), np.array([-0.1])).kind == "weights"
    assert scale_for(np.zeros(3)).kind == "activations"


@pytest.mark.parametrize(
    "scale", [pixel_scale(), activation_scale(np.ones(1)), signed_scale(np.ones(1))]
)
def test_values_beyond_a_scale_have_its_last_colours(scale):
    assert colour(scale.high + 100, scale) == colour(scale.high, scale)
    assert colour(scale.low - 100, scale) == colour(scale.low, scale)
    assert colour(np.inf, scale) == colour(scale.high, scale)
    assert colour(np.nan, scale) == colour(0, scale)


# Where pixels are


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 40))
def test_every_cell_is_a_square_of_whole_pixels(height, width, side):
    values = np.arange(height * width).reshape(height, width) * 7 % 256
    picture = decoded(paint(values, pixel_scale(), side))
    factor = max(1, side // height)
    assert picture.shape == (height * factor, width * factor, 4)
    for i, j in np.ndindex(height, width):
        cell = picture[i * factor : (i + 1) * factor, j * factor : (j + 1) * factor]
        assert (cell == colour(values[i, j], pixel_scale())).all()


MAPS = np.stack([np.full((2, 3), 50 * n) for n in range(5)], axis=2)  # 5 even tiles


def test_tiles_stand_row_by_row_with_gaps_that_are_see_through():
    picture = decoded(paint_tiles(MAPS, pixel_scale(), columns=2, side=20))
    high, wide = 20, 30  # 10 pixels a cell
    step_y, step_x = high + NUMBER_HEIGHT + GAP, wide + GAP
    assert picture.shape == (3 * step_y - GAP, 2 * step_x - GAP, 4)
    for number in range(5):
        y, x = number // 2 * step_y, number % 2 * step_x
        tile = picture[y : y + high, x : x + wide]
        assert (tile == colour(50 * number, pixel_scale())).all()
    assert (picture[:, wide : wide + GAP, 3] == CLEAR).all()
    assert (picture[2 * step_y :, step_x:, 3] == CLEAR).all()  # where a sixth would be


def test_every_tile_has_its_own_number_below():
    picture = decoded(paint_tiles(MAPS, pixel_scale(), columns=5, side=20))
    below = picture[20:, :, 3] > 0
    shapes = [below[:, n * (30 + GAP) : n * (30 + GAP) + 30] for n in range(5)]
    assert all(shape.any() for shape in shapes)
    assert len({shape.tobytes() for shape in shapes}) == 5
    # Grey that is seen on a light page and on a dark one.
    assert (picture[20:][below][:, :3] == 128).all()


def test_a_tile_shows_its_own_map_the_right_way_up():
    maps = np.stack([np.arange(6).reshape(2, 3), np.arange(6)[::-1].reshape(2, 3)], axis=2)
    picture = decoded(paint_tiles(maps * 50, pixel_scale(), columns=2, side=2))
    greys = [colour(50 * value, pixel_scale())[0] for value in range(6)]
    np.testing.assert_array_equal(picture[:2, :3, 0], np.reshape(greys, (2, 3)))
    np.testing.assert_array_equal(picture[:2, 3 + GAP :, 0], np.reshape(greys[::-1], (2, 3)))


def test_fewer_tiles_than_columns_leave_no_empty_room():
    picture = decoded(paint_tiles(MAPS[:, :, :2], pixel_scale(), columns=8, side=2))
    assert picture.shape == (2 + NUMBER_HEIGHT, 3 + GAP + 3, 4)


def test_units_are_squares_row_by_row_and_the_last_row_may_be_short():
    picture = decoded(paint_units(np.arange(5) * 50, pixel_scale(), columns=3, side=4))
    assert picture.shape == (8, 12, 4)
    for number in range(5):
        y, x = number // 3 * 4, number % 3 * 4
        cell = picture[y : y + 4, x : x + 4]
        assert (cell == colour(50 * number, pixel_scale())).all()
    assert (picture[4:, 8:, 3] == CLEAR).all()


# One thing over another


def test_ink_has_the_colour_of_its_value_and_paper_is_dark():
    image = np.array([[255, 0, 255], [0, 255, 0]], np.uint8)
    values = np.array([[-2.0, 2, 2], [2, 0, 2]])
    scale = signed_scale(values)
    picture = decoded(paint_over(image, values, scale, side=8))
    assert picture.shape == (8, 12, 4)  # 4 pixels a cell
    for i, j in np.ndindex(2, 3):
        cell = picture[4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        assert (cell == (colour(values[i, j], scale) if image[i, j] else BLACK)).all()


@given(st.integers(0, 255), st.floats(-1, 1))
def test_faint_ink_has_its_colour_as_faint_as_it_is(strength, value):
    scale = signed_scale(np.ones(1))
    image, values = np.array([[strength]], np.uint8), np.array([[value]])
    mixed = decoded(paint_over(image, values, scale, side=1))[0, 0]
    expected = np.array(colour(value, scale)[:3]) * strength / 255
    np.testing.assert_allclose(mixed[:3], expected, atol=0.51)


@pytest.mark.parametrize(("side", "shown"), [(168, 168), (100, 84), (27, 28), (28, 28)])
def test_a_picture_with_colours_over_it_is_no_larger_than_asked_but_never_shrunk(side, shown):
    picture = decoded(
        paint_over(np.zeros((28, 28), np.uint8), np.zeros((28, 28)), pixel_scale(), side)
    )
    assert picture.shape == (shown, shown, 4)


BOXES = [(20, 40, 60, 80), (90, 40, 110, 80)]  # left, top, right, bottom


def frames(picture):
    """Where a picture has the frames' colour."""
    return (picture[:, :, :3] == FRAME).all(axis=2)


@pytest.mark.parametrize("factor", [1, 2, 0.5])
def test_frames_stand_around_the_boxes_however_large_the_picture_is(factor):
    ink = np.zeros((100, 140), np.uint8)
    picture = decoded(paint_boxes(ink, BOXES, width=int(140 * factor)))
    assert picture.shape == (100 * factor, 140 * factor, 4)
    framed = frames(picture)
    for left, top, right, bottom in (np.array(BOXES) * factor).astype(int):
        for edge in (
            framed[top - 2, left - 2 : right + 2],
            framed[bottom + 1, left - 2 : right + 2],
            framed[top - 2 : bottom + 2, left - 2],
            framed[top - 2 : bottom + 2, right + 1],
        ):
            assert edge.all()
        assert not framed[top - 1 : bottom + 1, left - 1 : right + 1].any()


def test_boxes_have_different_numbers_above_them_and_the_ink_is_seen_within():
    ink = np.zeros((100, 140), np.uint8)
    ink[45:75, 25:55] = 255
    picture = decoded(paint_boxes(ink, BOXES, width=140))
    np.testing.assert_array_equal(picture[40:80, 20:60, 0], ink[40:80, 20:60])
    first, second = (frames(picture)[20:37, left : left + 12] for left in (20, 90))
    assert first.any()
    assert second.any()
    assert (first != second).any()


def test_a_box_as_large_as_the_picture_does_not_break_it():
    picture = decoded(paint_boxes(np.full((50, 80), 255, np.uint8), [(0, 0, 80, 50)], width=80))
    assert picture.shape == (50, 80, 4)
    assert frames(picture).any()  # its number; the frame is just outside


def test_without_boxes_there_is_only_ink():
    ink = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
    np.testing.assert_array_equal(decoded(paint_boxes(ink, [], width=3))[:, :, 0], ink)


# Predictions below their pictures

IMAGES = np.stack([np.full((4, 4), 50 * n, np.uint8) for n in range(5)])
GUESSES = np.array([3, 3, 8, 1, 0])
IS_RIGHT = np.array([True, False, True, False, False])
SIDE, COLUMNS = 80, 2  # 20 pixels a cell


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
    return tiles(decoded(paint_predictions(IMAGES, GUESSES, IS_RIGHT, COLUMNS, SIDE)), 5, COLUMNS)


def test_right_ones_are_framed_green_and_wrong_ones_red(painted):
    for tile, right in zip(painted, IS_RIGHT, strict=True):
        for edge in (tile[0], tile[-1], tile[:, 0], tile[:, -1]):
            assert (edge == [*(RIGHT if right else WRONG), 255]).all()


def test_each_picture_stands_in_its_frame_pixel_by_pixel(painted):
    for number, tile in enumerate(painted):
        assert (tile[2:82, 2:82] == [50 * number] * 3 + [255]).all()
        assert (tile[1, 1] != [50 * number] * 3 + [255]).any()


def test_the_place_after_the_last_is_see_through():
    sheet = decoded(paint_predictions(IMAGES, GUESSES, IS_RIGHT, COLUMNS, SIDE))
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
        strip(tiles(decoded(paint_predictions(IMAGES[:1], [3], [each], 1, 168)), 1, 1)[0])
        for each in (True, False)
    )
    words, mark = np.s_[:, : right.shape[1] * 3 // 4], np.s_[:, right.shape[1] * 3 // 4 :]
    assert right[words].any()
    np.testing.assert_array_equal(right[words], wrong[words])
    assert right[mark].any() and wrong[mark].any()
    assert (right[mark] != wrong[mark]).any()


def test_the_guess_is_written_below_its_picture():
    written = [
        strip(tiles(decoded(paint_predictions(IMAGES[:1], [guess], [True], 1, 168)), 1, 1)[0])
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
