import pytest


@pytest.fixture(autouse=True)
def datasets_folder(tmp_path, monkeypatch):
    """An empty folder for data sets, also the default: no test writes into the project's."""
    folder = tmp_path / "datasets"
    monkeypatch.setenv("CNN_DATASETS", str(folder))
    return folder
