"""Readings of pictures and canvases by the chosen network, each kept until something changes."""

import time
from collections.abc import Callable, Hashable

import numpy as np
import streamlit as st

from cnn.reading.digits import ReadDigit
from cnn.reading.touching import Classify
from cnn.runs.run import Network
from ui.loading.network_cache import weights_key
from ui.loading.networks import recognizer_of
from ui.widgets.waiting import ResultCache

NOTICE_AFTER_S = 2
_READINGS = ResultCache(128)  # more than the files of a table

Read = Callable[[Classify, float], list[ReadDigit]]  # network and reject threshold -> digits


def reading_of(key: Hashable, read: Read, network: Network) -> list[ReadDigit]:
    """Return what `read` gives with `network`, from the cache if `key` was read with it before.

    Shows that it is working if that takes long.
    """
    known = (key, *weights_key(network))
    digits = _READINGS.get(known)
    if digits is not None:
        return digits
    recognizer = recognizer_of(network)
    place, began_s = st.empty(), time.monotonic()

    def classify(images: np.ndarray) -> np.ndarray:
        # Each update lets Streamlit end this run for a newer one.
        if time.monotonic() - began_s > NOTICE_AFTER_S:
            place.caption(":material/hourglass_top: Finding and classifying the digits")
        return recognizer.probabilities(images)

    digits = read(classify, network.run.reject_threshold)
    place.empty()
    return _READINGS.keep(known, digits)
