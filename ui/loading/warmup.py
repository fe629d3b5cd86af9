"""Import of Keras in the background, so that a page waits for it as late as possible."""

import gc
import os
import threading
import time
from contextlib import suppress

import streamlit as st

from cnn.backends import DEFAULT
from cnn.jobs.errors import JobError
from cnn.jobs.executor import current_executor
from cnn.runs.run import PRETRAINED_PATH, Network, RunError, read_run, runs_path
from ui.loading.errors import LoadingError
from ui.loading.network_cache import load_network

FIRST_PAINT_S = 1.0  # the delay that leaves the processor to the first page
USUAL_LOAD_S = 7.0
COLLECT_S = 10.0  # between two collections of garbage

_started = threading.Lock()
_loaded = threading.Event()
_failure: list[Exception] = []


def start_loading(after_s: float = FIRST_PAINT_S) -> None:
    """Start to import Keras in a thread, once per process; returns at once."""
    os.environ["KERAS_BACKEND"] = DEFAULT  # in this process; trainings choose their own
    if _started.acquire(blocking=False):
        threading.Timer(after_s, _load).start()


def keep_worker_warm() -> None:
    """Ensure that the next training starts fast, once this server has loaded Keras."""
    if _loaded.is_set():
        with suppress(JobError, OSError):  # a training says so when it is started
            current_executor().prepare(runs_path())


def wait_until_loaded() -> None:
    """Wait for Keras, with a progress bar. Raises LoadingError if it cannot be imported.

    Each update of the bar lets Streamlit end this run for a newer one, so that a visitor who clicks
    elsewhere does not wait.
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
    """Return whether Keras is loaded, without waiting; starts the import if necessary.

    Raises LoadingError if it cannot be imported.
    """
    if not _loaded.is_set():
        start_loading(after_s=0)
        return False
    wait_until_loaded()
    return True


def _show_wait() -> None:
    place, began_s = st.empty(), time.monotonic()
    while not _loaded.wait(0.25):
        waited_s = time.monotonic() - began_s
        left_s = max(1, round(USUAL_LOAD_S - waited_s))
        share = min(0.95, waited_s / USUAL_LOAD_S)
        with place.container():
            st.progress(share, f"Loading TensorFlow (once): about {left_s} s left")
            st.skeleton(height=160)
    place.empty()


def _load() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import keras

        # Streamlit calls this after every run of a page. It would clear Keras's global state while
        # another thread builds a network, and it walks all objects in memory.
        keras.backend.clear_session = lambda *args, **kwargs: None
        # The network that most visitors use first; building it imports the rest of TensorFlow.
        with suppress(RunError):  # raised again for whoever selects it
            run = read_run(PRETRAINED_PATH)
            load_network(Network(run, run.last_saved_epoch))
    except Exception as error:
        _failure.append(error)
    # TensorFlow's objects are permanent: frozen, they are not walked at each collection, which took
    # longer than everything else.
    gc.collect()
    gc.freeze()
    threading.Thread(target=_collect_garbage, daemon=True).start()
    _loaded.set()
    keep_worker_warm()  # after Keras: both at once would slow each other down


def _collect_garbage() -> None:
    """Collect garbage now and then, in place of Streamlit, which would after every run of a page.

    With thirty visitors that is ten times a second, each of 10 ms that stop all pages. Python by
    itself would wait for a quarter of TensorFlow's many objects.
    """
    while True:
        time.sleep(COLLECT_S)
        gc.collect()
