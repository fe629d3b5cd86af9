"""Train: choose settings, start, and watch the network learn."""

import streamlit as st

from cnn.config import ConfigError
from cnn.jobs.queue import JobError, active_runs, start_training
from cnn.runs.run import PRETRAINED_PATH
from ui.loading.errors import show_error
from ui.state.navigation import open_page
from ui.state.selection import pick_network, watch, write_address
from ui.state.session import STARTED
from ui.train.lr_finder import find_rate, show_finder
from ui.train.queue import room_note, run_to_show, show_queue
from ui.train.settings_form import Asked, ask_settings, take_rate
from ui.train.watch import watch_run
from ui.widgets.run_progress import tend_queue


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
    tend_queue()
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
