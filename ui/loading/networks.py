"""What pages ask of networks; waits for Keras, and shows that, while it is on its way."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cnn.data.mnist import load_digits
from cnn.runs.run import Network, Run
from ui.loading.network_cache import load_network, weights_key
from ui.loading.warmup import wait_until_loaded

if TYPE_CHECKING:  # Keras comes with them, and no page may wait for that before it shows
    from cnn.inspection.dataset_activations import DatasetActivations
    from cnn.inspection.dataset_pass import DatasetPass
    from cnn.inspection.nearest_neighbours import NearestNeighbours
    from cnn.inspection.prediction_history import PredictionHistory
    from cnn.inspection.recognizer import Recognizer

Pass = TypeVar("Pass", bound="DatasetPass")


def recognizer_of(network: Network) -> "Recognizer":
    """The Recognizer of `network`; shows what is waited for while Keras is still on its way.

    Raises cnn.runs.run.RunError if its weights are missing or damaged,
    ui.loading.errors.LoadingError if Keras cannot be imported.
    """
    wait_until_loaded()
    return load_network(network)


def nearest_neighbours_of(network: Network) -> "NearestNeighbours":
    """The NearestNeighbours of the training digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _neighbourhood(*weights_key(network))


@lru_cache(maxsize=8)
def _neighbourhood(network: Network, written_s: float) -> "NearestNeighbours":
    from cnn.inspection.nearest_neighbours import NearestNeighbours

    return _being_read(NearestNeighbours(load_network(network), load_digits("train")))


def dataset_activations_of(network: Network) -> "DatasetActivations":
    """The DatasetActivations of the test digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _atlas(*weights_key(network))


@lru_cache(maxsize=4)  # up to 30 MB each
def _atlas(network: Network, written_s: float) -> "DatasetActivations":
    from cnn.inspection.dataset_activations import DatasetActivations

    return _being_read(DatasetActivations(load_network(network), load_digits("test")))


def _being_read(digits: Pass) -> Pass:
    """`digits`, being read in a thread: Streamlit lets no stroke interrupt a page that is busy."""
    threading.Thread(target=digits.process_all, daemon=True).start()
    return digits


def prediction_history_of(run: Run) -> "PredictionHistory":
    """The PredictionHistory of `run`, with the epochs that it has by now."""
    wait_until_loaded()
    epochs = run.saved_epochs()
    return _history(run, tuple(epochs), Network(run, epochs[-1]).written_s)


@lru_cache(maxsize=8)
def _history(run: Run, epochs: tuple[int, ...], written_s: float) -> "PredictionHistory":
    from cnn.inspection.prediction_history import PredictionHistory

    return PredictionHistory(run)
