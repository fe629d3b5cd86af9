"""Predictions for 24 test digits after each epoch of a training."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnn.datasets.settings import load_splits
from cnn.evaluation.metrics import monitored_digits
from cnn.rendering.images import paint_predictions
from cnn.runs.run import Network, Run
from ui.loading.errors import show_errors_inline
from ui.loading.network_cache import load_network, weights_key
from ui.loading.warmup import is_loaded
from ui.widgets.display import data_url
from ui.widgets.live import LIST_S, live_fragment

COLUMNS = 6
SIDE = 84
ASPECT_RATIO = "570/468"  # of the sheet
MONITORED = 24
MEANING = (
    "{} random test {}, the same for every network; none of them is used for training. Green "
    "with a tick: correct; red with a cross: wrong."
)
PIXEL_RATIO = 2  # painted twice as fine as shown, for high-resolution screens


def show_live_predictions(run: Run) -> None:
    """Show the monitored test digits with their predictions after the newest epoch of `run`.

    To be called repeatedly while `run` is trained: the predictions of an epoch are computed once.
    """
    with st.container(key="guesses", gap="xsmall"), show_errors_inline():
        data = run.data
        monitored = min(MONITORED, data.test_count)
        st.markdown(f"**Predictions for {monitored} test {data.nouns}**")
        epochs = run.saved_epochs()
        if not epochs or not is_loaded():  # the page does not wait: it is rerun soon
            st.markdown("No predictions yet.")
            waiting_for = "TensorFlow is loaded" if epochs else "the network is built"
            text = f"Shown as soon as {waiting_for}"
            st.html(f'<div class="nothing" style="aspect-ratio:{ASPECT_RATIO}">{text}</div>')
            if epochs:
                live_fragment(_rerun_if_loaded, LIST_S)()
            return
        network = Network(run, epochs[-1])
        sheet, correct, count, alt = _predictions(*weights_key(network))
        start = "Before training (random weights)" if network.is_random else "Before fine-tuning"
        when = f"After epoch {network.epoch}" if network.epoch else start
        st.markdown(
            f"{when}: **{correct} of {count}** correct.", help=MEANING.format(monitored, data.nouns)
        )
        st.image(data_url(sheet), width="stretch", alt=alt)


def _rerun_if_loaded() -> None:
    with show_errors_inline():
        if is_loaded():
            st.rerun()


@lru_cache(maxsize=64)
def _predictions(network: Network, written_s: float) -> tuple[bytes, int, int, str]:
    """The sheet as PNG, how many predictions are correct, of how many, and all as text."""
    data = network.run.data
    digits = load_splits(data).test
    numbers = monitored_digits(digits.labels, MONITORED, len(data.classes))
    images, labels = digits.images[numbers], digits.labels[numbers]
    predicted = load_network(network).probabilities(images).argmax(axis=1)
    correct = predicted == labels
    names = [data.classes[each] for each in predicted]
    pairs = [(data.classes[each], name) for each, name in zip(labels, names, strict=True)]
    return (
        paint_predictions(images, names, correct, COLUMNS, PIXEL_RATIO * SIDE),
        int(np.count_nonzero(correct)),
        len(numbers),
        "; ".join(f"label {label}, predicted as {each}" for label, each in pairs),
    )
