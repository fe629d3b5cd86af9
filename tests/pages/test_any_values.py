"""Pages with anything in their addresses, and with any values of their widgets, in any order.

48 addresses and 48 sequences of up to five values: an answer or a sentence, and no exception.
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


def value_for(widget: Any, number: int, text: str) -> Any:
    """A value that the browser may send for `widget`, made of a number and a text."""
    kind = type(widget).__name__
    if kind in ("Checkbox", "Toggle"):
        return bool(number % 2)
    if kind == "NumberInput":
        return number - 5 if isinstance(widget.value, int) else (number - 5) / 7
    if kind == "Slider":
        low, high = int(widget.min), int(widget.max)
        return low + number % (high - low + 1)
    if not hasattr(widget, "options"):
        return text
    options = list(widget.options)
    if kind == "Multiselect":
        return [each for i, each in enumerate(options) if number >> i & 1][:3]
    return options[number % len(options)] if options else None


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


# What is changed does not depend on what is on the page, which earlier cases may have changed.
CHANGES = st.tuples(st.integers(0, 99), st.integers(0, 10**6), TEXTS)


@pytest.mark.parametrize("page", ALL_PAGES)
@settings(CASES, max_examples=6)
@given(runs_of_page=st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=2, max_size=5))
def test_any_values_of_widgets_are_taken_or_get_sentences(page, runs_of_page):
    app = open_page(page)
    for changes in runs_of_page:
        widgets = widgets_of(app)
        for place, number, text in changes:
            widget = widgets[place % len(widgets)]
            if type(widget).__name__ == "Button":
                widget.click()
            else:
                widget.set_value(value_for(widget, number, text))
        app.run()
        expect_sentences(app)
