"""What pages ask of networks; waits for Keras, and shows that, while it is on its way."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cnn.dataset_pass import DatasetPass
from cnn.mnist import load_digits
from cnn.runs import Network, Run
from ui.network_cache import load_network, weights_key
from ui.warmup import wait_until_loaded

if TYPE_CHECKING:  # Keras comes with them, and no page may wait for that before it shows
    from cnn.atlas import Atlas
    from cnn.history import History
    from cnn.neighbours import Neighbourhood
    from cnn.recognizer import Recognizer

Pass = TypeVar("Pass", bound=DatasetPass)


def recognizer_of(network: Network) -> "Recognizer":
    """The Recognizer of `network`; shows what is waited for while Keras is still on its way.

    Raises cnn.runs.RunError if its weights are missing or damaged, ui.sentences.LoadingError if
    Keras cannot be imported.
    """
    wait_until_loaded()
    return load_network(network)


def neighbourhood_of(network: Network) -> "Neighbourhood":
    """The Neighbourhood of the training digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _neighbourhood(*weights_key(network))


@lru_cache(maxsize=8)
def _neighbourhood(network: Network, written_s: float) -> "Neighbourhood":
    from cnn.neighbours import Neighbourhood

    return _being_read(Neighbourhood(load_network(network), load_digits("train")))


def atlas_of(network: Network) -> "Atlas":
    """The Atlas of the test digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _atlas(*weights_key(network))


@lru_cache(maxsize=4)  # up to 30 MB each
def _atlas(network: Network, written_s: float) -> "Atlas":
    from cnn.atlas import Atlas

    return _being_read(Atlas(load_network(network), load_digits("test")))


def _being_read(digits: Pass) -> Pass:
    """`digits`, being read in a thread: Streamlit lets no stroke interrupt a page that is busy."""
    threading.Thread(target=digits.read_all, daemon=True).start()
    return digits


def history_of(run: Run) -> "History":
    """The History of `run`, with the epochs that it has by now."""
    wait_until_loaded()
    epochs = run.saved_epochs()
    return _history(run, tuple(epochs), Network(run, epochs[-1]).written_s)


@lru_cache(maxsize=8)
def _history(run: Run, epochs: tuple[int, ...], written_s: float) -> "History":
    from cnn.history import History

    return History(run)
