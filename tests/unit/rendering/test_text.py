"""Numbers as text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.rendering.text import percent, probability_text


@given(st.floats(0, 1))
def test_a_probability_is_never_written_as_certain_or_impossible(probability):
    text = probability_text(np.float32(probability))
    assert text not in ("100.0 %", "0.0 %")
    assert text in ("> 99.9 %", "< 0.1 %") or abs(float(text[:-2]) - 100 * probability) < 0.051


@pytest.mark.parametrize(
    ("share", "places", "text"),
    [
        (1.0, 2, "100.00 %"),
        (0.99996, 2, "> 99.99 %"),
        (0.0, 1, "0.0 %"),
        (0.0002, 1, "< 0.1 %"),
        (0.995, 1, "99.5 %"),
        (0.5, 0, "50 %"),
    ],
)
def test_a_share_is_exact_only_if_it_is_all_or_nothing(share, places, text):
    assert percent(share, places) == text
