"""Networks in memory, shared by all visitors: nothing changes one once it is loaded."""

import threading
from functools import lru_cache
from pathlib import Path

from cnn.run_files import modified_s
from cnn.runs import read_run, weights_path

_one_at_a_time = threading.Lock()


def load_network(path: Path, epoch: int):
    """The Recognizer of the run at `path` after `epoch`, from memory where it was loaded before.

    Not in `st.cache_resource`: that needs a page, and the pretrained one is loaded before any.
    """
    with _one_at_a_time:
        return _load(path, epoch, written_s(path, epoch))


def written_s(path: Path, epoch: int) -> float:
    """When the weights were written: the last epoch's are written again once calibrated."""
    return modified_s(weights_path(path, epoch))


@lru_cache(maxsize=16)
def _load(path: Path, epoch: int, written_s: float):
    from cnn.recognizer import load_recognizer  # Keras: only after the wait

    return load_recognizer(read_run(path), epoch)
