"""The settings of a training: fields, and the buttons that use them."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn.config import BOUNDS, POOLINGS, PRESETS, TrainingConfig, bound_of, value_text
from cnn.constants import HELD_OUT_DIGITS, TEST_IMAGES
from cnn.datasets.settings import for_dataset
from cnn.runs.differences import settings_text
from ui.loading.errors import as_text
from ui.state.selection import choose
from ui.state.session import SETTING_SHOWN, SETTINGS, SETTINGS_OPEN, STARTED, widget_value
from ui.widgets.dataset_choice import chosen_dataset
from ui.widgets.glossary import explain

FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}
VALIDATION_NOTES = {
    "test": f"Validation: the {TEST_IMAGES:,} test digits, as in the course notebook. Choosing "
    "settings by this curve would make the test accuracy too optimistic.",
    "held_out": f"Validation: {HELD_OUT_DIGITS:,} training digits held out. The test digits are "
    "used once, after the last epoch.",
}


# On a phone the form is longer than the window: its end has the button that starts a training, and
# the progress is above it.
_SCROLL_UP = st.components.v2.component(
    "cnn_scroll_up",
    js="""export default function ({ data }) {
      if (window.cnnStarted === data) return;
      window.cnnStarted = data;
      document.querySelector('[data-testid="stMain"]').scrollTo(0, 0);
    }""",
)


@dataclass(frozen=True)
class Submission:
    """The chosen settings, by name, and which of the buttons was clicked, if any."""

    values: dict[str, Any]
    start: bool
    find_rate: bool

    def config(self) -> TrainingConfig:
        """The settings, checked. Raises ConfigError if one is out of its bounds."""
        return TrainingConfig.from_dict(self.values)


def show_settings(note: str, training: bool) -> Submission:
    """Show the settings, as a form or in one line, and `note` with the buttons.

    They are in one line from the start of a training on, so that its charts are in sight, until
    the visitor changes them. training: whether the run on the page is active.
    """
    if SETTINGS_OPEN.get() is None and training:
        SETTINGS_OPEN.set(False)
    is_open = SETTINGS_OPEN.get() in (None, True)
    with st.container():  # so that what follows keeps its place
        start, find_rate = _show_form(note) if is_open else (_show_line(note), False)
        if started := STARTED.get():
            _SCROLL_UP(data=started, key="scroll_up")
    values, defaults = {name: _setting(name) for name in SETTINGS}, _defaults()
    by_data = {"validation": defaults.validation, "dataset": defaults.dataset}
    return Submission(values | by_data, start, find_rate)


def _show_line(note: str) -> bool:
    """Show the settings in one line; returns whether the training is to be started."""
    with st.container(horizontal=True, vertical_alignment="center", key="settings_line"):
        values = {name: _setting(name) for name in SETTINGS}
        names = {name: f"{name} {values[name]}" for name in ("preset", "pooling")}
        st.caption(f"Settings: {settings_text(values | names)}", width="stretch")
        start = st.button("Start training", type="primary", help=note or None)
        st.button("Change", icon=":material/tune:", on_click=SETTINGS_OPEN.set, args=(True,))
    return start


def _show_form(note: str) -> tuple[bool, bool]:
    """Show all settings; returns whether to start the training or the learning rate finder."""
    config = _defaults()
    st.segmented_control(
        "Preset",
        list(PRESETS),
        default=config.preset,
        required=True,
        format_func=str.capitalize,
        **_choice("preset"),
    )
    st.caption(f"{config.recipe.description} {_validation_note(config)}")
    with st.container(border=True, key="settings"):
        st.segmented_control(
            "Pooling",
            POOLINGS,
            default=_setting("pooling"),
            required=True,
            help=explain(*(f"{each} pooling" for each in POOLINGS)),
            **_choice("pooling"),
        )
        _show_numbers(config)
        st.checkbox(
            "Deterministic (one thread)",
            value=_setting("one_thread"),
            help="Several threads add numbers in a varying order, which changes the rounding. With "
            "one thread, the same settings and seed give identical results on the same machine; "
            "training takes up to 50 % longer.",
            **_choice("one_thread"),
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            start = st.button("Start training", type="primary")
            find_rate = st.button("Find learning rate", icon=":material/search:")
            st.button("Hide settings", on_click=SETTINGS_OPEN.set, args=(False,))
            if note:
                st.caption(note)
    return start, find_rate


def set_learning_rate(rate: float) -> None:
    """Set the form's learning rate."""
    _choose("learning_rate", rate)


def _setting(name: str) -> Any:
    """The chosen value of a setting; a number that is not chosen is that of the preset."""
    value = SETTINGS[name].get()
    return getattr(_defaults(), name) if value is None else value


def _defaults() -> TrainingConfig:
    """The settings of the preset, for the chosen data set."""
    return for_dataset(PRESETS[SETTINGS["preset"].get()], chosen_dataset())


def _validation_note(config: TrainingConfig) -> str:
    data = config.dataset
    if data.is_mnist:
        return VALIDATION_NOTES[config.validation]
    return (
        f"Validation: {data.held_out:,} pictures of {as_text(data.name)} held out. Its "
        f"{data.test_count:,} test pictures are used once, after the last epoch."
    )


def _choose(name: str, value: Any) -> None:
    """Choose a value; a number of the preset is left out of the page's address."""
    is_default = name in BOUNDS and value == getattr(_defaults(), name)
    SETTINGS[name].set(None if is_default else value)


def _choice(name: str) -> dict[str, Any]:
    """Key and callback of the widget that shows a setting.

    The key changes if anything but the widget has changed the setting (see
    `selection.widget_key`): a preset, an address, or the learning rate finder.
    """
    shown, value = SETTING_SHOWN.of(name), _setting(name)
    last, version = shown.get()
    if last != value:
        version += 1
        shown.set((value, version))
    return {"key": _widget_key(name, version), "on_change": _pick, "args": (name, version)}


def _widget_key(name: str, version: int) -> str:
    return f"{SETTING_SHOWN.of(name).name}_v{version}"


def _pick(name: str, version: int) -> None:
    """Choose the value of the widget; one of a widget that has been replaced is outdated."""
    shown, value = SETTING_SHOWN.of(name), widget_value(_widget_key(name, version))
    if value is None or shown.get()[1] != version:
        return
    shown.set((value, version))
    if name == "preset":
        choose(SETTINGS[name], value, by_widget=True)  # and the numbers become its own
    else:
        _choose(name, value)


def _show_numbers(preset: TrainingConfig) -> None:
    for column, name in zip(st.columns(len(BOUNDS)), BOUNDS, strict=True):
        bound = bound_of(name, preset.dataset)
        high = preset.available_digits if name == "limit" else bound.high
        column.number_input(
            bound.label,
            value=_setting(name),
            step=STEPS.get(name, 1),
            format=FORMATS.get(name),
            help=f"{bound.description}; {value_text(bound.low)} to {value_text(high)}",
            **_choice(name),
        )
