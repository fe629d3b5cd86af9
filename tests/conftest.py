import os

import pytest

from cnn import optional_packages

# The tests keep the processors busy: trainings that give way to them would take for ever.
os.environ.setdefault("CNN_NICENESS", "0")


@pytest.fixture
def only_tensorflow(monkeypatch):
    """As if no optional package were installed."""
    monkeypatch.setattr(optional_packages, "find_spec", lambda package: None)


@pytest.fixture
def all_backends(monkeypatch):
    """As if all optional packages were installed."""
    monkeypatch.setattr(optional_packages, "find_spec", lambda package: package)
