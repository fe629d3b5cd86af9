import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from cnn.runs.locking import is_locked, take_lock, wait_for_lock

PROJECT = Path(__file__).parents[3]
HOLD = """
import sys, pathlib, cnn.runs.locking
held = cnn.runs.locking.take_lock(pathlib.Path(sys.argv[1]), shared=len(sys.argv) > 2)
print("held" if held is not None else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@contextmanager
def other_process(path, *arguments):
    """Start a process that tries to hold the lock; yields it and whether it is "held"."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *arguments],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def test_checking_a_lock_creates_no_file(path):
    assert not is_locked(path)
    assert not path.exists()


def test_a_lock_is_held_until_it_is_closed(path):
    held = take_lock(path)
    assert is_locked(path)
    assert take_lock(path) is None
    os.close(held)
    assert not is_locked(path)


def test_a_shared_lock_excludes_only_exclusive_ones(path):
    first, second = take_lock(path, shared=True), take_lock(path, shared=True)
    assert first is not None
    assert second is not None
    assert take_lock(path) is None
    assert not is_locked(path)  # two checks do not disturb each other
    os.close(first)
    os.close(second)
    os.close(take_lock(path))


def test_the_end_of_a_process_releases_its_lock(path):
    with other_process(path) as (process, answer):
        assert answer == "held"
        assert is_locked(path)
        assert take_lock(path) is None
        process.kill()
        process.wait()
        assert not is_locked(path)
        os.close(take_lock(path))


def test_a_lock_held_here_excludes_another_process(path):
    held = take_lock(path)
    with other_process(path) as (_, answer):
        assert answer == "refused"
    os.close(held)


def test_a_shared_lock_of_another_process_does_not_count(path):
    with other_process(path, "shared") as (_, answer):
        assert answer == "held"
        assert not is_locked(path)


def test_a_lock_is_waited_for_until_the_timeout(path):
    held = take_lock(path)
    assert wait_for_lock(path, 0.05) is None
    threading.Timer(0.1, os.close, [held]).start()
    os.close(wait_for_lock(path, 60))
    assert not is_locked(path)
