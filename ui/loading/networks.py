"""Networks and what is computed from them, for the pages; shows the wait until Keras is loaded.

All functions raise RunError if weights are missing or damaged, LoadingError if Keras cannot be
imported, and DataError if they need the pictures of a data set that is gone or was changed.
"""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from cnn.datasets.dataset import Splits
from cnn.datasets.settings import load_splits
from cnn.runs.run import Network, Run
from ui.loading.network_cache import load_network, weights_key
from ui.loading.warmup import wait_until_loaded

if TYPE_CHECKING:  # they import Keras, which must not delay the first page
    from cnn.inspection.dataset_activations import DatasetActivations
    from cnn.inspection.dataset_pass import DatasetPass
    from cnn.inspection.nearest_neighbours import NearestNeighbours
    from cnn.inspection.prediction_history import PredictionHistory
    from cnn.inspection.recognizer import Recognizer

Pass = TypeVar("Pass", bound="DatasetPass")


def recognizer_of(network: Network) -> "Recognizer":
    """Return the Recognizer of `network`."""
    wait_until_loaded()
    return load_network(network)


def nearest_neighbours_of(network: Network) -> "NearestNeighbours":
    """Return the NearestNeighbours among the training digits, as far as they are computed."""
    wait_until_loaded()
    return _nearest_neighbours(*weights_key(network))


@lru_cache(maxsize=8)
def _nearest_neighbours(network: Network, written_s: float) -> "NearestNeighbours":
    from cnn.inspection.nearest_neighbours import NearestNeighbours

    return _start(NearestNeighbours(load_network(network), _splits(network).training))


def dataset_activations_of(network: Network) -> "DatasetActivations":
    """Return the DatasetActivations of the test digits, as far as they are computed."""
    wait_until_loaded()
    return _dataset_activations(*weights_key(network))


@lru_cache(maxsize=4)  # up to 30 MB each
def _dataset_activations(network: Network, written_s: float) -> "DatasetActivations":
    from cnn.inspection.dataset_activations import DatasetActivations

    return _start(DatasetActivations(load_network(network), _splits(network).test))


def _splits(network: Network) -> Splits:
    return load_splits(network.run.data)


def _start(dataset_pass: Pass) -> Pass:
    """Run `dataset_pass` in a thread: in the page's script it would hold up every stroke."""
    threading.Thread(target=dataset_pass.process_all, daemon=True).start()
    return dataset_pass


def prediction_history_of(run: Run) -> "PredictionHistory":
    """Return the PredictionHistory of the epochs that `run` has saved so far."""
    wait_until_loaded()
    epochs = run.saved_epochs()
    return _prediction_history(run, tuple(epochs), Network(run, epochs[-1]).written_s)


@lru_cache(maxsize=8)
def _prediction_history(run: Run, epochs: tuple[int, ...], written_s: float) -> "PredictionHistory":
    from cnn.inspection.prediction_history import PredictionHistory

    return PredictionHistory(run)
