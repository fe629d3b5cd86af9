"""Train: choose settings, start, and watch the network learn."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn.config import (
    POOLINGS,
    PRESETS,
    RECIPES,
    ConfigError,
    TrainingConfig,
    bounded_fields,
    number_text,
)
from cnn.jobs import JobError, active_run, start_training
from cnn.runs import PRETRAINED_PATH, list_runs, read_run
from ui.navigation import open_page
from ui.selection import chosen_run, pick_network, write_address
from ui.sentences import show_error
from ui.training import watch_run

FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}


def take_preset() -> None:
    """Set the numbers of the form to those of the preset that was chosen."""
    preset = PRESETS[st.session_state["setting_preset"]]
    for setting in bounded_fields():
        st.session_state[f"setting_{setting.name}"] = getattr(preset, setting.name)


def ask_settings(busy: bool) -> DeltaGenerator:
    """The form; *Start training* checks it and starts a worker. Returns a place for notices."""
    preset = st.segmented_control(
        "Preset",
        RECIPES,
        default="notebook",
        required=True,
        format_func=str.capitalize,
        key="setting_preset",
        persist_state="session",
        on_change=take_preset,
    )
    st.caption(RECIPES[preset].meaning)
    with st.form("settings", enter_to_submit=False):
        pooling = st.segmented_control(
            "Pooling",
            POOLINGS,
            default="max",
            required=True,
            key="setting_pooling",
            persist_state="session",
        )
        values = {"preset": preset, "pooling": pooling}
        columns = st.columns(5)
        for column, setting in zip(columns, bounded_fields(), strict=True):
            values[setting.name] = column.number_input(
                setting.metadata["label"],
                value=setting.default,
                step=STEPS.get(setting.name, 1),
                format=FORMATS.get(setting.name),
                help=f"{setting.metadata['meaning']}; "
                f"{number_text(setting.metadata['low'])} to "
                f"{number_text(setting.metadata['high'])}",
                key=f"setting_{setting.name}",
                persist_state="session",
            )
        started = st.form_submit_button("Start training", type="primary", disabled=busy)
    notices = st.container()  # always there, so that what follows keeps its place
    if started:
        try:
            run = start_training(TrainingConfig.from_dict(values))
        except (ConfigError, JobError) as error:
            with notices:
                show_error(str(error))
        else:
            st.session_state["started"] = run.id
            st.rerun()
    return notices


with open_page("Train"):
    pick_network()
    active = active_run()
    notices = ask_settings(busy=active is not None)
    newest = next(iter(list_runs()[0]), None)
    if newest and newest.id == st.session_state.get("started"):
        chosen = newest  # what this visitor started last, until another network is chosen
    else:
        chosen = chosen_run() or newest
    shown = active or chosen or read_run(PRETRAINED_PATH)
    if shown.path == PRETRAINED_PATH:
        notices.info("These are the curves of the network that ships with this app.")
    watch_run(shown, live=active is not None)
    write_address()
