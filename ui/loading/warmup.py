"""Gets Keras into the server in the background, so that no page waits for it before it must."""

import gc
import os
import threading
import time
from contextlib import suppress

import streamlit as st

from cnn.jobs.warm_worker import ensure_warm_worker
from cnn.runs.run import PRETRAINED_PATH, Network, RunError, read_run
from ui.loading.errors import LoadingError
from ui.loading.network_cache import load_network

FIRST_PAINT_S = 1.0  # the first page gets the processor to itself for so long
USUAL_LOAD_S = 7.0

_started = threading.Lock()
_loaded = threading.Event()
_failure: list[Exception] = []


def start_loading(after_s: float = FIRST_PAINT_S) -> None:
    """Begin to import Keras in a thread, once a process; returns at once."""
    if _started.acquire(blocking=False):
        threading.Timer(after_s, _load).start()


def keep_worker_warm() -> None:
    """See to it that a worker waits for the next training, once this server has loaded Keras."""
    if _loaded.is_set():
        ensure_warm_worker()


def wait_until_loaded() -> None:
    """Return once Keras is there; until then, show here what is being waited for.

    Each time the wait is shown Streamlit may end this run for a newer one: a visitor who clicks
    elsewhere meanwhile is not kept.
    """
    if not _loaded.is_set():
        start_loading(after_s=0)
        _show_wait()
    if _failure:
        raise LoadingError(
            f"TensorFlow could not be loaded: {_failure[0]}. Install it again with "
            "`pip install -r requirements.txt` and restart the app."
        )


def is_loaded() -> bool:
    """Whether Keras is there, for what can as well be shown later; sees to it that it comes."""
    if not _loaded.is_set():
        start_loading(after_s=0)
        return False
    wait_until_loaded()  # says where it could not be loaded
    return True


def _show_wait() -> None:
    place, began_s = st.empty(), time.monotonic()
    while not _loaded.wait(0.25):
        waited_s = time.monotonic() - began_s
        left_s = max(1, round(USUAL_LOAD_S - waited_s))
        share = min(0.95, waited_s / USUAL_LOAD_S)
        with place.container():
            st.progress(share, f"Loading TensorFlow, once: about {left_s} s")
            st.skeleton(height=160)
    place.empty()


def _load() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import keras

        # Streamlit calls this after every run of a page. It would empty Keras's global state under
        # whoever is building a network in another thread, and it walks all objects in memory.
        keras.backend.clear_session = lambda *args, **kwargs: None
        _load_pretrained()
    except Exception as error:
        _failure.append(error)
    # Streamlit also collects garbage after every run. TensorFlow's objects stay for good; frozen,
    # they are not walked each time, which took longer than all the rest.
    gc.collect()
    gc.freeze()
    _loaded.set()
    ensure_warm_worker()  # after Keras is here: the two would only slow each other down


def _load_pretrained() -> None:
    """The network that most visitors use first; building it also loads what every other needs."""
    with suppress(RunError):  # whoever asks for it is told
        run = read_run(PRETRAINED_PATH)
        load_network(Network(run, run.last_saved_epoch))
