import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.data.glyphs import DIGIT_FORMS
from cnn.data.synthetic_digits import synthesize_glyph
from cnn.preprocessing.segmentation import find_digits
from cnn.preprocessing.stroke_code import MAX_CODE_LENGTH, decode_strokes, encode_strokes
from cnn.preprocessing.strokes import Stroke

CORNERS = st.lists(st.tuples(st.integers(-20, 720), st.integers(-20, 240)), min_size=1, max_size=20)
DRAWINGS = st.lists(st.tuples(CORNERS, st.integers(1, 40)), min_size=1, max_size=6)


def distance(point, line):
    """From a point to a line of points, segment by segment."""
    if len(line) == 1:
        return np.hypot(*(point - line[0]))
    a, b = line[:-1], line[1:]
    along = ((point - a) * (b - a)).sum(axis=1) / np.maximum(((b - a) ** 2).sum(axis=1), 1e-9)
    return np.hypot(*(a + along.clip(0, 1)[:, None] * (b - a) - point).T).min()


@given(DRAWINGS)
def test_decoded_strokes_are_within_three_pixels_of_the_drawn_ones(drawing):
    strokes = [Stroke(np.array(corners, float), width) for corners, width in drawing]
    decoded = decode_strokes(encode_strokes(strokes))
    assert [each.width for each in decoded] == [width for _, width in drawing]
    for stroke, other in zip(strokes, decoded, strict=True):
        assert max(distance(point, other.points) for point in stroke.points) <= 3


def test_a_straight_line_needs_two_points():
    line = Stroke(np.linspace((10, 20), (10, 200), 60), 12)
    [decoded] = decode_strokes(encode_strokes([line]))
    np.testing.assert_array_equal(decoded.points, [[10, 20], [10, 200]])


def test_a_number_of_six_digits_fits_and_its_digits_are_found_alike():
    rng = np.random.default_rng(0)
    forms = [form for forms in DIGIT_FORMS.values() for _, form in forms]
    strokes = [
        Stroke(line + np.array([110 * place, 60]), 12)
        for place in range(6)
        for line in synthesize_glyph(forms[place], rng, sloppiness=0.5)
    ]
    code = encode_strokes(strokes)
    assert len(code) < 700
    before, after = (
        [each.box for each in find_digits(some, 700, 220)]
        for some in (strokes, decode_strokes(code))
    )
    assert len(before) == 6
    np.testing.assert_allclose(after, before, atol=2)


def test_nothing_and_too_much_have_no_code():
    assert encode_strokes([]) is None
    rng = np.random.default_rng(0)
    assert encode_strokes([Stroke(rng.uniform(0, 700, (3000, 2)), 12)]) is None


BOMB = base64.urlsafe_b64encode(zlib.compress(bytes(10**8), 9)[:1000]).decode()
ENDLESS = base64.urlsafe_b64encode(zlib.compress(b"\x0c\xff\xff\xff\xff\x7f\x02\x02")).decode()
FAR = base64.urlsafe_b64encode(zlib.compress(b"\x0c\x01\xff\xff\x7f\x02")).decode()
HUGE = base64.urlsafe_b64encode(zlib.compress(b"\x0c\x01" + b"\xff" * 500 + b"\x01\x02")).decode()


@pytest.mark.parametrize(
    "code",
    ["", "x", "eNo", "ä", "!!!!", "AAAA", BOMB, ENDLESS, FAR, HUGE, "A" * (MAX_CODE_LENGTH + 1)],
)
def test_a_damaged_code_raises_value_error(code):
    with pytest.raises(ValueError, match="damaged"):
        decode_strokes(code)


@given(st.binary(max_size=200))
def test_any_bytes_are_strokes_or_raise_value_error(data):
    try:
        strokes = decode_strokes(base64.urlsafe_b64encode(zlib.compress(data)).decode())
    except ValueError:
        return
    assert all(np.isfinite(each.points).all() and len(each.points) for each in strokes)
