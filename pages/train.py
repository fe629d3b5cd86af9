"""Train: choose settings, start, and watch the network learn."""

import streamlit as st

from cnn.config import ConfigError
from cnn.jobs import JobError, active_runs, start_training
from cnn.runs import PRETRAINED_PATH
from ui.navigation import open_page
from ui.queued_runs import room_note, run_to_show, show_queue
from ui.rate_finder import find_rate, show_finder
from ui.selection import pick_network, watch, write_address
from ui.sentences import show_error
from ui.session import STARTED
from ui.settings_form import Asked, ask_settings, take_rate
from ui.training import look_after_queue, watch_run


def do(asked: Asked) -> None:
    """Start a training, which may have to wait for a worker, or have learning rates tried."""
    try:
        if asked.find_rate:
            find_rate(asked.config())
        if asked.start:
            run = start_training(asked.config())
            STARTED.set(run.id)
            watch(run)
            st.rerun()
    except (ConfigError, JobError) as error:
        show_error(str(error))


with open_page("Train"):
    pick_network()
    look_after_queue()
    active = active_runs()
    asked = ask_settings(room_note(active))
    notices = st.container()  # always there, so that what follows keeps its place
    with notices:
        do(asked)
    show_finder(take_rate)
    shown = run_to_show(active)
    if shown.path == PRETRAINED_PATH:
        notices.info("These are the curves of the network that ships with this app.")
    look = show_queue(active, shown)
    watch_run(shown, live=shown.id in {run.id for run in active}, look=look)
    write_address()
