"""The form that says how a network is to be trained."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnn.config import (
    BOUNDS,
    POOLINGS,
    PRESETS,
    TrainingConfig,
    value_text,
)
from ui.state.session import SETTING

FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}


@dataclass(frozen=True)
class Asked:
    """What the form says, as it was sent; and what is to be done with it, if anything."""

    values: dict[str, Any]
    start: bool
    find_rate: bool

    def config(self) -> TrainingConfig:
        """The settings; ConfigError where one is out of its bounds."""
        return TrainingConfig.from_dict(self.values)


def ask_settings(note: str) -> Asked:
    """Show the preset and the form; `note` stands beside its buttons."""
    preset = _ask_preset()
    with st.form("settings", enter_to_submit=False):
        pooling = st.segmented_control(
            "Pooling",
            POOLINGS,
            default="max",
            required=True,
            key=SETTING.of("pooling").name,
            persist_state="session",
        )
        values = {"preset": preset, "pooling": pooling, **_ask_numbers()}
        values["one_thread"] = st.checkbox(
            "Exactly repeatable, on one thread",
            key=SETTING.of("one_thread").name,
            persist_state="session",
            help="Several threads may add up a sum in another order each time, which rounds "
            "otherwise. On one, the same settings and seed give the same numbers bit for bit, on "
            "the same machine; it takes up to half as long again.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            start = st.form_submit_button("Start training", type="primary")
            find_rate = st.form_submit_button("Find a learning rate", icon=":material/search:")
            if note:
                st.caption(note)
    return Asked(values, start, find_rate)


def take_rate(rate: float) -> None:
    """Set the form's learning rate."""
    SETTING.of("learning_rate").set(rate)


def _ask_preset() -> str:
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="notebook",
        required=True,
        format_func=str.capitalize,
        key=SETTING.of("preset").name,
        persist_state="session",
        on_change=_take_preset,
    )
    st.caption(PRESETS[preset].recipe.description)
    return preset


def _take_preset() -> None:
    """Set the numbers of the form to those of the preset that was chosen."""
    preset = PRESETS[SETTING.of("preset").get()]
    for name in BOUNDS:
        SETTING.of(name).set(getattr(preset, name))


def _ask_numbers() -> dict[str, int | float]:
    values = {}
    for column, (name, bound) in zip(st.columns(len(BOUNDS)), BOUNDS.items(), strict=True):
        values[name] = column.number_input(
            bound.label,
            value=getattr(PRESETS["notebook"], name),
            step=STEPS.get(name, 1),
            format=FORMATS.get(name),
            help=f"{bound.description}; {value_text(bound.low)} to {value_text(bound.high)}",
            key=SETTING.of(name).name,
            persist_state="session",
        )
    return values
