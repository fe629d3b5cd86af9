"""What a network makes of 24 test digits, epoch by epoch, while it is trained."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import streamlit as st

from cnn.data.mnist import load_digits
from cnn.evaluation.metrics import monitored_digits
from cnn.rendering.images import paint_predictions
from cnn.runs.run import Network, Run
from ui.loading.errors import show_errors_inline
from ui.loading.network_cache import load_network, weights_key
from ui.loading.warmup import is_loaded
from ui.widgets.display import show_empty_picture

COLUMNS = 6
SIDE = 84
WIDTH, HEIGHT = 570, 468  # of the sheet, in CSS pixels
FINER = 2  # it is painted twice as fine as it is shown, for the screens that are


class Predictions(NamedTuple):
    """What the watched digits were read as: the sheet, how many are right, and all in words."""

    png: bytes
    right: int
    count: int
    words: str


def show_live_predictions(run: Run) -> None:
    """The watched test digits with the guesses of `run`'s newest epoch, right ones in green.

    To be called again and again while `run` is trained: an epoch's guesses are made once.
    """
    with st.container(key="guesses"), show_errors_inline():
        epochs = run.saved_epochs()
        if not epochs:
            st.markdown("No guesses yet.")
            show_empty_picture(WIDTH, "The first come when the network is built", HEIGHT)
            return
        if not is_loaded():  # no reason to keep the page busy: it looks again soon
            st.markdown("No guesses yet.")
            show_empty_picture(WIDTH, "They come when TensorFlow is loaded here, too", HEIGHT)
            return
        guesses = _guesses(*weights_key(Network(run, epochs[-1])))
        st.markdown(_standing(guesses, epochs[-1]))
        st.image(guesses.png, width=WIDTH, alt=guesses.words)
        st.caption(
            f"{guesses.count} of the test digits, drawn by lot once and the same for every "
            "network; it learns from none of them. Green with a tick: read right; red with a "
            "cross: read wrong."
        )


def _standing(guesses: Predictions, epoch: int) -> str:
    when = f"After epoch {epoch}" if epoch else "Before training, by chance"
    return f"{when}: **{guesses.right} of {guesses.count}** are read right."


@lru_cache(maxsize=64)
def _guesses(network: Network, written_s: float) -> Predictions:
    digits = load_digits("test")
    numbers = monitored_digits(digits.labels)
    images, labels = digits.images[numbers], digits.labels[numbers]
    guesses = load_network(network).probabilities(images).argmax(axis=1)
    right = guesses == labels
    return Predictions(
        paint_predictions(images, guesses, right, COLUMNS, FINER * SIDE),
        int(np.count_nonzero(right)),
        len(numbers),
        "; ".join(f"a {a} read as {b}" for a, b in zip(labels, guesses, strict=True)),
    )
