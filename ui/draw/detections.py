"""The digits that the chosen network detects in a picture or canvas, kept for the next run."""

from collections.abc import Callable, Hashable

import numpy as np
import streamlit as st

from cnn.detection.digits import DetectedDigit
from cnn.detection.touching import Classify
from cnn.runs.run import Network
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.widgets.waiting import ResultCache

_DETECTIONS = ResultCache(128)  # more than the files of a table

Detect = Callable[[Classify, float], list[DetectedDigit]]  # network and reject threshold -> digits


def detections_of(key: Hashable, detect: Detect, network: Network) -> list[DetectedDigit]:
    """Return what `detect` gives with `network`, from the cache if it has `key` with that network.

    Shows that it is working if that takes longer than half a second, as Streamlit's spinner does.
    """
    known = (key, *weights_key(network))
    digits = _DETECTIONS.get(known)
    if digits is not None:
        return digits
    recognizer = recognizer_of(network)
    place = st.empty()

    def classify(images: np.ndarray) -> np.ndarray:
        place.empty()  # lets Streamlit end this run for a newer one
        return recognizer.probabilities(images)

    with st.spinner("Finding and classifying the digits", show_time=True):
        digits = detect(classify, network.run.reject_threshold)
    return _DETECTIONS.keep(known, digits)
