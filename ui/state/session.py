"""All that is kept in `st.session_state`: one constant for each key, or family of keys.

Widgets whose value is only taken from their call are not listed. A widget that others read or set
has a key from here: `st.slider(…, BRUSH.default, key=BRUSH.name)`.
"""

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)
class Key(Generic[T]):
    """A value of the visitor's session: `name` is its key, `default` what it is until it is set."""

    name: str
    default: T

    def get(self) -> T:
        """The value, or the default."""
        return st.session_state.get(self.name, self.default)

    def set(self, value: T) -> None:
        """Keep `value`."""
        st.session_state[self.name] = value

    def pop(self) -> T:
        """Return the value, or the default, which it is again from now on."""
        return st.session_state.pop(self.name, self.default)

    def is_set(self) -> bool:
        """Whether there is a value; for a widget, whether it was there in the run before."""
        return self.name in st.session_state

    def of(self, member: str) -> "Key[T]":
        """The key of a member of this family: `name_member`."""
        return replace(self, name=f"{self.name}_{member}")


def widget_value(key: str) -> Any:
    """What the widget `key` is set to, for its callback; None if it is gone."""
    return st.session_state.get(key)


# Chosen for all pages and shown in their address
RUN = Key[str | None]("run", None)  # id of the network's run
EPOCH = Key[str | None]("epoch", None)  # of that run; its last one by default
PICTURE = Key[str | None]("picture", None)  # a `ChosenPicture.address`
COMPARED = Key[str | None]("compare", None)  # ids of the selected runs, with commas; Compare only
ADDRESS = Key[dict[str, str]]("address", {})  # the query parameters that this session wrote
PICKS = Key[int]("picks", 0)  # how often something was chosen, see `widget_key`
APP_RAN = Key[bool]("app_ran", False)  # app.py has run, see `open_page`
VISITOR = Key[str | None]("visitor", None)  # the cookie's random name
KNOWN_WIDTH = Key[int | None]("known_width", None)  # of the browser's window, in pixels
PROBLEM = Key[str | None]("problem", None)  # what went wrong in a callback
ASKED = Key[bool]("asked", False)  # family: the button was clicked just now

# Train and Compare
STARTED = Key[str | None]("started", None)  # id of the run that was started last
WATCHED = Key[str | None]("watched", None)  # id of the run that Train shows
SWEEP = Key[str | None]("sweep", None)  # id of the learning-rate sweep that is shown
SETTING = Key[Any]("setting", None)  # family, widgets: the form's fields, by setting
CONFUSION_CELL = Key[tuple[int, int] | None]("confusion_cell", None)  # family, widgets: by run
LISTED_RUNS = Key[tuple[tuple[str, ...], int]]("listed_runs", ((), 0))  # table's ids, version
JUST_SELECTED = Key[bool]("just_selected", False)  # a row was ticked just now
NAME_OF = Key[str]("name_of", "")  # family, widgets: a run's name, by its id
DELETED_RUNS = Key[list]("deleted_runs", [])  # (title, path in the trash) of each

# Explore
LAYER = Key[str | None]("layer", None)  # name of the opened layer
CLASS = Key[int | str]("class_widget", "any")  # widget: of the test digits to go through
KEPT_PICTURE = Key[str | None]("kept_picture", None)  # address of the last drawing or upload
CUSTOM_KERNEL = Key[str]("custom_kernel", "")  # widget: the kernel as text
CUSTOM_KERNEL_START = Key[str]("custom_kernel_start", "")  # widget: the example to begin with

# Draw; the families are by canvas, "drawing" or "number"
BRUSH = Key[int]("brush", 20)  # widget: width in pixels, for one digit
NUMBER_BRUSH = Key[int]("number_brush", 12)  # widget: the same for a number
CANVAS = Key[Any]("canvas", None)  # family, widgets: the canvas itself
DRAWN = Key[dict[str, Any]]("kept", {"objects": []})  # family: strokes, as Fabric.js has them
PUT = Key[dict[str, Any]]("put", DRAWN.default)  # family: what the canvas was given to show
CHANGED = Key[bool]("changed", False)  # family: a stroke was drawn just now
CLEARED = Key[dict[str, Any] | None]("cleared", None)  # family: what *Clear* took away
UPLOAD = Key[Any]("upload", None)  # widget: the file
UPLOAD_WORDS = Key[tuple[str, str]]("upload_words", ("", ""))  # ("note" or "error", sentence)
KEPT_UPLOAD = Key[tuple]("kept_upload", (None, None))  # the upload's (ink, NormalizedDigit)
JUST_TOLD = Key[bool]("just_told", False)  # a correction was made just now
CORRECTION_WORDS = Key[tuple | None]("correction_words", None)  # (picture, kind, sentence)
DELETED_CORRECTIONS = Key[list]("deleted_corrections", [])  # what can be brought back
TAUGHT = Key[str | None]("taught", None)  # id of the run that learns the corrections
