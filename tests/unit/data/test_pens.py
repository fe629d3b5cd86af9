import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.pens import PICTURE_SHARE, PICTURE_SIDES, STROKE_WIDTHS, draw_ink, rasterize
from cnn.preprocessing.normalization import STROKE_WIDTH, centre, redraw_lines

UPRIGHT = [np.array([[0.0, 0.0], [0.0, 100.0]])]
CROSS = [*UPRIGHT, np.array([[-50.0, 50.0], [50.0, 50.0]])]
DOT = [np.array([[7.0, 7.0]])]

seeds = st.integers(0, 2**32 - 1)


def rng_of(seed):
    return np.random.default_rng(seed)


@given(seeds)
def test_an_image_depends_on_the_seed_only(seed):
    image = rasterize(CROSS, rng_of(seed))
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.max() > 200
    np.testing.assert_array_equal(image, rasterize(CROSS, rng_of(seed)))


def test_some_lines_are_drawn_as_strokes_of_even_width_and_some_as_ink():
    images = [rasterize(UPRIGHT, rng_of(seed)) for seed in range(200)]
    standard = centre(redraw_lines(UPRIGHT, STROKE_WIDTH))
    count = sum(np.array_equal(image, standard) for image in images)
    expected = 200 * (1 - PICTURE_SHARE) * 0.3  # and those that are as wide by chance
    assert expected - 20 <= count <= expected + 35
    widths = np.array([image[14].sum() / 255 for image in images])
    assert np.ptp(widths) > 1.5
    assert STROKE_WIDTHS[0] - 0.7 < widths.min()
    assert widths.max() < 5  # the widest of MNIST's are 4.2 pixels wide


@given(seeds)
def test_ink_is_the_drawing_in_the_middle_of_empty_paper(seed):
    ink = draw_ink(CROSS, rng_of(seed))
    assert ink.dtype == np.uint8
    assert ink.shape[0] == ink.shape[1]
    assert PICTURE_SIDES[0] <= ink.shape[0] <= 2 * PICTURE_SIDES[1]
    assert ink.max() > 200
    edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    assert edges.max() < 25  # the softest ink ends late
    rows, columns = np.nonzero(ink > 25)
    middle = ink.shape[0] / 2
    assert abs(rows.mean() + 0.5 - middle) < 0.15 * middle
    assert abs(columns.mean() + 0.5 - middle) < 0.15 * middle
    _, _, boxes, _ = cv2.connectedComponentsWithStats((ink > 25).astype(np.uint8))
    areas = boxes[1:, cv2.CC_STAT_AREA]
    assert areas.max() > 0.9 * areas.sum()  # no ink is so weak that a line is cut


def test_ink_differs_in_size_softness_and_strength():
    inks = [draw_ink(CROSS, rng_of(seed)) for seed in range(60)]
    sides = [len(ink) for ink in inks]
    assert min(sides) < 80 < 160 < max(sides)
    # Pixels of the edges, of all that have ink: hard lines have few.
    soft = [np.count_nonzero((ink > 25) & (ink < 200)) / np.count_nonzero(ink > 25) for ink in inks]
    assert min(soft) < 0.2
    assert max(soft) > 0.5


def test_a_single_point_is_drawn_too():
    for seed in range(20):
        assert rasterize(DOT, rng_of(seed)).any()
