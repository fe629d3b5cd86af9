"""Loaded networks, kept in memory for all visitors."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from cnn.runs.run import Network

if TYPE_CHECKING:  # Keras comes with it, and no page may wait for that before it shows
    from cnn.inspection.recognizer import Recognizer

_one_at_a_time = threading.Lock()


def load_network(network: Network) -> "Recognizer":
    """The Recognizer of `network`, from memory if it was loaded before.

    Not in `st.cache_resource`: that needs a page, and the pretrained one is loaded before any.
    """
    with _one_at_a_time:
        return _load(*weights_key(network))


def weights_key(network: Network) -> tuple[Network, float]:
    """Identifies the weights of `network`, for as long as they stay as they are."""
    return network, network.written_s


@lru_cache(maxsize=16)
def _load(network: Network, written_s: float) -> "Recognizer":
    from cnn.inspection.recognizer import (
        load_recognizer,  # Keras: only once somebody asks for a network
    )

    return load_recognizer(*network)
