"""*Teach it*: a copy of the network learns the visitor's corrections, among MNIST's digits."""

from dataclasses import replace

import numpy as np
import streamlit as st

from cnn.config import PRESETS, TrainingConfig
from cnn.data.mnist import Digits
from cnn.jobs.queue import JobError, active_run, start_training
from cnn.rendering.text import percent
from cnn.runs.corrections import Correction, CorrectionError, as_digits
from cnn.runs.fine_tuning import base_of, read_fine_tuning_digits
from cnn.runs.run import Network, Run, RunError, open_run
from ui.loading.errors import show_error, show_errors_inline
from ui.loading.network_cache import load_network
from ui.state.selection import choose
from ui.state.session import RUN, TAUGHT
from ui.state.visitor import visitor_list
from ui.widgets.live import PROGRESS_S, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue

EPOCHS, LIMIT, LEARNING_RATE, BATCH_SIZE = 2, 10_000, 3e-4, 64


def fine_tuning_config(network: Network) -> TrainingConfig:
    """How a copy of `network` is taught: a few thousand steps' worth, from its own weights on."""
    return replace(
        PRESETS[network.run.config.preset],
        pooling=network.run.config.pooling,
        epochs=EPOCHS,
        limit=LIMIT,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        base=network.text,
    )


def show_fine_tuning(network: Network, corrections: list[Correction]) -> None:
    """The button, its progress, and what came of it, before and after."""
    busy = active_run()
    with st.container(key="teaching"):
        if st.button(
            "Teach it",
            type="primary",
            disabled=not corrections or busy is not None,
            help=f"Trains a copy on your corrections among {LIMIT:,} digits from MNIST, in less "
            "than a minute. The network itself stays as it is.",
        ):
            _teach(network, corrections)
        taught = _taught_run()
        if taught is not None:
            live = taught.state().active
            live_fragment(_show_lesson, PROGRESS_S, live)(taught, live)
        elif busy is not None:
            st.caption("Another network is being trained; teach this one when that has ended.")


def _teach(network: Network, corrections: list[Correction]) -> None:
    try:
        corrections = as_digits(visitor_list(), corrections)
        run = start_training(fine_tuning_config(network), corrections=corrections)
    except (CorrectionError, JobError) as error:
        show_error(str(error))
    else:
        TAUGHT.set(run.id)
        st.rerun()


def _taught_run() -> Run | None:
    run_id = TAUGHT.get()
    try:
        return open_run(run_id) if run_id else None
    except RunError:
        return None


def _show_lesson(run: Run, live: bool) -> None:
    with show_errors_inline():
        state = run.state()
        if live and not state.active:
            st.rerun()  # the buttons come back, too
        if state.active:
            if state.status == "queued":
                tend_queue()
            st.progress(*progress_status(run, state))
            return
        if state.status != "finished":
            show_error(f"The lesson {state.status}. {state.message}")
            return
        _show_before_and_after(run)


def _show_before_and_after(run: Run) -> None:
    base = base_of(run)
    before, after = load_network(base), load_network(Network(run, run.last_saved_epoch))
    corrections = read_fine_tuning_digits(run)
    rows = [("Your corrections", corrections, before, after)]
    table = {"": [], "Before": [], "After": []}
    for name, digits, *networks in rows:
        table[""].append(name)
        for column, network in zip(("Before", "After"), networks, strict=True):
            table[column].append(_right_of(network, digits))
    accuracies = [base.run.test_accuracy(base.epoch), run.state().test_accuracy]
    table[""].append("MNIST's 10,000 test digits")
    for column, accuracy in zip(("Before", "After"), accuracies, strict=True):
        table[column].append("unknown" if accuracy is None else percent(accuracy, 2))
    st.table(table, border="horizontal", hide_index=True)
    st.button(
        "Use what it has learned",
        on_click=choose,
        args=(RUN, run.id),
        disabled=RUN.get() == run.id,
        help="Makes the taught copy the network of all pages; the sidebar leads back.",
    )


def _right_of(network, digits: Digits) -> str:
    guesses = network.probabilities(digits.images).argmax(axis=1)
    return f"{int(np.sum(guesses == digits.labels))} of {len(digits.labels)} right"
