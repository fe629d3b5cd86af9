import os

import pytest

from cnn.jobs import queue as jobs
from cnn.runs.locking import take_lock
from ui.loading.warmup import wait_until_loaded


@pytest.fixture(scope="package", autouse=True)
def _keras_is_loaded():
    """No page shows that it waits for Keras, whichever test comes first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_WARM_WORKER", "0")
        wait_until_loaded()
        yield


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNN_RUNS", str(folder))
    return folder


@pytest.fixture
def locks(monkeypatch):
    """Workers that only hold their runs' locks, by their runs' ids."""
    locks = {}

    def spawn(run):
        locks[run.id] = take_lock(run.path / "lock")

    monkeypatch.setattr(jobs, "_spawn_worker", spawn)
    yield locks
    for lock in locks.values():
        os.close(lock)
