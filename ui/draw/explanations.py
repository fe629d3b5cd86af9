"""Explanations of a prediction, shown after it: occlusion, nearest training digits, history."""

import numpy as np
import streamlit as st

from cnn.arithmetic.occlusion import WINDOW, occlusion
from cnn.rendering.charts import probability_history_chart
from cnn.rendering.images import paint_over, signed_scale
from cnn.rendering.text import probability_text
from cnn.runs.run import Network
from ui.draw.digit_board import DigitInput
from ui.loading.errors import as_text, show_errors_inline
from ui.loading.networks import nearest_neighbours_of, prediction_history_of, recognizer_of
from ui.widgets.display import (
    show_chart,
    show_empty_picture,
    show_image,
    show_picture,
    show_scale,
)
from ui.widgets.glossary import explain
from ui.widgets.live import PARTIAL_RESULT_S, live_fragment

SIDE = 168
NEIGHBOURS = 8
NEIGHBOUR_SIDE = 56
EMPTY = {
    "occlusion": "Red: evidence for the prediction; blue: evidence against it",
    "prediction_history": "Probability of each {digit}, by epoch",
    "neighbours": "The most similar {digits} of the training set",
}


def show_explanations(
    digit: DigitInput | None, network: Network, probabilities: np.ndarray | None
) -> None:
    """Show the important pixels, the nearest training digits and the prediction per epoch.

    `probabilities`: of the classes, for `digit`; both are None if nothing is drawn.
    """
    data = network.run.data
    words = {"digit": "digit" if data.is_mnist else "class", "digits": data.nouns}
    st.header("Explanation", anchor="explanation")
    left, middle, right = st.columns([7, 8, 10], gap="medium")
    panels = {  # in the order in which they are computed
        "occlusion": (left, _show_occlusion, "Pixel importance (occlusion)", "occlusion"),
        "prediction_history": (right, _show_history, "Prediction after each epoch", "epoch"),
        "neighbours": (
            middle,
            _show_nearest,
            f"Nearest training {data.nouns}",
            "cosine similarity",
        ),
    }
    for key, (column, show, title, term) in panels.items():
        with column, st.container(key=key):
            st.caption(title, help=explain(term))
            if digit is None:
                show_empty_picture(SIDE, EMPTY[key].format(**words))
            else:
                with show_errors_inline():  # such as that the training pictures are gone
                    show(digit.picture.image, network, int(probabilities.argmax()))


def _show_occlusion(image: np.ndarray, network: Network, predicted: int) -> None:
    importance = occlusion(image, predicted, recognizer_of(network).probabilities)
    scale, name = signed_scale(importance), network.run.data.classes[predicted]
    text = (
        f"Fall of the log odds of {name} without the ink in {WINDOW} x {WINDOW} pixels. "
        f"Red: evidence for {name}; blue: evidence against it"
    )
    show_picture(paint_over(image, importance, scale, SIDE), as_text(text), SIDE, alt=text)
    show_scale(scale)


def _show_nearest(image: np.ndarray, network: Network, _predicted: int) -> None:
    neighbours = nearest_neighbours_of(network)
    # Computed in a thread, not here: a stroke would have to wait for the end of it.
    busy = neighbours.progress < 1
    live_fragment(_show_neighbours, PARTIAL_RESULT_S, busy)(image, neighbours, busy, network)


def _show_neighbours(image: np.ndarray, neighbours, busy: bool, network: Network) -> None:
    data = network.run.data
    progress = neighbours.progress
    if busy and progress == 1:
        st.rerun()  # ends the refreshing
    count = f"{len(neighbours.digits.labels):,} training {data.nouns}"
    bar = st.empty()
    if progress < 1:
        bar.progress(progress, f"Computing the activations of the {count} (once)")
    with st.container(horizontal=True, gap="small"):
        for each in neighbours.nearest(image, NEIGHBOURS):
            with st.container(width=NEIGHBOUR_SIDE + 12, gap=None):
                title = f"{data.classes[each.label]} · {each.cosine_similarity:.3f}"
                show_image(each.image, as_text(title), NEIGHBOUR_SIDE, alt=title)
    st.caption(
        f"The most similar of the {count}: label and cosine similarity of the activations of the "
        "last hidden layer."
    )


def _show_history(image: np.ndarray, network: Network, predicted: int) -> None:
    history, names = prediction_history_of(network.run), network.run.data.classes
    what = "digit" if network.run.data.is_mnist else "class"
    epochs, probabilities = history.epochs, history.probabilities(image)
    show_chart(
        probability_history_chart(epochs, probabilities, predicted, names),
        height=230,
        key="probability_history_chart",
        alt=f"Probability of each {what} after each epoch",
    )
    first, last = (
        f"{as_text(names[each.argmax()])} ({probability_text(float(each.max()))})"
        for each in probabilities[[0, -1]]
    )
    st.caption(
        f"Epoch {epochs[0]}: {first}; epoch {epochs[-1]}: {last}. *After epoch* in the sidebar "
        f"selects one of the {len(network.run.saved_epochs())} saved epochs, on every page."
    )
