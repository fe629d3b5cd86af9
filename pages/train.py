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
from cnn.jobs import JobError, active_runs, start_training
from cnn.runs import PRETRAINED_PATH
from ui.navigation import open_page
from ui.queued_runs import room_note, run_to_show, show_queue
from ui.rate_finder import find_rate, show_finder
from ui.selection import pick_network, watch, write_address
from ui.sentences import show_error
from ui.training import look_after_queue, watch_run

FORMATS = {"learning_rate": "%g"}
STEPS = {"epochs": 1, "batch_size": 32, "learning_rate": 0.0005, "limit": 10_000}


def take_preset() -> None:
    """Set the numbers of the form to those of the preset that was chosen."""
    preset = PRESETS[st.session_state["setting_preset"]]
    for setting in bounded_fields():
        st.session_state[f"setting_{setting.name}"] = getattr(preset, setting.name)


def ask_settings(note: str) -> DeltaGenerator:
    """The form; *Start training* checks it and starts a worker, or has the run wait for one.

    `note` is shown beside the button. Returns a place for notices.
    """
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
        values["one_thread"] = st.checkbox(
            "Exactly repeatable, on one thread",
            key="setting_one_thread",
            persist_state="session",
            help="Several threads may add up a sum in another order each time, which rounds "
            "otherwise. On one, the same settings and seed give the same numbers bit for bit, on "
            "the same machine; it takes nearly twice as long.",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            started = st.form_submit_button("Start training", type="primary")
            searched = st.form_submit_button("Find a learning rate", icon=":material/search:")
            if note:
                st.caption(note)
    notices = st.container()  # always there, so that what follows keeps its place
    try:
        if searched:
            find_rate(TrainingConfig.from_dict(values))
        if started:
            run = start_training(TrainingConfig.from_dict(values))
            st.session_state["started"] = run.id
            watch(run)
            st.rerun()
    except (ConfigError, JobError) as error:
        with notices:
            show_error(str(error))
    return notices


def take_rate(rate: float) -> None:
    """Set the form's learning rate to what the finder suggests."""
    st.session_state["setting_learning_rate"] = rate


with open_page("Train"):
    pick_network()
    look_after_queue()
    active = active_runs()
    notices = ask_settings(room_note(active))
    show_finder(take_rate)
    shown = run_to_show(active)
    if shown.path == PRETRAINED_PATH:
        notices.info("These are the curves of the network that ships with this app.")
    look = show_queue(active, shown)
    watch_run(shown, live=shown.id in {run.id for run in active}, look=look)
    write_address()
