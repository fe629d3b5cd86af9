"""Whatever a browser sends, in any shape, is read or left out; nothing else is raised.

Of canvases 1,800 cases, of the editor of networks 600, of the other components 2,400: 4,800 in all.
"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn.detection.digits import classify_digits
from cnn.networks.drafts import describe_draft, draft_rows, read_rows
from cnn.networks.starting_points import NOTEBOOK
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.segmentation import find_digits
from cnn.preprocessing.stroke_code import decode_strokes, encode_strokes
from cnn.preprocessing.strokes import read_strokes, render_strokes
from tests.unit.fuzz.values import ANY_JSON, DEEP, DEEP_OBJECT, SCALARS, SENT, changed
from ui.explore import browser_choice, picture_picker
from ui.state import messages, session
from ui.state.messages import is_name, is_number, selected_marks, selected_rows, sent_number
from ui.widgets.drawing_message import MAX_COMMANDS, readable_strokes, sent_drawing

NUMBERS = st.floats() | st.integers(-300, 600) | st.sampled_from([1e308, -1e308, 10**400, True])
COMMANDS = st.one_of(
    st.tuples(st.sampled_from("MLQCZ"), *[NUMBERS] * 2).map(list),
    st.tuples(st.just("Q"), *[NUMBERS] * 4).map(list),
    st.lists(SCALARS, max_size=8),
    ANY_JSON,
)
STROKE = {
    "type": "Path",
    "path": [["M", 50, 60], ["Q", 70, 80, 90, 100], ["L", 120, 40]],
    "left": 3.5,
    "top": 4,
    "stroke": "#ffffff",
    "strokeWidth": 20,
    "fill": None,
}
OBJECTS = st.one_of(
    st.just(STROKE),
    changed(STROKE),
    st.builds(
        lambda path, width: {**STROKE, "path": path, "strokeWidth": width},
        st.lists(COMMANDS, max_size=6),
        NUMBERS | SCALARS,
    ),
    SENT,
)
DRAWINGS = st.one_of(
    SENT,
    st.builds(lambda objects: {"objects": objects}, st.lists(OBJECTS, max_size=4) | SENT),
    st.builds(lambda objects, mark: {"objects": objects, "overlay": mark}, SENT, SENT),
)
# The value of the canvas's widget, which the package wraps in these.
VALUES = st.one_of(
    SENT,
    st.builds(lambda drawing: {"drawing": drawing}, SENT),
    st.builds(lambda raw: {"drawing": {"raw": raw}}, DRAWINGS),
)


def expect_sendable(values) -> None:
    """`values` can be sent to a browser: JSON's numbers, and texts in UTF-8."""
    json.dumps(values, allow_nan=False, ensure_ascii=False).encode()


@pytest.fixture(autouse=True, scope="module")
def state():
    """A session without a page."""
    with pytest.MonkeyPatch.context() as patch:
        values: dict = {}
        patch.setattr(session.st, "session_state", values)
        yield values


# Canvases


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=1000)
@given(value=VALUES)
def test_any_drawing_is_normalized_or_left_out(value):
    objects, _ = readable_strokes(sent_drawing(value).get("objects"))
    expect_sendable(objects)
    assert sum(len(each["path"]) for each in objects) <= MAX_COMMANDS
    strokes = read_strokes({"objects": objects})
    assert render_strokes(strokes).shape == (280, 280)
    normalized = normalize_strokes(strokes)
    assert normalized is None or normalized.image.shape == (28, 28)
    if code := encode_strokes(strokes):
        assert decode_strokes(code)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=800)
@given(value=VALUES)
def test_any_drawing_on_the_wide_canvas_has_digits_or_none(value):
    strokes = read_strokes({"objects": readable_strokes(sent_drawing(value).get("objects"))[0]})

    def classify(images):
        return np.full((len(images), 10), 0.1)

    for each in classify_digits(find_digits(strokes, 700, 220), classify, 0.5):
        assert each.normalized.image.shape == (28, 28)


def test_what_the_canvas_sends_is_kept_as_it_is():
    objects = [{**STROKE, "scaleX": 1, "version": "6.0", "strokeUniform": False}]
    assert readable_strokes(objects) == (objects, True)


def test_a_drawing_that_is_too_long_loses_its_last_strokes_only():
    long = {**STROKE, "path": [["M", 1, 2]] * (MAX_COMMANDS - 3)}
    assert readable_strokes([STROKE, long, STROKE]) == ([STROKE, long], False)
    assert readable_strokes([STROKE, long]) == ([STROKE, long], True)


# The other components


@settings(max_examples=600)
@given(value=SENT, count=st.integers(0, 20))
def test_a_number_is_one_of_those_that_there_are_or_none(value, count):
    number = sent_number(value, count)
    assert number is None or (number in range(count) and type(number) is int)
    assert is_number(value, count) == (number is not None)
    if is_name(value):
        value.encode()


SELECTION = {"selection": {"rows": [0, 2], "columns": [], "cells": []}}
GROUP = {"series_index": 0, "data_indices": [0, 1]}


@settings(max_examples=600)
@given(
    value=SENT
    | st.builds(lambda rows: {"selection": {"rows": rows}}, st.lists(SCALARS) | SENT)
    | st.builds(lambda rows: {"selection": rows}, SENT)
)
def test_selected_rows_are_rows_of_the_table(value):
    rows = selected_rows(value, 3)
    assert set(rows) <= {0, 1, 2} and len(set(rows)) == len(rows)


@settings(max_examples=600)
@given(
    value=SENT
    | st.builds(
        lambda groups: {"selection": {"selected": groups}},
        st.lists(changed(GROUP) | SENT, max_size=3) | SENT,
    )
)
def test_selected_marks_are_pairs_of_whole_numbers(value):
    for series, index in selected_marks(value):
        assert series >= 0 <= index
        assert type(series) is type(index) is int


def test_what_a_table_or_a_chart_sends_is_read():
    assert selected_rows(SELECTION, 3) == [0, 2]
    assert selected_rows(SELECTION, 2) == [0]
    groups = [GROUP, {"series_index": 2, "data_indices": [7]}]
    assert selected_marks({"selection": {"selected": groups}}) == [(0, 0), (0, 1), (2, 7)]


CHOICE = {"number": 3, "layer": "conv_1", "map": 2, "picture": 5, "class": 1, "step": "next"}


@settings(max_examples=600)
@given(choice=SENT | changed(CHOICE), key=st.sampled_from(["layers", "picker"]))
def test_any_choice_on_explore_is_taken_or_left_out(state, choice, key):
    state.clear()
    state["picture"] = "test-3"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(browser_choice, "widget_value", lambda key: SimpleNamespace(choice=choice))
        if key == "layers":
            browser_choice.open_chosen("layers_lens")
        else:
            picture_picker.take_choice(session.TrainingConfig().dataset)
    expect_sendable({each.name: each.get() for each in (session.LAYER, session.MAP)})
    assert session.PICTURE.get().startswith("test-")
    assert session.CHOICE_NUMBER.get() in range(10**9)


# The editor of networks

ROW = {"id": "p1-0", "kind": "Conv2D", "texts": {"filters": "3", "kernel_size": "3"}}


@settings(max_examples=600)
@given(values=SENT | st.lists(changed(ROW) | SENT, max_size=5))
def test_any_rows_are_described_and_can_be_sent_back(values):
    rows = read_rows(values)
    expect_sendable([[each.id, each.kind, dict(each.texts)] for each in rows])
    described = describe_draft(rows)
    assert len(described.network.rows) == len(rows)
    described.problem.encode()


def test_the_deepest_message_is_left_out():
    assert readable_strokes(DEEP) == ([], True)
    assert sent_drawing({"drawing": DEEP_OBJECT}) == {}
    assert selected_rows(DEEP_OBJECT, 3) == read_rows(DEEP) == () or not read_rows(DEEP)
    assert messages.selected_marks(DEEP_OBJECT) == []
    assert draft_rows(NOTEBOOK)
