"""Loaded networks, kept in memory and shared by all visitors."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from cnn.runs.run import Network

if TYPE_CHECKING:  # it imports Keras, which must not delay the first page
    from cnn.inspection.recognizer import Recognizer

_lock = threading.Lock()


def load_network(network: Network) -> "Recognizer":
    """Return the Recognizer of `network`, cached. Raises RunError if its weights are damaged.

    Not `st.cache_resource`: the pretrained network is loaded outside of any page.
    """
    with _lock:
        return _load(*weights_key(network))


def weights_key(network: Network) -> tuple[Network, float]:
    """Return a key for caches that changes whenever the weights of `network` are written."""
    return network, network.written_s


@lru_cache(maxsize=16)
def _load(network: Network, written_s: float) -> "Recognizer":
    from cnn.inspection.recognizer import load_recognizer  # imports Keras

    return load_recognizer(*network)
