import pytest


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNN_RUNS", str(folder))
    monkeypatch.setenv("CNN_WARM_WORKER", "0")
    return folder
