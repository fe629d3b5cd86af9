import pytest


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNN_RUNS", str(folder))
    return folder
