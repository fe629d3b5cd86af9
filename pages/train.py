"""Train: choose settings, start a training, and watch it."""

import streamlit as st

from cnn.jobs.queue import active_runs, start_training
from cnn.runs.run import PRETRAINED_PATH
from ui.loading.errors import as_text, show_errors_inline
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import choose_ended_run, pick_network, watch
from ui.state.session import IN_ADDRESS, SETTINGS_OPEN, STARTED
from ui.state.visitor import owner
from ui.train.data_choice import show_data_choice
from ui.train.keras_upload import open_keras_file
from ui.train.lr_finder import find_learning_rate, show_finder
from ui.train.queue import queue_note, run_to_show, show_queue
from ui.train.settings_form import Submission, set_learning_rate, show_settings
from ui.train.watch import watch_run
from ui.widgets.run_progress import tend_queue


def submit(settings: Submission) -> None:
    """Start a training, which may be queued, or the learning rate finder, if asked to."""
    if settings.find_rate:
        find_learning_rate(settings.config())
    if settings.start:
        run = start_training(settings.config(), owner=owner())
        STARTED.set(run.id)
        SETTINGS_OPEN.set(False)
        watch(run)
        st.rerun()


with open_page("Train", *IN_ADDRESS["train"]):
    # Before all else: a browser that is slow to draw the page would send its next request with the
    # address that it had, which looks like a step back.
    write_address()
    choose_ended_run()
    network = pick_network()
    tend_queue()
    active = active_runs()
    shown = run_to_show(active)
    data = st.container()  # filled once it is known whether the settings are shown
    settings = show_settings(queue_note(active), shown.id in {run.id for run in active})
    open_keras_file()
    if SETTINGS_OPEN.get() is not False:
        with data:
            show_data_choice()
    notices = st.container()  # always there, so that what follows keeps its place
    with notices, show_errors_inline():
        submit(settings)
    show_finder(set_learning_rate)
    if shown.id != network.run.id:
        text = f"This page shows the run **{as_text(shown.title)}**, not this network."
        st.sidebar.caption(text)
    if shown.path == PRETRAINED_PATH:
        notices.info("These are the curves of the pretrained network, which ships with this app.")
    show_queue(active, shown)
    watch_run(shown, active)
    write_address()
