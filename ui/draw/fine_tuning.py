"""Fine-tuning: a copy of the network is trained on the visitor's corrections and its data set."""

from dataclasses import replace

import numpy as np
import streamlit as st

from cnn.jobs.errors import JobError
from cnn.jobs.queue import active_runs, start_training
from cnn.rendering.text import percent
from cnn.runs.corrections import Correction, CorrectionError, as_digits
from cnn.runs.fine_tuning import base_of, read_fine_tuning_digits
from cnn.runs.run import Network, Run, RunError, open_run
from ui.draw.contradictions import ask_about, question
from ui.loading.errors import show_error, show_errors_inline
from ui.loading.network_cache import load_network
from ui.state.permission import is_mine
from ui.state.selection import choose
from ui.state.session import EPOCH, FINE_TUNED, RUN
from ui.state.visitor import corrections_folder, owner
from ui.widgets.glossary import explain
from ui.widgets.live import PROGRESS_S, live_fragment
from ui.widgets.run_progress import progress_status, tend_queue

EPOCHS, LIMIT, LEARNING_RATE, BATCH_SIZE = 2, 10_000, 3e-4, 64


def show_fine_tuning(network: Network, corrections: list[Correction]) -> None:
    """Show the button that starts fine-tuning, its progress, and the result."""
    busy, data = any(is_mine(run.path) for run in active_runs()), network.run.data
    name = "MNIST digits" if data.is_mnist else "training pictures"
    with st.container(key="fine_tuning"):
        disabled = not corrections or busy
        contradicting = [each for each in corrections if each.contradicts]
        start = st.button(
            "Fine-tune",
            type="primary",
            disabled=disabled,
            on_click=question if contradicting else None,
            help="Trains a copy of the network on your corrections and "
            f"{_limit(network):,} {name}, in less than a minute. The network itself stays "
            f"unchanged. {explain('fine-tuning')}",
        )
        if ask_about(contradicting, disabled, data) or (start and not contradicting):
            _start(network, corrections)
        run = _fine_tuned_run()
        if run is not None:
            live = run.state().active
            live_fragment(_show_run, PROGRESS_S, live)(run, live)
        elif busy:
            st.caption("Available when your current training has ended.")


def _limit(network: Network) -> int:
    return min(LIMIT, network.run.config.available_digits)


def _start(network: Network, corrections: list[Correction]) -> None:
    config = replace(
        network.run.config,
        epochs=EPOCHS,
        limit=_limit(network),
        learning_rate=LEARNING_RATE,
        batch_size=min(BATCH_SIZE, _limit(network)),
        base=network.text,
    )
    try:
        digits = as_digits(corrections_folder(), corrections)
        run = start_training(config, corrections=digits, owner=owner())
    except (CorrectionError, JobError) as error:
        show_error(str(error))
    else:
        FINE_TUNED.set(run.id)
        st.rerun()


def _fine_tuned_run() -> Run | None:
    run_id = FINE_TUNED.get()
    try:
        return open_run(run_id) if run_id else None
    except RunError:
        return None


def _show_run(run: Run, live: bool) -> None:
    with show_errors_inline():
        state = run.state()
        if live and not state.active:
            st.rerun()  # the whole page: its buttons are enabled again
        if state.status == "queued":
            tend_queue()
        if state.active:
            st.progress(*progress_status(run, state))
        elif state.status == "finished":
            _show_before_and_after(run)
        else:
            show_error(f"Fine-tuning {state.status}. {state.message}")


def _show_before_and_after(run: Run) -> None:
    corrections = read_fine_tuning_digits(run)
    table = {"": ["Corrections classified correctly", "Test accuracy"]}
    base, tuned = base_of(run), Network(run, run.last_saved_epoch)
    for column, network in (("Before", base), ("After", tuned)):
        predicted = load_network(network).probabilities(corrections.images).argmax(axis=1)
        correct = int(np.sum(predicted == corrections.labels))
        accuracy = network.run.test_accuracy(network.epoch)
        table[column] = [
            f"{correct} of {len(predicted)}",
            "not measured" if accuracy is None else percent(accuracy, 2),
        ]
    st.table(table, border="horizontal", hide_index=True)
    _warn_if_worse(base, tuned)
    with st.container(horizontal=True):
        for label, network in (("fine-tuned", tuned), ("base", base)):
            if st.button(
                f"Use {label} network",
                disabled=RUN.get() == network.run.id,
                help="Selects this network on all pages.",
            ):
                choose(RUN, network.run.id)
                choose(EPOCH, str(network.epoch))
                st.rerun()  # the whole page, of which this is a fragment


def _warn_if_worse(base: Network, tuned: Network) -> None:
    before, after = (each.run.test_accuracy(each.epoch) for each in (base, tuned))
    count = tuned.run.data.test_count
    if before is not None and after is not None and after < before:
        st.warning(
            f"The fine-tuned network is worse than its base: it misclassifies "
            f"{round((before - after) * count):,} more of the {count:,} test "
            f"{tuned.run.data.nouns}. Check the labels of your corrections."
        )
