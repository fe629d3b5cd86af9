import errno
import sys
import time

import numpy as np
import pytest

from cnn.frameworks import comparison as module
from cnn.frameworks.comparison import Comparison
from cnn.frameworks.network import BATCH, race_weights

WAIT_S = 120


def wait_for(comparison: Comparison) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not comparison.done:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def random_digits(count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.random((count, 28, 28, 1), np.float32)
    return {"images": images, "labels": rng.integers(0, 10, count).astype(np.int32)}


def script(monkeypatch, text: str) -> None:
    """Run `text` in place of the frameworks."""
    popen = module.subprocess.Popen
    monkeypatch.setattr(
        module.subprocess,
        "Popen",
        lambda _, **options: popen([sys.executable, "-c", text], **options),
    )


@pytest.mark.slow
def test_all_installed_frameworks_race_one_after_the_other(only_tensorflow):
    race = Comparison("race", "max", race_weights(), **random_digits(20 * BATCH))
    wait_for(race)
    assert list(race.results) == ["keras", "tensorflow"]
    for each in race.results.values():
        assert (each.status, each.message, len(each.losses)) == ("finished", "", 20)
        assert each.images_per_s > 0
    losses = [each.losses for each in race.results.values()]
    np.testing.assert_allclose(*losses, atol=1e-3)
    assert race.share == 1


def test_a_framework_that_fails_says_why_and_the_next_one_runs(only_tensorflow, monkeypatch):
    script(monkeypatch, "raise SystemExit('no memory left')")
    check = Comparison("check", "max", race_weights(), images=random_digits(1)["images"])
    wait_for(check)
    assert [each.status for each in check.results.values()] == ["failed"] * 2
    assert {each.message for each in check.results.values()} == {"no memory left"}


def test_a_stopped_race_keeps_what_was_computed(only_tensorflow, monkeypatch):
    line = '{"losses": [2.0], "elapsed_s": 0.5}'
    script(monkeypatch, f"import time; print('{line}', flush=True); time.sleep(60)")
    race = Comparison("race", "max", race_weights(), **random_digits(1))
    deadline_s = time.monotonic() + WAIT_S
    while not race.results["keras"].losses:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    race.stop()
    wait_for(race)
    assert [each.status for each in race.results.values()] == ["stopped"] * 2
    assert race.results["keras"].losses == [2.0]
    assert race.results["keras"].images_per_s is None


@pytest.mark.parametrize("line", ["Downloading…", "[1, 2]", "{"])
def test_one_that_prints_something_else_fails_with_a_sentence(only_tensorflow, monkeypatch, line):
    script(monkeypatch, f"import time; print({line!r}, flush=True); time.sleep(60)")
    check = Comparison("check", "max", race_weights(), images=random_digits(1)["images"])
    wait_for(check)
    for each in check.results.values():
        assert each.status == "failed" and each.message


def test_one_that_hangs_is_ended(only_tensorflow, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)
    script(monkeypatch, "import time; time.sleep(60)")
    check = Comparison("check", "max", race_weights(), images=random_digits(1)["images"])
    wait_for(check)
    assert [each.status for each in check.results.values()] == ["failed"] * 2
    assert {each.message for each in check.results.values()} == {"It took more than 0.2 seconds."}


def test_one_that_waits_for_another_is_stopped_at_once(only_tensorflow, monkeypatch):
    script(monkeypatch, "import time; time.sleep(60)")
    first, second = (Comparison("race", "max", race_weights()) for _ in range(2))
    assert [each.status for each in second.results.values()] == ["waiting"] * 2
    second.stop()
    assert second.done
    first.stop()
    wait_for(first)


def test_a_full_disk_ends_it_with_a_sentence(only_tensorflow, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.np, "savez", refuse)
    check = Comparison("check", "max", race_weights())
    wait_for(check)
    for each in check.results.values():
        assert each.status == "failed" and "space" in each.message.lower()
