import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnn.rendering.images import (
    CORRECT,
    GAP,
    INCORRECT,
    NUMBER_HEIGHT,
    activation_scale,
    paint,
    paint_over,
    paint_predictions,
    paint_tiles,
    paint_units,
    pixel_scale,
    readable_on,
    scale_for,
    signed_scale,
)

WHITE, BLACK, CLEAR = (255, 255, 255, 255), (0, 0, 0, 255), 0


def decoded(png):
    """A PNG as (h, w, 4) uint8: red, green, blue, opacity."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def colour(value, scale):
    """The colour of one value in a PNG."""
    return tuple(int(c) for c in decoded(paint(np.array([[value]]), scale, 1))[0, 0])


def brightness(rgba):
    red, green, blue, _ = rgba
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Colour scales


def test_pixels_are_grey_from_black_to_white():
    assert colour(0, pixel_scale()) == BLACK
    assert colour(255, pixel_scale()) == WHITE
    for value in (1, 60, 128, 200):
        red, green, blue, opacity = colour(value, pixel_scale())
        assert red == green == blue == pytest.approx(value, abs=1)
        assert opacity == 255


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_numbers_are_readable_on_every_colour(background):
    def luminance(colour):  # of WCAG 2
        red, green, blue = (
            share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
            for share in (each / 255 for each in colour)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    text = {"#000": (0, 0, 0), "#fff": (255, 255, 255)}[readable_on(background)]
    dark, light = sorted((luminance(text), luminance(background)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


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


def test_activations_that_are_all_0_are_black():
    scale = activation_scale(np.zeros((3, 3)))
    assert brightness(colour(0, scale)) < 2


def test_a_weight_of_0_is_white():
    assert colour(0, signed_scale(np.array([-1.0, 3.0]))) == WHITE


def test_weights_that_are_all_0_are_white():
    assert colour(0, signed_scale(np.zeros(3))) == WHITE


def test_weights_are_blue_below_0_and_red_above_symmetrically():
    scale = signed_scale(np.array([-1.0, 3.0]))
    below, above = colour(-3, scale), colour(3, scale)
    assert below[2] > below[0]
    assert above[0] > above[2]
    assert colour(-1, scale)[2] > colour(-1, scale)[0]
    assert brightness(colour(1, scale)) == pytest.approx(brightness(colour(-1, scale)), abs=25)


def test_values_of_both_signs_have_the_scale_of_weights():
    assert scale_for(np.array([0.0, 2.0])).kind == "activations"
    assert scale_for(np.array([0.0, 2.0]), np.array([-0.1])).kind == "weights"
    assert scale_for(np.zeros(3)).kind == "activations"


@pytest.mark.parametrize(
    "scale", [pixel_scale(), activation_scale(np.ones(1)), signed_scale(np.ones(1))]
)
def test_values_outside_a_scale_have_its_end_colours(scale):
    assert colour(scale.high + 100, scale) == colour(scale.high, scale)
    assert colour(scale.low - 100, scale) == colour(scale.low, scale)
    assert colour(np.inf, scale) == colour(scale.high, scale)
    assert colour(np.nan, scale) == colour(0, scale)


# Tiles


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 40))
def test_every_cell_is_a_square_of_whole_pixels(height, width, side):
    values = np.arange(height * width).reshape(height, width) * 7 % 256
    picture = decoded(paint(values, pixel_scale(), side))
    factor = max(1, side // height)
    assert picture.shape == (height * factor, width * factor, 4)
    for i, j in np.ndindex(height, width):
        cell = picture[i * factor : (i + 1) * factor, j * factor : (j + 1) * factor]
        assert (cell == colour(values[i, j], pixel_scale())).all()


MAPS = np.stack([np.full((2, 3), 50 * n) for n in range(5)], axis=2)  # 5 constant tiles


def test_tiles_are_row_by_row_with_transparent_gaps():
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


def test_every_tile_has_a_different_number_below():
    picture = decoded(paint_tiles(MAPS, pixel_scale(), columns=5, side=20))
    below = picture[20:, :, 3] > 0
    shapes = [below[:, n * (30 + GAP) : n * (30 + GAP) + 30] for n in range(5)]
    assert all(shape.any() for shape in shapes)
    assert len({shape.tobytes() for shape in shapes}) == 5
    # Grey, visible on a light and a dark page.
    assert (picture[20:][below][:, :3] == 128).all()


def test_a_tile_shows_its_map_the_right_way_up():
    maps = np.stack([np.arange(6).reshape(2, 3), np.arange(6)[::-1].reshape(2, 3)], axis=2)
    picture = decoded(paint_tiles(maps * 50, pixel_scale(), columns=2, side=2))
    greys = [colour(50 * value, pixel_scale())[0] for value in range(6)]
    np.testing.assert_array_equal(picture[:2, :3, 0], np.reshape(greys, (2, 3)))
    np.testing.assert_array_equal(picture[:2, 3 + GAP :, 0], np.reshape(greys[::-1], (2, 3)))


def test_fewer_tiles_than_columns_leave_no_empty_columns():
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


# Colours and frames over an image


def test_ink_has_the_colour_of_its_value_and_the_background_is_black():
    image = np.array([[255, 0, 255], [0, 255, 0]], np.uint8)
    values = np.array([[-2.0, 2, 2], [2, 0, 2]])
    scale = signed_scale(values)
    picture = decoded(paint_over(image, values, scale, side=8))
    assert picture.shape == (8, 12, 4)  # 4 pixels a cell
    for i, j in np.ndindex(2, 3):
        cell = picture[4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        assert (cell == (colour(values[i, j], scale) if image[i, j] else BLACK)).all()


@given(st.integers(0, 255), st.floats(-1, 1))
def test_the_colour_is_multiplied_by_the_pixel(pixel, value):
    scale = signed_scale(np.ones(1))
    image, values = np.array([[pixel]], np.uint8), np.array([[value]])
    mixed = decoded(paint_over(image, values, scale, side=1))[0, 0]
    expected = np.array(colour(value, scale)[:3]) * pixel / 255
    np.testing.assert_allclose(mixed[:3], expected, atol=0.51)


@pytest.mark.parametrize(("side", "shown"), [(168, 168), (100, 84), (27, 28), (28, 28)])
def test_the_size_is_a_multiple_of_the_image_and_at_most_the_side(side, shown):
    picture = decoded(
        paint_over(np.zeros((28, 28), np.uint8), np.zeros((28, 28)), pixel_scale(), side)
    )
    assert picture.shape == (shown, shown, 4)


# Predictions

IMAGES = np.stack([np.full((4, 4), 50 * n, np.uint8) for n in range(5)])
PREDICTIONS = np.array([3, 3, 8, 1, 0])
IS_CORRECT = np.array([True, False, True, False, False])
SIDE, COLUMNS = 80, 2  # 20 pixels a cell


def tiles(sheet, count, columns):
    """The tiles of a sheet, cut at its transparent rows and columns."""
    rows, across = (_spans((sheet[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    places = [(row, column) for row in rows for column in across][:count]
    assert len(across) == min(columns, count)
    return [sheet[slice(*row), slice(*column)] for row, column in places]


def _spans(filled):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2], strict=True))


@pytest.fixture(scope="module")
def painted():
    return tiles(
        decoded(paint_predictions(IMAGES, PREDICTIONS, IS_CORRECT, COLUMNS, SIDE)), 5, COLUMNS
    )


def test_correct_predictions_have_a_green_frame_and_errors_a_red_one(painted):
    for tile, correct in zip(painted, IS_CORRECT, strict=True):
        for edge in (tile[0], tile[-1], tile[:, 0], tile[:, -1]):
            assert (edge == [*(CORRECT if correct else INCORRECT), 255]).all()


def test_each_image_is_inside_its_frame(painted):
    for number, tile in enumerate(painted):
        assert (tile[2:82, 2:82] == [50 * number] * 3 + [255]).all()
        assert (tile[1, 1] != [50 * number] * 3 + [255]).any()


def test_the_tile_after_the_last_is_transparent():
    sheet = decoded(paint_predictions(IMAGES, PREDICTIONS, IS_CORRECT, COLUMNS, SIDE))
    height, width = sheet.shape[:2]
    assert (sheet[-height // 4 :, width // 2 + 20 :, 3] == 0).all()


def strip(tile):
    """The text below the image: True for white pixels, False for the colour of the frame."""
    background = tile[-1, 0, :3].astype(float)
    text = tile[-len(tile) // 6 :, :, :3]
    return ((text - background) / (255 - background)).mean(axis=2) > 0.5


def test_the_mark_of_a_correct_prediction_differs_from_that_of_an_error():
    # The same prediction, once correct and once not: the texts are equal, the marks are not.
    correct, error = (
        strip(tiles(decoded(paint_predictions(IMAGES[:1], [3], [each], 1, 168)), 1, 1)[0])
        for each in (True, False)
    )
    text, mark = np.s_[:, : correct.shape[1] * 3 // 4], np.s_[:, correct.shape[1] * 3 // 4 :]
    assert correct[text].any()
    np.testing.assert_array_equal(correct[text], error[text])
    assert correct[mark].any() and error[mark].any()
    assert (correct[mark] != error[mark]).any()


def test_the_prediction_is_written_below_its_image():
    texts = [
        strip(tiles(decoded(paint_predictions(IMAGES[:1], [prediction], [True], 1, 168)), 1, 1)[0])
        for prediction in range(10)
    ]
    assert len({each.tobytes() for each in texts}) == 10


@pytest.mark.parametrize("colour", [CORRECT, INCORRECT])
def test_white_text_is_readable_on_both_colours(colour):
    """Relative luminance and contrast, WCAG 2.1: 4.5 : 1 is the minimum for small text."""
    channels = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5
