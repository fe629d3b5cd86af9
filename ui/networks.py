"""What pages ask of networks; waits for Keras, and shows that, while it is on its way."""

import threading
from functools import lru_cache
from pathlib import Path

from cnn.mnist import load_digits
from cnn.runs import Run, read_run
from ui.network_cache import load_network, written_s
from ui.selection import Network
from ui.warmup import wait_until_loaded


def recognizer_of(network: Network):
    """The Recognizer of `network`; shows what is waited for while Keras is still on its way.

    Raises cnn.runs.RunError if its weights are missing or damaged, ui.sentences.LoadingError if
    Keras cannot be imported.
    """
    wait_until_loaded()
    return load_network(network.run.path, network.epoch)


def weights_key(network: Network) -> tuple[Path, int, float]:
    """What names the weights of a run at an epoch, for as long as they stay as they are."""
    path, epoch = network.run.path, network.epoch
    return path, epoch, written_s(path, epoch)


def neighbourhood_of(network: Network):
    """The Neighbourhood of the training digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _neighbourhood(*weights_key(network))


@lru_cache(maxsize=8)
def _neighbourhood(path: Path, epoch: int, written_s: float):
    from cnn.neighbours import Neighbourhood

    return _being_read(Neighbourhood(load_network(path, epoch), load_digits("train")))


def atlas_of(network: Network):
    """The Atlas of the test digits in `network`, as far as it has been read."""
    wait_until_loaded()
    return _atlas(*weights_key(network))


@lru_cache(maxsize=4)  # up to 30 MB each
def _atlas(path: Path, epoch: int, written_s: float):
    from cnn.atlas import Atlas

    return _being_read(Atlas(load_network(path, epoch), load_digits("test")))


def _being_read(digits):
    """`digits`, being read in a thread: Streamlit lets no stroke interrupt a page that is busy."""
    threading.Thread(target=digits.read_all, daemon=True).start()
    return digits


@lru_cache(maxsize=8)
def _history(path: Path, epochs: tuple[int, ...], written_s: float):
    from cnn.history import History

    return History(read_run(path))


def history_of(run: Run):
    """The History of `run`, with the epochs that it has by now."""
    wait_until_loaded()
    epochs = run.saved_epochs()
    return _history(run.path, tuple(epochs), written_s(run.path, epochs[-1]))
