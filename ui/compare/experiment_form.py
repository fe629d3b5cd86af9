"""The form that starts an experiment: one setting varied, with several seeds."""

from dataclasses import replace

import streamlit as st

from cnn.config import CHOICES, PRESETS, ConfigError, TrainingConfig, bound_of, setting_label
from cnn.datasets.settings import for_dataset
from cnn.jobs.experiments import CHOSEN, MOST_SEEDS, held_out, plan, start_experiment
from cnn.jobs.varied_values import (
    default_values,
    offered_values,
    parse_values,
    possible_settings,
    split_values,
)
from cnn.runs.differences import digits_text, value_label
from ui.loading.errors import show_error, show_errors_inline
from ui.state.selection import choice_widget, choose, picked_value, widget_key
from ui.state.session import (
    EXPERIMENT,
    EXPERIMENTS,
    OF_VARIED_DATA,
    STARTED_EXPERIMENT,
    VARY,
    VARY_EPOCHS,
    VARY_LIMIT,
    VARY_PRESET,
    VARY_SEEDS,
    VARY_VALUES,
)
from ui.state.visitor import owner
from ui.widgets.dataset_choice import pick_dataset
from ui.widgets.glossary import explain

ONE_SEED = (
    "With one seed, a difference between values may be chance: another seed could reverse it. "
    "Choose three or more."
)
NUMBERS = {"epochs": (VARY_EPOCHS, 1), "limit": (VARY_LIMIT, 5_000)}  # the choice, and its step


def show_experiment_form() -> None:
    """Show the form; an experiment that is started reruns the page."""
    preset = _show_preset()
    setting, text = _show_varied(preset)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
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
        numbers = _show_numbers(setting, preset)
    values, configs, problem = (), [], ""
    try:
        config = replace(preset, **numbers)
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
        each = digits_text(configs[0][0])
        st.caption(
            f"{len(values) * seeds} runs, queued and trained even if you leave this page."
            + ("" if setting == "limit" else f" Each: {each}."),
            help=explain("held out", "validation set", "test set"),
        )
        if pressed:
            with show_errors_inline():
                started = start_experiment(config, setting, values, seeds, owner=owner()).id
                STARTED_EXPERIMENT.set(started)
                EXPERIMENTS.set((*EXPERIMENTS.get(), started))
                choose(EXPERIMENT, None)  # the newest
                st.rerun()


def _show_preset() -> TrainingConfig:
    """Show the choice of data set and preset; returns the settings of the preset for these data."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=360):
            dataset = pick_dataset(*OF_VARIED_DATA)
        preset = st.selectbox(
            "Preset",
            list(PRESETS),
            index=list(PRESETS).index(VARY_PRESET.get()),
            width=140,
            **choice_widget(VARY_PRESET, VARY_EPOCHS, VARY_LIMIT),
        )
    return for_dataset(PRESETS[preset], dataset)


def _show_varied(preset: TrainingConfig) -> tuple[str, str]:
    """Show the choice of a setting and its values; returns it, and the values as text."""
    settings = possible_settings(preset)
    with st.container(horizontal=True, vertical_alignment="bottom", key="varied"):
        setting = st.selectbox(
            "Setting",
            settings,
            index=settings.index(VARY.get()) if VARY.get() in settings else 0,
            format_func=lambda name: setting_label(name, preset.dataset),
            width=190,
            **choice_widget(VARY, VARY_VALUES),
        )
        text = VARY_VALUES.get()
        if text is None:
            text = " ".join(default_values(setting, preset))
        _show_values(setting, split_values(setting, text), preset)
    return setting, text


def _show_values(setting: str, values: tuple[str, ...], preset: TrainingConfig) -> None:
    """Show the choice of values: of a list, or numbers, of which others can be typed."""
    name = f"{VARY_VALUES.name}_{setting}"
    key = widget_key(name)
    options = {"key": key, "on_change": _take_values, "args": (name, key)}
    if setting in CHOSEN:
        st.pills(
            "Values",
            CHOICES[setting],
            selection_mode="multi",
            default=[each for each in values if each in CHOICES[setting]],
            format_func=lambda value: value_label(setting, value),
            width="content",
            wrap=True,  # else the last ones would be out of sight on a phone
            **options,
        )
    else:
        st.multiselect(
            "Values",
            # With those that were typed: Streamlit accepts no others as a default.
            tuple(dict.fromkeys((*offered_values(setting, preset), *values))),
            default=values,
            accept_new_options=True,
            select_all=False,
            width=420,
            help="Choose numbers, or type others and press Enter.",
            wrap=True,
            **options,
        )


def _take_values(name: str, key: str) -> None:
    values = picked_value(name, key)
    if values is not None:
        choose(VARY_VALUES, " ".join(values), by_widget=True)


def _show_numbers(setting: str, preset: TrainingConfig) -> dict[str, int]:
    """Show the numbers that apply to all runs; returns those that are not varied."""
    numbers = {}
    for name, (choice, step) in NUMBERS.items():
        bound = bound_of(name, preset.dataset)
        high = held_out(preset).available_digits if name == "limit" else bound.high
        value = choice.get() or getattr(preset, name)
        numbers[name] = st.number_input(
            bound.label,
            bound.low,
            high,
            min(max(value, bound.low), high),
            step if high > step else 1,
            width=160,
            disabled=setting == name or bound.low == high,
            **choice_widget(choice),
        )
    numbers.pop(setting, None)
    return numbers
