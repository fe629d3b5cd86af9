import os

import pytest

from cnn import jobs
from cnn.locking import take_lock


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNN_RUNS", str(folder))
    monkeypatch.setenv("CNN_WARM_WORKER", "0")
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
