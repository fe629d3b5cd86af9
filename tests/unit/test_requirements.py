"""The lock files name what the requirements files ask for: the two cannot part."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
FILES = {"requirements.lock": "requirements.txt", "requirements-dev.lock": "requirements-dev.txt"}


def requirements_of(file: str) -> dict[str, str]:
    """The versions that a requirements file pins, with those that it includes, by package."""
    pinned = {}
    for line in (PROJECT / file).read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            pinned |= requirements_of(text.removeprefix("-r ").strip())
        elif text:
            requirement = Requirement(text)
            [version] = requirement.specifier
            assert version.operator == "==", text
            pinned[canonicalize_name(requirement.name)] = version.version
    return pinned


def locked_in(file: str) -> list[tuple[str, str, list[str], str]]:
    """What a lock file has: (package, version, hashes, comments) each.

    A package may be there twice, with versions for different Pythons.
    """
    found = []
    for entry in re.split(r"\n(?=[a-zA-Z])", (PROJECT / file).read_text("utf-8"))[1:]:
        requirement = Requirement(re.split(r" \\\n", entry)[0])
        [version] = requirement.specifier
        hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)
        comments = "\n".join(line for line in entry.splitlines() if line.startswith("    #"))
        found.append((canonicalize_name(requirement.name), version.version, hashes, comments))
    return found


@pytest.mark.parametrize(("lock", "source"), FILES.items())
def test_a_lock_file_has_each_version_that_its_requirements_pin(lock, source):
    """Otherwise: make lock."""
    locked = {(name, version) for name, version, *_ in locked_in(lock)}
    missing = set(requirements_of(source).items()) - locked
    assert not missing, f"{lock} lacks {sorted(missing)}; run `make lock`"


@pytest.mark.parametrize(("lock", "source"), FILES.items())
def test_a_lock_file_asks_for_nothing_that_its_requirements_have_dropped(lock, source):
    asked = {name for name, _, _, comments in locked_in(lock) if "-r requirements" in comments}
    assert asked == set(requirements_of(source))


@pytest.mark.parametrize("lock", FILES)
def test_each_package_of_a_lock_file_has_hashes_and_no_address(lock):
    entries = locked_in(lock)
    assert len(entries) > 60
    assert [name for name, _, hashes, _ in entries if not hashes] == []
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (PROJECT / lock).read_text())


def test_the_tests_run_with_what_the_app_runs_with():
    app, tests = (
        {(name, version, *hashes) for name, version, hashes, _ in locked_in(lock)} for lock in FILES
    )
    assert app - tests == set()


def test_the_pinned_packages_are_those_that_are_installed_by_make():
    """make run and make test install the lock files, and check the hashes."""
    text = (PROJECT / "Makefile").read_text("utf-8")
    for lock in FILES:
        assert f"--require-hashes -r {lock}\n" in text
        assert re.search(rf"^\S+-ready: .*\b{re.escape(lock)}", text, re.MULTILINE)
