import pytest

from cnn import optional_packages


@pytest.fixture
def only_tensorflow(monkeypatch):
    """As if no optional package were installed."""
    monkeypatch.setattr(optional_packages, "find_spec", lambda package: None)


@pytest.fixture
def all_backends(monkeypatch):
    """As if all optional packages were installed."""
    monkeypatch.setattr(optional_packages, "find_spec", lambda package: package)
