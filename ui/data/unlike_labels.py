"""The pictures that a trained network finds least like their labels."""

import time

import numpy as np
import streamlit as st

from cnn.data.mnist import Digits
from cnn.datasets.dataset import Dataset, Splits
from cnn.datasets.overview import least_likely
from cnn.rendering.text import probability_text
from cnn.runs.run import Network
from ui.data.figures import show_figures
from ui.data.overview import parts_of
from ui.loading.errors import as_text
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.state.session import DATA
from ui.widgets.links import show_page_link
from ui.widgets.waiting import ResultCache, run_button, with_time_left

AT_ONCE = 5_000  # pictures that are classified in less than 2 s
CHUNK = 500  # pictures: about as many as are classified between two updates of the progress
SHOWN = 24
WIDTH = 128  # pixels: for captions of three lines
_PROBABILITIES = ResultCache(4)  # up to 14 MB each


@st.fragment
def show_unlike(dataset: Dataset, splits: Splits, network: Network) -> None:
    """Show the pictures whose label the chosen network finds least probable."""
    st.header("Least like their labels", anchor="unlike")
    if trained_on(network) != dataset.id:
        st.markdown(
            f"The chosen network, **{as_text(network.run.title)}**, was trained on other data. "
            f"Choose one in the sidebar that was trained on {as_text(dataset.name)}, or train one."
        )
        show_page_link("train", "Train on it", {DATA.name: dataset.id})
        return
    st.caption(
        "The pictures to whose label the chosen network gives the lowest probability: mistakes in "
        "the data, unusual pictures, and mistakes of the network."
    )
    parts = parts_of(dataset, splits)
    digits = Digits(*map(np.concatenate, zip(*parts.values(), strict=True)))
    key = (weights_key(network), dataset.checksum)
    probabilities, count = _PROBABILITIES.get(key), len(digits.labels)
    asked = count > AT_ONCE and run_button(
        f"Classify {count:,} pictures", f"unlike_{dataset.id}", probabilities is not None
    )
    with st.container():  # always there, so that the progress does not move what follows
        if probabilities is None and (asked or count <= AT_ONCE):
            probabilities = _PROBABILITIES.keep(key, _classify(network, digits.images))
    if probabilities is not None:
        places = [f"{name} {i}" for name, part in parts.items() for i in range(len(part.labels))]
        _show_least(dataset, digits, probabilities, places)


def trained_on(network: Network) -> str:
    """Return the id of the data set that `network` was trained on."""
    return network.run.config.data


def _classify(network: Network, images: np.ndarray) -> np.ndarray:
    """Return (n, classes) float32, with the progress if it takes long."""
    recognizer = recognizer_of(network)
    starts = range(0, len(images), CHUNK)
    steps = with_time_left("Classifying", starts) if len(images) > AT_ONCE else starts
    found = []
    for start in steps:
        found.append(recognizer.probabilities(images[start : start + CHUNK]))
        time.sleep(0)  # other visitors need not wait
    return np.concatenate(found)


def _show_least(
    dataset: Dataset, digits: Digits, probabilities: np.ndarray, places: list[str]
) -> None:
    wrong = int((probabilities.argmax(axis=1) != digits.labels).sum())
    st.markdown(f"{wrong:,} of {len(digits.labels):,} pictures are classified incorrectly.")
    captions = []
    for i in least_likely(probabilities, digits.labels, SHOWN).tolist():
        label, best = int(digits.labels[i]), int(probabilities[i].argmax())
        of_label = probability_text(float(probabilities[i, label]))
        predicted = f", predicted {dataset.classes[best]}" if best != label else ""
        text = f"Label {dataset.classes[label]}: {of_label}{predicted} ({places[i]})"
        captions.append((digits.images[i], text))
    with st.container(key="unlike"):
        show_figures(captions, WIDTH)
