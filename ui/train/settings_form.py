"""The form with the settings of a training."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn.config import BOUNDS, HELD_OUT_DIGITS, POOLINGS, PRESETS, TrainingConfig, value_text
from cnn.constants import TEST_IMAGES
from ui.state.session import SETTING
from ui.widgets.glossary import explain

FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}
VALIDATION_NOTES = {
    "test": f"Validation: the {TEST_IMAGES:,} test digits, as in the course notebook. Choosing "
    "settings by this curve would make the test accuracy too optimistic.",
    "held_out": f"Validation: {HELD_OUT_DIGITS:,} training digits held out. The test digits are "
    "used once, after the last epoch.",
}


@dataclass(frozen=True)
class Submission:
    """The settings in the form, by name, and which of its buttons was clicked, if any."""

    values: dict[str, Any]
    start: bool
    find_rate: bool

    def config(self) -> TrainingConfig:
        """The settings, checked. Raises ConfigError if one is out of its bounds."""
        return TrainingConfig.from_dict(self.values)


def show_settings_form(note: str) -> Submission:
    """Show the preset and the form, with `note` beside its buttons."""
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="notebook",
        required=True,
        format_func=str.capitalize,
        key=SETTING.of("preset").name,
        persist_state="session",
        on_change=_use_preset,
    )
    config = PRESETS[preset]
    st.caption(f"{config.recipe.description} {VALIDATION_NOTES[config.validation]}")
    with st.form("settings", enter_to_submit=False):
        pooling = st.segmented_control(
            "Pooling",
            POOLINGS,
            default="max",
            required=True,
            key=SETTING.of("pooling").name,
            persist_state="session",
            help=explain(*(f"{each} pooling" for each in POOLINGS)),
        )
        numbers = _show_numbers(config)
        one_thread = st.checkbox(
            "Deterministic (one thread)",
            key=SETTING.of("one_thread").name,
            persist_state="session",
            help="Several threads add numbers in a varying order, which changes the rounding. With "
            "one thread, the same settings and seed give identical results on the same machine; "
            "training takes up to 50 % longer.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            start = st.form_submit_button("Start training", type="primary")
            find_rate = st.form_submit_button("Find learning rate", icon=":material/search:")
            if note:
                st.caption(note)
    chosen = {"preset": preset, "pooling": pooling, "validation": config.validation}
    return Submission({**chosen, **numbers, "one_thread": one_thread}, start, find_rate)


def set_learning_rate(rate: float) -> None:
    """Set the form's learning rate."""
    SETTING.of("learning_rate").set(rate)


def _use_preset() -> None:
    """Set the numbers of the form to those of the chosen preset."""
    preset = PRESETS[SETTING.of("preset").get()]
    for name in BOUNDS:
        SETTING.of(name).set(getattr(preset, name))


def _show_numbers(preset: TrainingConfig) -> dict[str, int | float]:
    values = {}
    for column, (name, bound) in zip(st.columns(len(BOUNDS)), BOUNDS.items(), strict=True):
        high = preset.available_digits if name == "limit" else bound.high
        values[name] = column.number_input(
            bound.label,
            value=getattr(PRESETS["notebook"], name),
            step=STEPS.get(name, 1),
            format=FORMATS.get(name),
            help=f"{bound.description}; {value_text(bound.low)} to {value_text(high)}",
            key=SETTING.of(name).name,
            persist_state="session",
        )
    return values
