import os

import pytest
from streamlit.elements.lib import policies
from streamlit.runtime.pages_manager import PagesManager

from cnn.jobs import local_executor
from cnn.runs.locking import take_lock
from ui.loading.warmup import wait_until_loaded


@pytest.fixture(scope="package", autouse=True)
def _load_keras():
    """Load Keras before all tests, so that no page shows the wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_WARM_WORKER", "0")
        wait_until_loaded()
        yield


@pytest.fixture(autouse=True)
def _pages_run_through_app_py(monkeypatch):
    """Run each page through app.py, as a server does as soon as `st.navigation` was called once.

    AppTest would run a page of pages/ alone from its second run on.
    """
    start = PagesManager.__init__

    def start_after_navigation(self, *args, **options):
        PagesManager.uses_pages_directory = False
        start(self, *args, **options)

    monkeypatch.setattr(PagesManager, "__init__", start_after_navigation)


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNN_RUNS", str(folder))
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    return folder


@pytest.fixture(autouse=True)
def _no_default_beside_a_value(monkeypatch):
    """No widget has a default if its value is also set in the session: Streamlit would warn once.

    Streamlit logs the warning for the first such widget of a process only, and then sets the flag.
    """
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    yield
    assert not policies._shown_default_value_warning


@pytest.fixture
def locks(monkeypatch):
    """Locks of runs by id, held in place of workers: no training is started."""
    locks = {}

    def spawn(run):
        locks[run.id] = take_lock(run.path / "lock")
        os.utime(run.path / "lock")  # as a worker

    monkeypatch.setattr(local_executor, "spawn_worker", spawn)
    yield locks
    for lock in locks.values():
        os.close(lock)
