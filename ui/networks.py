"""Loaded networks, shared by all visitors: nothing changes one once it is loaded."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cnn.dataset_pass import DatasetPass
from cnn.mnist import load_digits
from cnn.run_files import modified_s
from cnn.runs import Run, read_run, weights_path
from ui.selection import Network
from ui.warmup import wait_until_loaded

if TYPE_CHECKING:  # Keras comes with them, and no page may wait for that before it shows
    from cnn.atlas import Atlas
    from cnn.history import History
    from cnn.neighbours import Neighbourhood
    from cnn.recognizer import Recognizer

Pass = TypeVar("Pass", bound=DatasetPass)
_one_at_a_time = threading.Lock()


def recognizer_of(network: Network) -> "Recognizer":
    """The Recognizer of `network`; shows what is waited for while Keras is still on its way.

    Raises cnn.runs.RunError where its weights are missing or damaged, ui.warmup.LoadingError where
    Keras cannot be imported.
    """
    wait_until_loaded()
    return load_network(network.run.path, network.epoch)


def load_network(path: Path, epoch: int) -> "Recognizer":
    """The Recognizer of the run at `path` after `epoch`, from memory where it was loaded before.

    Not in `st.cache_resource`: that needs a page, and the pretrained one is loaded before any.
    """
    with _one_at_a_time:
        return _load(path, epoch, _written_s(path, epoch))


def _written_s(path: Path, epoch: int) -> float:
    """When the weights were written: the last epoch's are written again once calibrated."""
    return modified_s(weights_path(path, epoch))


@lru_cache(maxsize=16)
def _load(path: Path, epoch: int, written_s: float) -> "Recognizer":
    from cnn.recognizer import load_recognizer  # Keras: only after the wait

    return load_recognizer(read_run(path), epoch)


def weights_key(network: Network) -> tuple[Path, int, float]:
    """What names the weights of a run at an epoch, for as long as they stay as they are."""
    path, epoch = network.run.path, network.epoch
    return path, epoch, _written_s(path, epoch)


def neighbourhood_of(network: Network) -> "Neighbourhood":
    """The Neighbourhood of the training digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _neighbourhood(*weights_key(network))


@lru_cache(maxsize=8)
def _neighbourhood(path: Path, epoch: int, written_s: float) -> "Neighbourhood":
    from cnn.neighbours import Neighbourhood

    return _being_read(Neighbourhood(load_network(path, epoch), load_digits("train")))


def atlas_of(network: Network) -> "Atlas":
    """The Atlas of the test digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _atlas(*weights_key(network))


@lru_cache(maxsize=4)  # up to 30 MB each
def _atlas(path: Path, epoch: int, written_s: float) -> "Atlas":
    from cnn.atlas import Atlas

    return _being_read(Atlas(load_network(path, epoch), load_digits("test")))


def _being_read(digits: Pass) -> Pass:
    """`digits`, being read in a thread: Streamlit lets no stroke interrupt a page that is busy."""
    threading.Thread(target=digits.read_all, daemon=True).start()
    return digits


@lru_cache(maxsize=8)
def _history(path: Path, epochs: tuple[int, ...], written_s: float) -> "History":
    from cnn.history import History

    return History(read_run(path))


def history_of(run: Run) -> "History":
    """The History of `run`, with the epochs that it has by now."""
    wait_until_loaded()
    epochs = run.saved_epochs()
    return _history(run.path, tuple(epochs), _written_s(run.path, epochs[-1]))
