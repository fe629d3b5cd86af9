import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnn.data.mnist import load_digits
from cnn.preprocessing.normalization import (
    FAINT,
    STROKE_WIDTH,
    STROKE_WIDTH_RANGE,
    normalize_image,
    normalize_strokes,
    redraw_lines,
    resize_ink,
    stroke_width,
)
from cnn.preprocessing.strokes import (
    CANVAS_SIDE,
    Stroke,
    clip_to_canvas,
    read_strokes,
    render_strokes,
)

# Points of the strokes, in a box 60 wide and 100 high.
DIGITS = {
    "0": [[(30, 0), (5, 20), (0, 50), (5, 80), (30, 100), (55, 80), (60, 50), (55, 20), (30, 0)]],
    "1": [[(30, 0), (30, 100)]],
    "2": [[(0, 20), (30, 0), (60, 25), (0, 100), (60, 100)]],
    "4": [[(40, 0), (0, 60), (60, 60)], [(45, 30), (45, 100)]],
    "6": [[(50, 0), (10, 50), (5, 80), (30, 100), (55, 80), (50, 60), (10, 65)]],
    "7": [[(0, 0), (60, 0), (20, 100)]],
}

digits = st.sampled_from(sorted(DIGITS))
widths = st.integers(4, 40)


def line(points):
    """A polyline as an SVG path, as Fabric.js writes it."""
    return [["M", *points[0]], *(["L", *point] for point in points[1:])]


def fabric_path(path, **changes):
    """One stroke as the canvas sends it; `left` and `top` are the centre of its box."""
    ends = np.array([piece[-2:] for piece in path], dtype=float)
    left, top = (ends.min(axis=0) + ends.max(axis=0)) / 2
    return {
        "type": "Path",
        "version": "6.7.0",
        "originX": "center",
        "originY": "center",
        "left": float(left),
        "top": float(top),
        "fill": None,
        "stroke": "#ffffff",
        "strokeWidth": 20,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "scaleX": 1,
        "scaleY": 1,
        "angle": 0,
        "flipX": False,
        "flipY": False,
        "path": path,
        **changes,
    }


def drawing(*objects):
    return {"version": "6.7.0", "objects": list(objects), "background": "#000000"}


def drawn_digit(name, scale=1.0, x=0, y=0, width=20):
    strokes = [[(x + scale * a, y + scale * b) for a, b in stroke] for stroke in DIGITS[name]]
    return drawing(*(fabric_path(line(stroke), strokeWidth=width) for stroke in strokes))


def strokes_of(*arguments):
    return read_strokes(drawn_digit(*arguments))


def ink_of(json_data):
    return render_strokes(read_strokes(json_data))


def only_points(json_data):
    [stroke] = read_strokes(json_data)
    return stroke.points


def centre_of_mass(image):
    """Row and column; pixel i covers i to i + 1."""
    places, weights = np.arange(len(image)) + 0.5, image / image.sum()
    return weights.sum(axis=1) @ places, weights.sum(axis=0) @ places


# Reading strokes


def test_a_line_keeps_its_points_and_its_width():
    [stroke] = read_strokes(drawing(fabric_path(line([(10, 20), (50, 60), (90, 20)]))))
    np.testing.assert_allclose(stroke.points, [[10, 20], [50, 60], [90, 20]])
    assert stroke.width == 20


def test_a_curve_passes_through_the_points_of_its_formula():
    points = only_points(drawing(fabric_path([["M", 0, 0], ["Q", 10, 0, 10, 10]])))
    # B(1/2) = (p0 + 2 p1 + p2) / 4
    assert np.abs(points - [7.5, 2.5]).sum(axis=1).min() < 1e-9
    np.testing.assert_allclose(points[[0, -1]], [[0, 0], [10, 10]])


def test_a_curve_is_approximated_to_a_fraction_of_a_pixel():
    path = [["M", 20, 20], ["Q", 30, 20, 30, 30], ["Q", 30, 40, 40, 40], ["L", 45, 40]]
    points = only_points(drawing(fabric_path(path)))
    for t in np.linspace(0, 1, 33):
        place = (1 - t) ** 2 * np.array([20, 20]) + 2 * (1 - t) * t * np.array([30, 20])
        place = place + t**2 * np.array([30, 30])
        start, along = points[:-1], np.diff(points, axis=0)
        share = ((place - start) * along).sum(axis=1) / (along**2).sum(axis=1)
        nearest = start + np.clip(share, 0, 1)[:, None] * along
        assert np.hypot(*(nearest - place).T).min() < 0.3


HORIZONTAL = [(100, 100), (140, 100)]


def test_a_line_is_where_it_was_drawn():
    """Fabric's box is that of curves, which differs a little from that of the points."""
    path = fabric_path(line(HORIZONTAL), left=121, top=99.5)
    np.testing.assert_array_equal(only_points(drawing(path)), HORIZONTAL)


def test_objects_other_than_paths_are_skipped():
    rectangle = {"type": "Rect", "left": 5, "top": 5, "width": 20, "height": 20, "strokeWidth": 3}
    strokes = read_strokes(drawing(rectangle, fabric_path(line(HORIZONTAL)), {"type": "Path"}))
    np.testing.assert_allclose([stroke.points for stroke in strokes], [HORIZONTAL])


# Drawing strokes


def test_a_horizontal_line_fills_its_width():
    ink = ink_of(drawing(fabric_path(line(HORIZONTAL), strokeWidth=20)))
    assert ink.shape == (CANVAS_SIDE, CANVAS_SIDE)
    assert ink.dtype == np.uint8
    assert (ink[92:108, 100:140] == 255).all()
    assert ink[112:].max() == ink[:88].max() == 0
    assert ink[:, :88].max() == ink[:, 152:].max() == 0


@pytest.mark.parametrize(
    "path",
    [
        [["M", 100, 120], ["L", 100, 120]],
        [["M", 99.98, 120], ["L", 100.02, 120]],  # a click in Fabric
        [["M", 100, 120]],
        [["M", 100, 120], ["Q", 100, 120, 100, 120]],
    ],
)
def test_a_click_is_a_dot_of_the_stroke_width(path):
    ink = ink_of(drawing(fabric_path(path)))
    dark = ink > 127
    assert dark.any(axis=0).sum() == pytest.approx(20, abs=1)
    assert dark.any(axis=1).sum() == pytest.approx(20, abs=1)
    assert centre_of_mass(ink) == pytest.approx((120, 100), abs=0.6)
    image = normalize_image(ink).image
    assert image[8:20, 8:20].min() == 255
    assert image[4:6, 4:6].max() == 0  # the corner of its box: it is round
    # Redrawn, it has the standard width and is not stretched into a line.
    assert normalize_strokes(read_strokes(drawing(fabric_path(path)))).scaled.shape == (3, 3)


@pytest.mark.parametrize("nothing", [None, {}, {"objects": []}, {"objects": None}])
def test_an_empty_drawing_gives_none(nothing):
    assert read_strokes(nothing) == []
    assert normalize_image(ink_of(nothing)) is None
    assert normalize_strokes(read_strokes(nothing)) is None


@pytest.mark.parametrize(
    "points",
    [
        [(-50, 10), (-30, 200)],
        [(300, 300), (400, 310)],
        [(100, -40), (200, -40)],
        [(1e6, 1e6), (2e6, 1e6)],
        [(-1e18, 5), (-1e18, 6)],
        [(5, 1e300), (9, 1e300)],
    ],
)
def test_strokes_outside_the_canvas_give_none(points):
    strokes = read_strokes(drawing(fabric_path(line(points))))
    assert normalize_image(render_strokes(strokes)) is None
    assert normalize_strokes(strokes) is None


def test_a_stroke_that_leaves_the_canvas_is_clipped():
    ink = ink_of(drawing(fabric_path(line([(140, 140), (5000, 140)]))))
    assert (ink[132:148, 140:] == 255).all()
    assert ink[:, :128].max() == 0


def test_ten_thousand_points_are_drawn():
    angles = np.linspace(0, 20 * math.pi, 10_000)
    spiral = np.stack([140 + angles * np.cos(angles), 140 + angles * np.sin(angles)], axis=1)
    strokes = read_strokes(drawing(fabric_path(line(spiral.tolist()))))
    assert strokes[0].points.shape == (10_000, 2)
    assert normalize_image(render_strokes(strokes)).image.max() == 255


# Normalizing images


def block(side, top, left, height, width, value=255):
    ink = np.zeros((side, side), np.uint8)
    ink[top : top + height, left : left + width] = value
    return ink


def test_a_block_is_centred():
    normalized = normalize_image(block(100, 70, 5, 20, 20))
    np.testing.assert_array_equal(normalized.crop, np.full((20, 20), 255))
    np.testing.assert_array_equal(normalized.image, block(28, 4, 4, 20, 20))


@pytest.mark.parametrize(
    ("height", "width", "scaled"),
    [
        (200, 100, (20, 10)),
        (100, 200, (10, 20)),
        (5, 5, (20, 20)),
        (280, 1, (20, 1)),
        (1, 1, (20, 20)),
    ],
)
def test_the_longer_side_becomes_20_and_the_aspect_ratio_is_kept(height, width, scaled):
    normalized = normalize_image(block(280, 0, 0, height, width), adjust_width=False)
    assert normalized.crop.shape == (height, width)
    assert normalized.scaled.shape == scaled
    assert normalized.image.shape == (28, 28)


def test_faint_ink_counts_as_background_when_cropping():
    assert normalize_image(block(50, 10, 10, 5, 5, FAINT)) is None
    assert normalize_image(block(50, 10, 10, 5, 5, FAINT + 1)).crop.shape == (5, 5)


@given(digits, st.floats(0.3, 1.8), st.integers(40, 120), st.integers(40, 60), widths)
def test_digits_are_centred_by_mass_with_a_longer_side_of_20(name, scale, x, y, width):
    strokes = strokes_of(name, scale, x, y, width)
    for normalized in (normalize_image(render_strokes(strokes)), normalize_strokes(strokes)):
        assert max(normalized.scaled.shape) == 20
        for place in centre_of_mass(normalized.image):
            assert abs(place - 14) <= 1


# With these positions the widest stroke ends 4 pixels inside the canvas.
@given(digits, st.integers(0, 185), st.integers(0, 160), widths)
def test_normalization_is_invariant_to_translation(name, x, y, width):
    here = ink_of(drawn_digit(name, 0.5, 40, 40, width))
    there = ink_of(drawn_digit(name, 0.5, 40 + x, 40 + y, width))
    np.testing.assert_array_equal(normalize_image(here).image, normalize_image(there).image)


@given(digits)
def test_normalization_is_nearly_invariant_to_scale(name):
    small = normalize_image(ink_of(drawn_digit(name, 0.5, 20, 20, 10))).image.astype(int)
    large = normalize_image(ink_of(drawn_digit(name, 2, 30, 30, 40))).image.astype(int)
    assert np.abs(small - large).sum() < 0.3 * large.sum()


def test_no_ink_is_cut_off_if_the_centre_of_mass_is_near_an_end():
    ink = block(200, 0, 0, 40, 40)
    ink[:, 18:22] = 255  # a long tail
    normalized = normalize_image(ink)
    assert normalized.image.sum(dtype=int) == normalized.scaled.sum(dtype=int)


def test_digits_of_mnist_are_unchanged_up_to_a_shift_of_one_pixel():
    # They were normalized this way: their crops are 20 long, only the positions may differ.
    for image in load_digits("test").images[:200].astype(int):
        again = normalize_image(image.astype(np.uint8)).image.astype(int)
        worst = min(
            np.abs(np.roll(again, (down, right), (0, 1)) - image).max()
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
        )
        assert worst <= FAINT


@pytest.mark.parametrize("side", [280, 4096])
def test_two_specks_far_apart_raise_no_error(side):
    ink = np.zeros((side, side), np.uint8)
    ink[0, 0] = ink[-1, -1] = FAINT + 1
    normalized = normalize_image(ink)
    assert normalized is None or normalized.image.shape == (28, 28)


@pytest.mark.parametrize(("side", "width"), [(280, 1), (1000, 3), (2000, 2)])
def test_thin_strokes_give_strong_ink(side, width):
    points = np.array(DIGITS["2"][0], float) * side / 150
    ink = render_strokes([(points + side / 10, width)], side)
    # MNIST's digits all reach 250; networks predict a maximum of 20 like a blank image.
    assert normalize_image(ink).image.max() >= 200


# Stroke width: strokes


@given(digits, widths, widths)
def test_the_brush_does_not_change_the_image_of_strokes(name, width, other):
    one, another = (normalize_strokes(strokes_of(name, 1, 60, 60, each)) for each in (width, other))
    np.testing.assert_array_equal(one.scaled, another.scaled)
    np.testing.assert_array_equal(one.image, another.image)
    assert STROKE_WIDTH_RANGE[0] < stroke_width(one.scaled) < STROKE_WIDTH_RANGE[1]


@given(digits, st.floats(0.3, 2), st.floats(0, 150), st.floats(0, 70), widths)
def test_the_image_of_strokes_is_invariant_to_translation_and_scale(name, scale, x, y, width):
    here = normalize_strokes(strokes_of(name, 1, 60, 60)).scaled.astype(int)
    there = normalize_strokes(strokes_of(name, scale, x, y, width)).scaled.astype(int)
    assert here.shape == there.shape
    assert np.abs(here - there).max() <= 8  # positions are rounded to 1/128 of a pixel


def test_the_crop_of_strokes_has_the_brushs_width():
    strokes = strokes_of("7", 1, 60, 60, 30)
    np.testing.assert_array_equal(
        normalize_strokes(strokes).crop,
        normalize_image(render_strokes(strokes), adjust_width=False).crop,
    )


@pytest.mark.parametrize(("length", "longer_side"), [(2, 6), (4, 10), (9.9, 20), (30, 20)])
def test_strokes_shorter_than_half_the_brush_are_not_stretched_into_a_line(length, longer_side):
    # The centre line gets 17.7 of the 20 pixels: 17.7 · length / 10, plus a width of 2.3.
    stroke = Stroke(np.array([(100, 100), (100 + length, 100)], float), 20)
    assert normalize_strokes([stroke]).scaled.shape == (3, longer_side)


def hooked(x_end):
    """A stroke down, then right to `x_end`, with dense points, as from a pointer."""
    down = [(100, y) for y in range(60, 200, 2)]
    return Stroke(np.array(down + [(x, 200) for x in range(100, x_end + 1, 2)], float), 20)


def test_only_the_visible_part_of_a_stroke_counts():
    # With half of its width on the canvas, a stroke 20 wide is still visible.
    cut = normalize_strokes([hooked(CANVAS_SIDE + 10)])
    off = normalize_strokes([hooked(CANVAS_SIDE + 300)])
    assert off.scaled.shape == cut.scaled.shape
    assert np.abs(off.scaled.astype(int) - cut.scaled).max() < 64  # a point more or less
    shorter = normalize_strokes([hooked(CANVAS_SIDE - 50)])
    assert shorter.scaled.shape != cut.scaled.shape


def test_only_the_visible_part_of_a_long_segment_counts():
    off = normalize_strokes([Stroke(np.array([(140, 140), (5000, 140)], float), 20)])
    assert off.scaled.shape == (3, 20)


@pytest.mark.parametrize(
    ("points", "width"),
    [
        ([(-50, 140), (330, 140)], 20),
        ([(-3, 100), (-3, 200)], 5),  # OpenCV draws a little wider
    ],
    ids=["across", "along the edge"],
)
def test_segments_between_points_off_the_canvas_raise_no_error(points, width):
    normalized = normalize_strokes([Stroke(np.array(points, float), width)])
    assert normalized is None or normalized.scaled.shape in ((3, 20), (20, 3))


def test_a_horizontal_line_is_redrawn_20_long_in_the_given_width():
    scaled = redraw_lines([np.array([(0, 0), (10, 0)], float)], width=4)
    assert scaled.shape == (4, 20)
    assert scaled.dtype == np.uint8
    assert (scaled[:, 2:18] > 230).all()
    assert (scaled[[0, 0, -1, -1], [0, -1, 0, -1]] < 128).all()  # its ends are round


def test_redrawing_keeps_the_aspect_ratio_of_the_lines():
    lines = [np.array([(0, 0), (0, 160)], float), np.array([(80, 0), (80, 160)], float)]
    # 160 becomes 16 and 80 becomes 8, plus the width of 4.
    assert redraw_lines(lines, width=4).shape == (20, 12)


@pytest.mark.parametrize("width", [1.5, STROKE_WIDTH, 4.2])
def test_redrawn_lines_are_centred(width):
    cross = [np.array([(0, 0), (60, 100)], float), np.array([(60, 0), (0, 100)], float)]
    scaled = redraw_lines(cross, width).astype(int)
    assert np.abs(scaled - scaled[:, ::-1]).max() < 20
    assert np.abs(scaled - scaled[::-1]).max() < 20


# Stroke width: images


def normalized_digit(name, width, adjust_width=True):
    return normalize_image(render_strokes(strokes_of(name, 1.2, 100, 80, width)), adjust_width)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_thin_strokes_in_an_image_are_widened(width):
    for name in DIGITS:
        before, after = (normalized_digit(name, width, adjust) for adjust in (False, True))
        assert stroke_width(before.scaled) < 1.3
        assert stroke_width(after.scaled) == pytest.approx(STROKE_WIDTH_RANGE[0], abs=0.35)


@pytest.mark.parametrize("width", [36, 50, 60])
@pytest.mark.parametrize("name", ["0", "1", "2", "7"])  # it fills the holes of the others
def test_thick_strokes_in_an_image_are_thinned(name, width):
    before, after = (normalized_digit(name, width, adjust) for adjust in (False, True))
    assert stroke_width(before.scaled) > STROKE_WIDTH_RANGE[1]
    # Junctions measure wider: a 2 redrawn 4.2 wide measures 4.7.
    assert STROKE_WIDTH_RANGE[0] < stroke_width(after.scaled) < STROKE_WIDTH_RANGE[1] + 0.8
    assert max(after.scaled.shape) == 20


@given(digits, st.integers(8, 36))
def test_strokes_of_usual_width_are_unchanged(name, width):
    before, after = (normalized_digit(name, width, adjust) for adjust in (False, True))
    assume(STROKE_WIDTH_RANGE[0] <= stroke_width(before.scaled) <= STROKE_WIDTH_RANGE[1])
    np.testing.assert_array_equal(after.image, before.image)


@pytest.mark.parametrize("name", ["0", "2", "7"])
def test_adjusting_the_width_makes_thin_and_thick_drawings_more_similar(name):
    differences = []
    for adjust_width in (False, True):
        thin, thick = (normalized_digit(name, width, adjust_width).image for width in (2, 60))
        differences.append(np.abs(thin.astype(int) - thick).sum())
    assert differences[1] < 0.8 * differences[0]


def test_an_image_that_fits_into_20_x_20_keeps_its_stroke_width():
    zigzag = np.zeros((20, 20), np.uint8)
    zigzag[np.arange(20), np.abs(np.arange(20) % 8 - 4)] = 255
    assert stroke_width(zigzag) < STROKE_WIDTH_RANGE[0]
    np.testing.assert_array_equal(normalize_image(zigzag).scaled, zigzag[:, :5])
    # The same image, four times as large, is adjusted.
    large = zigzag.repeat(4, axis=0).repeat(4, axis=1)
    assert stroke_width(normalize_image(large).scaled) > stroke_width(
        normalize_image(large, adjust_width=False).scaled
    )


@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_stroke_width_is_accurate_to_half_a_pixel(width):
    assert stroke_width(block(20, 5, 0, width, 20)) == pytest.approx(width, abs=0.5)


def test_resize_ink_averages_10_x_10_pixels():
    ink = ink_of(drawn_digit("2", 1, 30, 150, 17))
    means = [
        [ink[10 * i : 10 * i + 10, 10 * j : 10 * j + 10].mean() for j in range(28)]
        for i in range(28)
    ]
    np.testing.assert_allclose(resize_ink(ink), means, atol=0.51)


# Clipping


def test_a_stroke_that_returns_to_the_canvas_gives_two_lines():
    wave = np.stack([np.linspace(0, 280, 100), 140 + 200 * np.sin(np.linspace(0, 3.2, 100))], 1)
    before, after = clip_to_canvas([Stroke(wave, 20)])
    assert before[0] == pytest.approx(wave[0])
    assert after[-1] == pytest.approx(wave[-1])
    for each in (before, after):
        assert 280 < each[:, 1].max() <= 290  # half the stroke width outside


def test_each_stroke_gives_its_own_line():
    strokes = strokes_of("4", 1, 60, 60)
    for visible, stroke in zip(clip_to_canvas(strokes), strokes, strict=True):
        np.testing.assert_allclose(visible, stroke.points)
    assert clip_to_canvas([]) == []


coordinates = st.integers(-300, 600)


# Half of an odd width is not an integer, so no point is exactly on the edge.
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12),
    st.sampled_from([1, 7, 21, 59]),
    st.integers(50, 400),
)
def test_clipping_keeps_exactly_the_points_that_leave_ink(points, width, side):
    def leaves_ink(x, y):
        return -width / 2 < x < side + width / 2 and -width / 2 < y < side + width / 2

    lines = clip_to_canvas([Stroke(np.array(points, float), width)], side)
    visible = [tuple(point) for each in lines for point in each]
    for point in points:
        near = any(math.dist(point, other) < 1e-6 for other in visible)
        assert near == leaves_ink(*point)
    for x, y in visible:
        assert -width / 2 - 1e-6 <= min(x, y)
        assert max(x, y) <= side + width / 2 + 1e-6


# Invalid input

INVALID_VALUES = [None, True, "", "x", "12", [], [1], [[1, 2]], {}, -1, 0, 1e308, -1e308, 10**400]
INVALID_VALUES += [float("nan"), float("inf"), -float("inf")]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["M", "L", "Q", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["objects", "path", "left", "top"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def expect_an_image_or_none(json_data):
    strokes = read_strokes(json_data)
    for normalized in (normalize_image(render_strokes(strokes)), normalize_strokes(strokes)):
        assert normalized is None or normalized.image.shape == (28, 28)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", INVALID_VALUES, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize(
    "name", ["path", "left", "top", "scaleX", "scaleY", "angle", "strokeWidth", "flipX", "type"]
)
def test_an_invalid_value_in_a_stroke_raises_no_error(name, value):
    expect_an_image_or_none(drawing({**fabric_path(line(HORIZONTAL)), name: value}))


@pytest.mark.parametrize("names", [("left", "top"), ("scaleX", "scaleY"), ("angle", "left")])
def test_lists_instead_of_two_numbers_raise_no_error(names):
    changes = {name: [[1, 2]] for name in names}
    expect_an_image_or_none(drawing({**fabric_path(line(HORIZONTAL)), **changes}))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_damaged_stroke_does_not_affect_the_others():
    damaged = [
        {**fabric_path(line(HORIZONTAL)), "path": value} for value in (None, "MLQ", [["L"]], [])
    ]
    ink = ink_of(drawing(*damaged, fabric_path(line(HORIZONTAL)), None, 5, "x", []))
    np.testing.assert_array_equal(ink, ink_of(drawing(fabric_path(line(HORIZONTAL)))))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "path",
    [
        [],
        [[]],
        [None],
        [5],
        ["M"],
        [["Z"]],
        [["M"]],
        [["M", 1]],
        [["M", 1, 2, 3]],
        [["M", "a", "b"]],
        [["M", None, None]],
        [["M", [1, 2], [3, 4]]],
        [["M", 10**400, 5]],
        [["M", float("nan"), 5], ["L", 1, 1]],
        [["M", float("inf"), 5], ["L", 1, 1]],
        [["M", 1e308, -1e308], ["L", -1e308, 1e308]],
        [["Q", 1, 2, 3, 4]],
        [["M", 1, 2], ["Q", 3, 4]],
        [["M", 1, 2], ["L"]],
        [["M", 1, 2], ["C", 1, 2, 3, 4, 5, 6]],
        [[["M"], 1, 2], [{}, 3, 4]],
        {"M": 1},
    ],
    ids=lambda path: json.dumps(path)[:30],
)
def test_an_invalid_path_raises_no_error(path):
    expect_an_image_or_none(drawing({**fabric_path(line(HORIZONTAL)), "path": path}))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(json_values | st.builds(lambda objects: {"objects": objects}, st.lists(json_values)))
def test_any_drawing_raises_no_error(value):
    expect_an_image_or_none(value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(["path", "left", "top", "scaleX", "scaleY", "angle", "strokeWidth"]),
        json_values | st.lists(st.lists(json_values)),
    )
)
def test_any_value_in_a_stroke_raises_no_error(changes):
    expect_an_image_or_none(drawing({**fabric_path(line(HORIZONTAL)), **changes}))
