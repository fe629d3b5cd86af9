"""Pages with anything in their addresses, and with any values of their widgets, in any order.

48 addresses and 24 sequences of up to five values: an answer or a sentence, and no exception.
"""

import re
import shutil
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cnn.runs.run import NOTEBOOK_PATH
from tests.pages.test_pages import PAGES, open_page
from ui.state.session import (
    CHOSEN,
    COMPARED,
    DATA,
    DATA_VIEW,
    EXPERIMENT,
    EXPLORED,
    FORM,
    MODE,
    NUMBER,
    SETTINGS,
    TABLE,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("locks", "only_shipped")]

ALL_PAGES = (*PAGES, "compare")
KEYS = {
    "explore": EXPLORED,
    "compare": (COMPARED, EXPERIMENT, DATA, *FORM, *TABLE),
    "train": (DATA, *SETTINGS.values()),
    "draw": (MODE, NUMBER),
    "data": (DATA, DATA_VIEW),
}
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(-2, 70_000).map(str),
    st.sampled_from(["", "notebook", "pretrained", "../..", "number", "max", "Layers", "None"]),
    st.sampled_from(["9" * 5000, "a" * 3000, "１", "test-3", "test-99999", "drawing-eNp", "<b>x"]),
    st.sampled_from(["Pooling", "Custom kernel", "sum", "drawing", "Conv2D(3)", "nan", "1e400"]),
)
# No shrinking: a page takes a second.
CASES = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# They compute for long, and leave the page.
LEFT_OUT = re.compile("Measure|Start|Find|Fine-tune|Train|Check|Race|Detect|Compare")


@pytest.fixture
def only_shipped(runs):
    """One more network than those that ship."""
    shutil.copytree(NOTEBOOK_PATH, runs / "mine")


def expect_sentences(app: AppTest) -> None:
    assert not app.exception, app.exception
    for each in app.error:
        assert each.value.rstrip().endswith((".", "?")), each.value
        assert "Traceback" not in each.value and len(each.value) < 3000


@pytest.mark.parametrize("page", ALL_PAGES)
@settings(CASES, max_examples=6)
@given(data=st.data())
def test_any_address_is_shown_or_gets_sentences(page, data):
    names = [each.name for each in (*CHOSEN, *KEYS.get(page, ()))]
    address = data.draw(st.dictionaries(st.sampled_from(names), TEXTS, min_size=1, max_size=4))
    app = open_page(page, **address)
    expect_sentences(app)
    app.run()
    expect_sentences(app)


def values_of(widget: Any) -> st.SearchStrategy:
    """Values that the browser may send for a widget."""
    kind = type(widget).__name__
    if kind in ("Selectbox", "Radio"):
        return st.sampled_from(widget.options) if widget.options else st.none()
    if kind in ("ButtonGroup", "SegmentedControl", "Pills"):
        return st.sampled_from(widget.options)
    if kind == "Multiselect":
        return st.lists(st.sampled_from(widget.options), max_size=3, unique=True)
    if kind in ("Checkbox", "Toggle"):
        return st.booleans()
    if kind == "NumberInput":
        whole = isinstance(widget.value, int)
        return st.integers(-5, 10**7) if whole else st.floats(-5, 1e9, allow_nan=False)
    if kind == "Slider":
        return st.integers(int(widget.min), int(widget.max))
    return TEXTS


def widgets_of(app: AppTest) -> list[Any]:
    kinds = ("selectbox", "radio", "multiselect", "checkbox", "toggle", "number_input", "slider")
    kinds += ("text_input", "text_area", "segmented_control", "pills", "button")
    found = [each for kind in kinds for each in getattr(app, kind, ())]
    return [
        each
        for each in found
        if not getattr(each, "disabled", False)
        and not (type(each).__name__ == "Button" and LEFT_OUT.search(each.label))
        and not (type(each).__name__ == "Slider" and not isinstance(each.value, int))
    ]


@pytest.mark.parametrize("page", ALL_PAGES)
@settings(CASES, max_examples=3)
@given(data=st.data())
def test_any_values_of_widgets_are_taken_or_get_sentences(page, data):
    app = open_page(page)
    for _ in range(data.draw(st.integers(2, 5))):
        widgets = widgets_of(app)
        for place in data.draw(st.sets(st.integers(0, len(widgets) - 1), min_size=1, max_size=3)):
            widget = widgets[place]
            if type(widget).__name__ == "Button":
                widget.click()
            else:
                widget.set_value(data.draw(values_of(widget)))
        app.run()
        expect_sentences(app)
