"""The form that starts an experiment: one setting varied, with several seeds."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from cnn.config import BOUNDS, PRESETS, ConfigError, setting_label
from cnn.constants import HELD_OUT_DIGITS, TRAINING_IMAGES
from cnn.jobs.experiments import (
    MOST_SEEDS,
    SETTINGS,
    default_values,
    parse_values,
    plan,
    start_experiment,
)
from cnn.runs.differences import digits_text
from ui.loading.errors import show_error, show_errors_inline
from ui.state.selection import choice_widget, choose
from ui.state.session import (
    EXPERIMENT,
    EXPERIMENTS,
    STARTED_EXPERIMENT,
    VARY,
    VARY_EPOCHS,
    VARY_LIMIT,
    VARY_PRESET,
    VARY_SEEDS,
    VARY_VALUES,
)
from ui.widgets.glossary import explain

ONE_SEED = (
    "With one seed, a difference between values may be chance: another seed could reverse it. "
    "Choose three or more."
)
NUMBERS = {  # the choice, its largest value, and the step
    "epochs": (VARY_EPOCHS, BOUNDS["epochs"].high, 1),
    "limit": (VARY_LIMIT, TRAINING_IMAGES - HELD_OUT_DIGITS, 5_000),
}


class _Fields(NamedTuple):
    """What the fields say. numbers: those that apply to all runs, by setting."""

    setting: str
    preset: str
    values: str
    seeds: int
    numbers: dict[str, int]


def show_experiment_form() -> None:
    """Show the form; an experiment that is started reruns the page."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        setting, preset, text, seeds, numbers = _show_fields()
    values, configs, problem = (), [], ""
    try:
        config = replace(PRESETS[preset], **numbers)
        values = parse_values(setting, text)
        configs = plan(config, setting, values, seeds)
    except ConfigError as error:
        problem = str(error)
    pressed = row.button("Start experiment", type="primary", disabled=bool(problem))
    with st.container():
        if seeds == 1:
            st.warning(ONE_SEED)
        if problem:
            show_error(problem)
            return
        st.caption(
            f"{len(values) * seeds} runs on MNIST, queued and trained even if you leave this page."
            + ("" if setting == "limit" else f" Each: {digits_text(configs[0][0])}."),
            help=explain("held out", "validation set", "test set"),
        )
        if pressed:
            with show_errors_inline():
                started = start_experiment(config, setting, values, seeds).id
                STARTED_EXPERIMENT.set(started)
                EXPERIMENTS.set((*EXPERIMENTS.get(), started))
                choose(EXPERIMENT, None)  # the newest
                st.rerun()


def _show_fields() -> _Fields:
    setting = st.selectbox(
        "Setting",
        SETTINGS,
        index=SETTINGS.index(VARY.get()),
        format_func=setting_label,
        width=190,
        **choice_widget(VARY, VARY_VALUES),
    )
    preset = st.selectbox(
        "Preset",
        list(PRESETS),
        index=list(PRESETS).index(VARY_PRESET.get()),
        width=140,
        **choice_widget(VARY_PRESET, VARY_EPOCHS, VARY_LIMIT),
    )
    text = st.text_input(
        "Values, separated by spaces",
        default_values(setting, PRESETS[preset]) if (v := VARY_VALUES.get()) is None else v,
        width=230,
        **choice_widget(VARY_VALUES),
    )
    seeds = st.number_input(
        "Seeds",
        1,
        MOST_SEEDS,
        VARY_SEEDS.get(),
        width=120,
        **choice_widget(VARY_SEEDS),
        help=f"{explain('seed')} Each value is trained with so many seeds: trust only "
        "differences larger than the spread between seeds.",
    )
    return _Fields(setting, preset, text, seeds, _show_numbers(setting, preset))


def _show_numbers(setting: str, preset: str) -> dict[str, int]:
    """Show the numbers that apply to all runs; returns those that are not varied."""
    numbers = {}
    for name, (choice, high, step) in NUMBERS.items():
        numbers[name] = st.number_input(
            BOUNDS[name].label,
            BOUNDS[name].low,
            high,
            choice.get() or min(getattr(PRESETS[preset], name), high),
            step,
            width=160,
            disabled=setting == name,
            **choice_widget(choice),
        )
    numbers.pop(setting, None)
    return numbers
