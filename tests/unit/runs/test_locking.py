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
    """Another process that tries to hold the lock until it is killed; yields it and its answer."""
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


def test_a_lock_that_nobody_took_is_free_and_looking_leaves_nothing_behind(path):
    assert not is_locked(path)
    assert not path.exists()


def test_a_lock_is_held_until_it_is_closed(path):
    held = take_lock(path)
    assert is_locked(path)
    assert take_lock(path) is None
    os.close(held)
    assert not is_locked(path)


def test_a_shared_lock_excludes_only_those_that_are_not(path):
    first, second = take_lock(path, shared=True), take_lock(path, shared=True)
    assert first is not None
    assert second is not None
    assert take_lock(path) is None
    assert not is_locked(path)  # two that look do not see each other
    os.close(first)
    os.close(second)
    os.close(take_lock(path))


def test_another_processs_lock_is_seen_and_its_death_releases_it(path):
    with other_process(path) as (process, answer):
        assert answer == "held"
        assert is_locked(path)
        assert take_lock(path) is None
        process.kill()
        process.wait()
        assert not is_locked(path)
        os.close(take_lock(path))


def test_another_process_is_refused_a_lock_that_is_held_here(path):
    held = take_lock(path)
    with other_process(path) as (_, answer):
        assert answer == "refused"
    os.close(held)


def test_another_process_that_only_looks_is_not_seen(path):
    with other_process(path, "shared") as (_, answer):
        assert answer == "held"
        assert not is_locked(path)


def test_a_lock_is_waited_for_as_long_as_patience_lasts(path):
    held = take_lock(path)
    assert wait_for_lock(path, 0.05) is None
    threading.Timer(0.1, os.close, [held]).start()
    os.close(wait_for_lock(path, 60))
    assert not is_locked(path)
