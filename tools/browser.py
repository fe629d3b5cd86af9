"""Starts the app on a free port, with a separate folder of runs, and Chromium for its pages."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from playwright.sync_api import Browser, Page, Playwright, expect

from cnn.jobs.queue import active_run, stop_training
from cnn.runs.run import list_runs

PROJECT = Path(__file__).parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# No sandbox: Chromium refuses one to root. No background networking: there may be no network.
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class App:
    """A running server."""

    address: str
    process: subprocess.Popen
    runs: Path


def find_chromium(playwright: Playwright) -> str | None:
    """Return the path of the system's Chromium, or of Playwright's, or None."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    downloaded = playwright.chromium.executable_path
    return downloaded if Path(downloaded).exists() else None


@contextmanager
def launch_chromium(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """Run a headless Chromium within the context, with further command-line `flags`."""
    path = find_chromium(playwright)
    browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def running_app(
    script: Path = PROJECT / "app.py",
    runs: Path | None = None,
    base_path: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
    port: int | None = None,
    log: Path | None = None,
) -> Iterator[App]:
    """Run `streamlit run script` within the context; its workers continue afterwards.

    Its runs are in the folder `runs`, by default a temporary one, and its data sets in `.datasets`
    within. It is served at `base_path`, such as "cnn", on `port`, by default a free one, gets
    further variables of the `environment`, and writes to the file `log`, if any. Raises
    RuntimeError if it does not respond within a minute.
    """
    with tempfile.TemporaryDirectory() as folder, (log or Path(os.devnull)).open("ab") as output:
        options = ["--server.port", str(port or free_port()), "--server.baseUrlPath", base_path]
        runs = runs or Path(folder) / "runs"
        app = _start_app(script, runs, options, environment, output)
        try:
            yield app
        finally:
            _stop_app(app)


def end_training(runs: Path) -> None:
    """Stop all trainings in the folder `runs`: a failed test must not slow down the next."""
    for run in list_runs(runs)[0]:
        stop_training(run)
    for _ in range(100):
        if active_run(runs) is None:
            return
        time.sleep(0.1)


def open_page(page: Page, address: str) -> None:
    """Open an address and wait for the page's title."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()


def set_number(page: Page, label: str, value: str) -> None:
    """Type a number into the field `label`."""
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Tab")


def _start_app(
    script: Path,
    runs: Path,
    options: list[str],
    environment: Mapping[str, str],
    output: BinaryIO,
) -> App:
    folders = {"CNN_RUNS": str(runs), "CNN_DATASETS": str(runs / ".datasets")}
    command = (sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true")
    process = subprocess.Popen(
        [*command, *options],
        cwd=PROJECT,
        env={**os.environ, **folders, **environment},
        stdout=output,
        stderr=output,
    )
    port, base_path = options[1::2]
    address = f"http://localhost:{port}/{base_path}".rstrip("/")
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            return App(address, process, runs)
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError("Streamlit did not start")


def _stop_app(app: App) -> None:
    app.process.terminate()
    try:
        app.process.wait(10)
    except subprocess.TimeoutExpired:
        app.process.kill()
        app.process.wait()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]
