"""The keys of `st.session_state`: one constant for each key, or family of keys.

A widget is listed only if its value is read or set outside of its own call:
`st.slider(…, BRUSH.default, key=BRUSH.name)`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from cnn.arithmetic.convolution import EXAMPLE_KERNELS, format_kernel, parse_kernel
from cnn.arithmetic.perturbation import PERTURBATIONS
from cnn.arithmetic.pooling import PADDINGS
from cnn.config import BOUNDS, POOLINGS, PRESETS, TrainingConfig, parse_setting
from cnn.constants import HELD_OUT_DIGITS, TRAINING_IMAGES
from cnn.datasets.bounds import MAX_PICTURES
from cnn.datasets.catalog import is_dataset_id
from cnn.datasets.dataset import MNIST
from cnn.jobs.experiments import MOST_SEEDS
from cnn.jobs.experiments import SETTINGS as VARIED_SETTINGS
from cnn.preprocessing.stroke_code import decode_strokes
from cnn.runs.catalog import ORDERS
from cnn.runs.state import STATES

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

    def start(self, value: T | None = None) -> None:
        """Set `value`, or the default, if nothing is set: for a widget without a default."""
        if not self.is_set():
            self.set(self.default if value is None else value)

    def of(self, member: str) -> "Key[T]":
        """Return the key of a member of this family: `name_member`."""
        return replace(self, name=f"{self.name}_{member}")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return the function from the digits of a number, `low` to `high`, to it, for `Key.read`."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        if not (is_number and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    return read


def widget_value(key: str) -> Any:
    """Return the value of the widget `key`, for its callback; None if it is gone."""
    return st.session_state.get(key)


def one_of(*options: T) -> Callable[[str], T]:
    """Return the function from the text of one of `options` to it; raises ValueError for others."""

    def read(text: str) -> T:
        for option in options:
            if text == str(option):
                return option
        raise ValueError(text)

    return read


def read_kernel(text: str) -> str:
    """Return `text` if it is a kernel; raises ValueError if it is not."""
    parse_kernel(text)
    return text


def _checked_dataset(dataset_id: str) -> str:
    if not is_dataset_id(dataset_id):
        raise ValueError(dataset_id)
    return dataset_id


def _checked_limit(text: str) -> int:
    """Read a number of training pictures; those of own data are known to the form alone."""
    low, high = BOUNDS["limit"].low, TRAINING_IMAGES - HELD_OUT_DIGITS
    own = DATA.get() != DATA.default
    return whole_number(1 if own else low, MAX_PICTURES if own else high)(text)


def _checked_strokes(code: str) -> str:
    decode_strokes(code)
    return code


# All pages
RUN = Key[str | None]("run", None)  # id of the chosen network's run
EPOCH = Key[str | None]("epoch", None)  # of that run; by default its last
PICTURE = Key[str | None]("picture", None)  # a `ChosenPicture.address`
LESSON = Key[str | None]("lesson", None)  # name of the step of the lesson
LECTURE = Key[str | None]("view", None, one_of("lecture"))
CHOSEN = (RUN, EPOCH, PICTURE, LESSON, LECTURE)  # what the address of every page has
LESSON_DONE = Key[tuple[str, ...] | None]("lesson_done", None)  # names of the steps that are done
LESSON_MOVED = Key[bool]("lesson_moved", False)  # whether a button has just opened a step
LESSON_ANSWER = Key[str | None]("lesson_answer", None)  # family of widgets: by step
COMPARED = Key[str | None]("compare", None)  # selected runs: ids, comma-separated
PAGE_CHOICES = Key[dict[str, dict[str, str]]](  # by title: what each page's address last had
    "page_choices", {}
)
WIDGET_VERSION = Key[int]("widget_version", 0)  # see `selection.widget_key`
APP_RAN = Key[bool]("app_ran", False)  # whether app.py has run, see `open_page`
VISITOR = Key[str | None]("visitor", None)  # random name, as in the cookie
TEACHER = Key[str | None]("teacher", None)  # the signature of `ui.state.teacher`; "": none
PAGE_WIDTH = Key[int | None]("known_width", None)  # in pixels: of the wide canvas
PROBLEM = Key[str | None]("problem", None)  # error message of a callback
ASKED = Key[bool]("asked", False)  # family: whether the button was just clicked, or asks

# Compare
COMPARE_VIEW = Key[str]("show", "runs", one_of("runs", "experiments"))
EXPERIMENT = Key[str | None]("experiment", None)  # id of the shown one; by default the newest
EXPERIMENTS = Key[tuple[str, ...]]("experiments", ())  # ids of those started in this session
STARTED_EXPERIMENT = Key[str | None]("started_experiment", None)  # id, until its end was shown
RUNS_TEXT = Key[str]("runs_text", "")  # filter of the table
RUNS_PRESET = Key[str | None]("runs_preset", None, one_of(*PRESETS))
RUNS_POOLING = Key[str | None]("runs_pooling", None, one_of(*POOLINGS))
RUNS_STATUS = Key[str | None]("runs_status", None, one_of(*STATES))
RUNS_OWNER = Key[str | None]("runs_owner", None, one_of("mine"))
RUNS_ORDER = Key[str]("runs_order", "newest", one_of(*ORDERS))
CURVES_BY = Key[str]("curves_by", "epoch", one_of("epoch", "seconds"))  # horizontal axis
CURVES_SCALE = Key[str]("curves_scale", "linear", one_of("linear", "logarithmic"))
TABLE = (
    *(RUNS_TEXT, RUNS_PRESET, RUNS_POOLING, RUNS_STATUS, RUNS_OWNER, RUNS_ORDER),
    *(CURVES_BY, CURVES_SCALE),
)
VARY = Key[str]("vary", "pooling", one_of(*VARIED_SETTINGS))  # the form of an experiment
VARY_PRESET = Key[str]("vary_preset", "notebook", one_of(*PRESETS))
VARY_VALUES = Key[str | None]("vary_values", None)  # as text; None: `default_values`
VARY_SEEDS = Key[int]("vary_seeds", 3, whole_number(1, MOST_SEEDS))
VARY_EPOCHS = Key[int | None](  # by default the preset's, as the next
    "vary_epochs", None, whole_number(BOUNDS["epochs"].low, BOUNDS["epochs"].high)
)
VARY_LIMIT = Key[int | None]("vary_limit", None, _checked_limit)
OF_VARIED_DATA = (VARY_VALUES, VARY_EPOCHS, VARY_LIMIT)  # those that depend on the data set
FORM = (VARY, VARY_PRESET, VARY_VALUES, VARY_SEEDS, VARY_EPOCHS, VARY_LIMIT)

# Train and Compare
STARTED = Key[str | None]("started", None)  # id of the last run started here
WATCHED = Key[str | None]("watched", None)  # id of the run on the Train page
KERAS_FILE = Key[Any]("keras_file", None)  # family of widgets: the uploader, by its version
KERAS_UPLOADS = Key[int]("keras_uploads", 0)  # its version: how many files became runs
KERAS_PROBLEMS = Key[tuple[str, tuple[str, ...]]](  # the file's id, and what is wrong with it
    "keras_problems", ("", ())
)
SWEEP = Key[str | None]("sweep", None)  # id of the shown learning rate sweep
MORE_SETTINGS = ("optimizer", "schedule", "weight_decay", "dropout", "augmentation", "validation")
OF_PRESET = (*BOUNDS, *MORE_SETTINGS)  # those of which each preset has its own value
SETTINGS = {  # the form's choices by setting; None if it is the preset's
    name: Key[Any](
        name,
        None if name in OF_PRESET else getattr(TrainingConfig(), name),
        partial(parse_setting, name),
    )
    for name in ("preset", "network", "pooling", *BOUNDS, "one_thread", "backend", *MORE_SETTINGS)
}
NETWORK_DRAFT = Key[Any]("network_draft", None)  # the `Draft` in the editor
NETWORK_SETTLED = Key[bool]("network_settled", False)  # whether typing has just ended there
NETWORK_EDITOR = Key[Any]("network_editor", None)  # widget: the editor
PASTED_CODE = Key[str]("pasted_code", "")  # widget: Keras code
PASTED_FILE = Key[Any]("pasted_file", None)  # family of widgets: a network's file
TAKEN_OVER = Key[Any]("taken_over", None)  # the `TakenOver` network, or why there is none
SETTINGS_OPEN = Key[bool | None]("settings_open", None)  # None until a training runs
SETTING_SHOWN = Key[tuple[Any, int]]("setting", (None, 0))  # family: a field's value and version
CONFUSION_CELL = Key[tuple[int, int] | None]("confusion_cell", None)  # family of widgets: by run
LISTED_RUNS = Key[tuple[tuple[str, ...], int]]("listed_runs", ((), 0))  # ids in the table, version
JUST_SELECTED = Key[bool]("just_selected", False)  # whether a row was just selected
CLICKED_MARKS = Key[frozenset[str]]("clicked_marks", frozenset())  # family: by chart
NAME_OF = Key[str]("name_of", "")  # family of widgets: run names, by id
NOTE_OF = Key[str]("note_of", "")  # family of widgets: notes of runs, by id
TAGS_OF = Key[list[str]]("tags_of", [])  # family of widgets: tags of runs, by id
OVERWRITTEN_NOTES = Key[tuple | None]("overwritten_notes", None)  # run, its earlier Notes
DELETED_RUNS = Key[list]("deleted_runs", [])  # (title, path in the trash)

# Frameworks
FRAMEWORK_CHECK = Key[Any]("framework_check", None)  # the `Comparison`, if any
FRAMEWORK_RACE = Key[Any]("framework_race", None)

# Data
DATA = Key[str]("data", MNIST.id, _checked_dataset)  # id of the chosen data set
DATA_VIEWS = ("look", "draw", "file")
DATA_VIEW = Key[str]("do", DATA_VIEWS[0], one_of(*DATA_VIEWS))
SAVED_DATASET = Key[str | None]("saved_dataset", None)  # id of the one saved last, until left
DELETED_DATASET = Key[tuple[str, Any] | None]("deleted_dataset", None)  # name, path in the trash
DATASET_NAME = Key[str]("dataset_name", "")  # family of widgets: the name to save or rename by
SHOWN_CLASS = Key[str | None]("shown_class", None)  # family of widgets: by data set
SAMPLE_SEED = Key[int]("sample_seed", 0)  # of the sheet of samples
DATA_FILES = Key[Any]("data_files", None)  # widget: the files to import
DATA_FILES_CHANGED = Key[bool]("data_files_changed", False)  # whether others were just chosen
PROPOSAL = Key[Any]("proposal", None)  # `ui.data.import_files.ReadFiles`
DRAWN_CLASS = Key[str | None]("drawn_class", None)  # name of the class that is drawn
NEW_CLASSES = Key[str]("new_classes", "")  # widget: names to add
RENAMED_CLASS = Key[str]("renamed_class", "")  # family of widgets: by the name before
DELETED_DRAWINGS = Key[list]("deleted_drawings", [])  # what can be restored
DRAWN_DATASET = Key[str | None]("drawn_dataset", None)  # id of the one whose drawings are changed
ADDED = Key[int]("added", 0)  # how often *Add* was pressed, so that the browser knows the answer
DRAW_NOTE = Key[str]("draw_note", "")  # what the last button did, or why not

# Learn
FACE_PICTURE = Key[tuple]("face_picture", (None, None))  # the file's id, and the `Photograph`
FACE_WINDOWS = Key[tuple]("face_windows", (None, None))  # picture and network; its `Windows`

# Explore
WHILE_DRAWING = "While you draw"
EXPLORE_VIEWS = (
    *("Layers", WHILE_DRAWING, "Pooling", "Custom kernel", "Test set", "Compare networks"),
)
EXPLORE_VIEW = Key[str]("tab", EXPLORE_VIEWS[0], one_of(*EXPLORE_VIEWS))  # widget
LAYER = Key[str | None]("layer", None)  # name of the opened layer
# The number of a map or unit of that layer; None: the strongest
MAP = Key[int | None]("map", None, whole_number(0, 99_999))
CLASS = Key[int | None]("test_class", None)  # family, by data set: of the test digits to browse
CHOICE_NUMBER = Key[int]("choice_number", 0)  # of the last choice that was made in the browser
KEPT_PICTURE = Key[str | None]("kept_picture", None)  # address of the last drawing or upload
CUSTOM_KERNEL = Key[str](  # the kernel as text
    "custom_kernel", format_kernel(EXAMPLE_KERNELS["vertical edge"]), read_kernel
)
CUSTOM_STRIDE = Key[int]("custom_stride", 1, one_of(1, 2, 3))  # widget
CUSTOM_PADDING = Key[str]("custom_padding", "valid", one_of(*PADDINGS))  # widget
CUSTOM_RELU = Key[bool]("custom_relu", False, one_of(False, True))  # widget
POINTED_CELLS = Key[bool]("pointed_cells", False)  # whether several cells were pointed at
POOLING_SIZE = Key[int]("pooling_size", 2, one_of(2, 3, 4))  # widget
POOLING_STRIDE = Key[int]("pooling_stride", 0, one_of(0, 1, 2, 3, 4))  # widget; 0: the size
POOLING_PADDING = Key[str]("pooling_padding", "valid", one_of(*PADDINGS))  # widget
PERTURBATION = Key[str](  # widget: a title
    "perturbation", PERTURBATIONS[0].title, one_of(*(each.title for each in PERTURBATIONS))
)
AMOUNT = Key[int | None](  # of the perturbation; None: its default
    "amount", None, one_of(*{amount for each in PERTURBATIONS for amount in each.amounts})
)
OTHER = Key[str | None]("other", None)  # id of the run to compare with; None: the same
OTHER_EPOCH = Key[int | None]("other_epoch", None, whole_number(0, 99_999))
EXPLORED = (  # what Explore's address has besides CHOSEN
    *(EXPLORE_VIEW, LAYER, MAP, CUSTOM_KERNEL, CUSTOM_STRIDE, CUSTOM_PADDING, CUSTOM_RELU),
    *(POOLING_SIZE, POOLING_STRIDE, POOLING_PADDING, PERTURBATION, AMOUNT, OTHER, OTHER_EPOCH),
)

# Draw; the families are by canvas, "drawing" or "number"
MODES = ("digit", "number")
MODE = Key[str]("mode", MODES[0], one_of(*MODES))
NUMBER = Key[str | None]("number", None, _checked_strokes)  # code of the strokes, in that mode
SHOWN = Key[str | None]("shown", None)  # family: what the canvas shows, as in the address
BRUSH = Key[int]("brush", 20)  # widget: width in pixels, for one digit
NUMBER_WIDTH = Key[int | None]("number_width", None)  # of the canvas that a link was put on
NUMBER_BRUSH = Key[int]("number_brush", 12)  # widget: the same for a number
CANVAS = Key[Any]("canvas", None)  # family of widgets: the canvas itself
DRAWN = Key[dict[str, Any]]("kept", {"objects": []})  # family: strokes, as Fabric.js objects
PUT = Key[dict[str, Any]]("put", DRAWN.default)  # family: `initial_drawing` of the canvas
CHANGED = Key[bool]("changed", False)  # family: whether *Undo* or *Clear* just changed it
CLEARED = Key[dict[str, Any] | None]("cleared", None)  # family: strokes before *Clear*
UPLOAD = Key[Any]("upload", None)  # widget: the files
UPLOADED = Key[dict[str, Any]]("uploaded", {})  # `UploadedPicture` by the file's id
PHOTOGRAPH = Key[Any]("photograph", None)  # widget: the file from the camera
UPLOAD_ROWS = Key[Any]("upload_rows", None)  # family of widgets: the table, by its files
UPLOAD_MESSAGE = Key[tuple[str, str]]("upload_message", ("", ""))  # "note" or "error", text
OPENED = Key[Any]("opened", None)  # the `UploadedPicture` that is shown, all of it or one digit
WHOLE_AT = Key[str | None]("whole_at", None)  # PICTURE if all of it is shown; None: several digits
KEPT_UPLOADS = Key[dict[str | None, Any]]("kept_uploads", {})  # `KeptDigit` by address
DRAWINGS = Key[dict[str | None, dict[str, Any]]]("drawings", {})  # as DRAWN, by address
CORRECTION_ADDED = Key[bool]("correction_added", False)  # whether one was just added
CORRECTION_MESSAGE = Key[tuple[str, str, str]](  # picture's address; "note" or "error", text
    "correction_message", ("", "", "")
)
DELETED_CORRECTIONS = Key[list]("deleted_corrections", [])  # what can be restored
FINE_TUNED = Key[str | None]("fine_tuned", None)  # id of the run fine-tuned here

# What the address of each page has besides CHOSEN
IN_ADDRESS: dict[str, tuple[Key[Any], ...]] = {
    "learn": (),
    "train": (DATA, *SETTINGS.values()),
    "data": (DATA, DATA_VIEW),
    "compare": (COMPARED, COMPARE_VIEW, EXPERIMENT, DATA, *TABLE, *FORM),
    "explore": EXPLORED,
    "draw": (MODE, NUMBER),
    "recognise": (),
    "frameworks": (),
    "teacher": (),
}

# Recognise
SYMBOL_NAME = Key[str]("symbol_name", "")  # widget: of the drawing to add
SYMBOL_NOTE = Key[tuple[str, str]]("symbol_note", ("", ""))  # "note" or "error", text
EXAMPLES_ADDED = Key[int]("examples_added", 0)  # as ADDED
DELETED_SYMBOLS = Key[list]("deleted_symbols", [])  # what can be restored: `Drawings`
SYMBOLS_FILE = Key[Any]("symbols_file", None)  # family of widgets: the uploader, by its version
SYMBOLS_UPLOADS = Key[int]("symbols_uploads", 0)  # its version: how many files were read
THRESHOLD = Key[float | None]("threshold", None)  # family of widgets: by network
