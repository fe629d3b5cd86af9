"""Train: choose settings, start a training, and watch it."""

import streamlit as st

from cnn.jobs.queue import active_runs, start_training
from cnn.runs.run import PRETRAINED_PATH
from ui.loading.errors import show_errors_inline
from ui.state.address import write_address
from ui.state.navigation import open_page
from ui.state.selection import pick_network, watch
from ui.state.session import SETTINGS, STARTED
from ui.train.lr_finder import find_learning_rate, show_finder
from ui.train.queue import queue_note, run_to_show, show_queue
from ui.train.settings_form import Submission, set_learning_rate, show_settings_form
from ui.train.watch import watch_run
from ui.widgets.run_progress import tend_queue


def submit(form: Submission) -> None:
    """Start a training, which may be queued, or the learning rate finder, if asked to."""
    if form.find_rate:
        find_learning_rate(form.config())
    if form.start:
        run = start_training(form.config())
        STARTED.set(run.id)
        watch(run)
        st.rerun()


with open_page("Train", *SETTINGS.values()):
    pick_network()
    tend_queue()
    active = active_runs()
    form = show_settings_form(queue_note(active))
    notices = st.container()  # always there, so that what follows keeps its place
    with notices, show_errors_inline():
        submit(form)
    show_finder(set_learning_rate)
    shown = run_to_show(active)
    if shown.path == PRETRAINED_PATH:
        notices.info("These are the curves of the pretrained network, which ships with this app.")
    show_queue(active, shown)
    watch_run(shown, active)
    write_address()
