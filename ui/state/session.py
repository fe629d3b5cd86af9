"""The keys of `st.session_state`: one constant for each key, or family of keys.

A widget is listed only if its value is read or set outside of its own call:
`st.slider(…, BRUSH.default, key=BRUSH.name)`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from cnn.preprocessing.stroke_code import decode_strokes

T = TypeVar("T")


@dataclass(frozen=True)
class Key(Generic[T]):
    """A value in the visitor's session, `default` until it is set.

    read: the function from a text in a page's address to the value; raises ValueError.
    """

    name: str
    default: T
    read: Callable[[str], Any] = str

    def get(self) -> T:
        """Return the value, or the default."""
        return st.session_state.get(self.name, self.default)

    def set(self, value: T) -> None:
        """Set the value."""
        st.session_state[self.name] = value

    def pop(self) -> T:
        """Return the value, or the default, and reset it to the default."""
        return st.session_state.pop(self.name, self.default)

    def is_set(self) -> bool:
        """Return whether there is a value; for a widget, whether the previous run showed it."""
        return self.name in st.session_state

    def of(self, member: str) -> "Key[T]":
        """Return the key of a member of this family: `name_member`."""
        return replace(self, name=f"{self.name}_{member}")


def widget_value(key: str) -> Any:
    """Return the value of the widget `key`, for its callback; None if it is gone."""
    return st.session_state.get(key)


def one_of(*values: str) -> Callable[[str], str]:
    """Return a function for `Key.read`, which raises ValueError for any other text."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"{text!r} is not one of {values}.")
        return text

    return read


def _checked_strokes(code: str) -> str:
    decode_strokes(code)
    return code


# All pages
RUN = Key[str | None]("run", None)  # id of the chosen network's run
EPOCH = Key[str | None]("epoch", None)  # of that run; by default its last
PICTURE = Key[str | None]("picture", None)  # a `ChosenPicture.address`
CHOSEN = (RUN, EPOCH, PICTURE)  # what the address of every page has
COMPARED = Key[str | None]("compare", None)  # selected runs: ids, comma-separated
WIDGET_VERSION = Key[int]("widget_version", 0)  # see `selection.widget_key`
APP_RAN = Key[bool]("app_ran", False)  # whether app.py has run, see `open_page`
VISITOR = Key[str | None]("visitor", None)  # random name, as in the cookie
WINDOW_WIDTH = Key[int | None]("known_width", None)  # of the browser, in pixels
PROBLEM = Key[str | None]("problem", None)  # error message of a callback
ASKED = Key[bool]("asked", False)  # family: whether the button was just clicked, or asks

# Train and Compare
STARTED = Key[str | None]("started", None)  # id of the last run started here
WATCHED = Key[str | None]("watched", None)  # id of the run on the Train page
SWEEP = Key[str | None]("sweep", None)  # id of the shown learning rate sweep
SETTING = Key[Any]("setting", None)  # family of widgets: the form's fields, by setting
CONFUSION_CELL = Key[tuple[int, int] | None]("confusion_cell", None)  # family of widgets: by run
LISTED_RUNS = Key[tuple[tuple[str, ...], int]]("listed_runs", ((), 0))  # ids in the table, version
JUST_SELECTED = Key[bool]("just_selected", False)  # whether a row was just selected
NAME_OF = Key[str]("name_of", "")  # family of widgets: run names, by id
DELETED_RUNS = Key[list]("deleted_runs", [])  # (title, path in the trash)

# Explore
LAYER = Key[str | None]("layer", None)  # name of the opened layer
CLASS = Key[int | str]("class_widget", "any")  # widget: class of the test digits to browse
KEPT_PICTURE = Key[str | None]("kept_picture", None)  # address of the last drawing or upload
CUSTOM_KERNEL = Key[str]("custom_kernel", "")  # widget: the kernel as text
CUSTOM_KERNEL_START = Key[str]("custom_kernel_start", "")  # widget: the example to begin with

# Draw; the families are by canvas, "drawing" or "number"
MODES = ("digit", "number")
MODE = Key[str]("mode", MODES[0], one_of(*MODES))
NUMBER = Key[str | None]("number", None, _checked_strokes)  # code of the strokes, in that mode
SHOWN = Key[str | None]("shown", None)  # family: what the canvas shows, as in the address
BRUSH = Key[int]("brush", 20)  # widget: width in pixels, for one digit
NUMBER_BRUSH = Key[int]("number_brush", 12)  # widget: the same for a number
CANVAS = Key[Any]("canvas", None)  # family of widgets: the canvas itself
DRAWN = Key[dict[str, Any]]("kept", {"objects": []})  # family: strokes, as Fabric.js objects
PUT = Key[dict[str, Any]]("put", DRAWN.default)  # family: `initial_drawing` of the canvas
CHANGED = Key[bool]("changed", False)  # family: whether *Undo* or *Clear* just changed it
CLEARED = Key[dict[str, Any] | None]("cleared", None)  # family: strokes before *Clear*
UPLOAD = Key[Any]("upload", None)  # widget: the file
UPLOAD_MESSAGE = Key[tuple[str, str]]("upload_message", ("", ""))  # "note" or "error", text
KEPT_UPLOAD = Key[tuple]("kept_upload", (None, None, ""))  # a `DigitInput` without its picture
DRAWINGS = Key[dict[str | None, dict[str, Any]]]("drawings", {})  # as DRAWN, by address
CORRECTION_ADDED = Key[bool]("correction_added", False)  # whether one was just added
CORRECTION_MESSAGE = Key[tuple[str, str, str]](  # picture's address; "note" or "error", text
    "correction_message", ("", "", "")
)
DELETED_CORRECTIONS = Key[list]("deleted_corrections", [])  # what can be restored
FINE_TUNED = Key[str | None]("fine_tuned", None)  # id of the run fine-tuned here
