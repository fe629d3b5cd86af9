import os
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.watch import watched_page
from tools.browser import end_training, find_chromium, launch_chromium, running_app

expect.set_options(timeout=30_000)  # the first answer waits for TensorFlow, on a busy machine


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as playwright:
        if not find_chromium(playwright):
            message = (
                "no Chromium: apt-get install chromium, or "
                ".venv/bin/python -m playwright install chromium"
            )
            if os.environ.get("REQUIRE_BROWSER"):
                pytest.fail(message)
            pytest.skip(message)
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    with launch_chromium(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def app(browser, tmp_path_factory):
    """The app, started once for all browser tests, with a separate folder for its runs."""
    with running_app(runs=tmp_path_factory.mktemp("runs")) as running:
        yield running


@pytest.fixture
def runs(tmp_path):
    """The folder for the runs of `own_app`; nothing trains there afterwards."""
    yield tmp_path
    end_training(tmp_path)


@pytest.fixture(autouse=True)
def _end_training(request):
    yield
    if "app" in request.fixturenames:
        end_training(request.getfixturevalue("app").runs)


@pytest.fixture
def own_app(browser, runs):
    """A new server for one test, with its runs in `runs`."""
    with running_app(runs=runs) as running:
        yield running


@pytest.fixture
def page(browser):
    """A new visitor: a tab with no cookies, 1280 pixels wide."""
    with watched_page(browser, viewport={"width": 1280, "height": 900}) as page:
        yield page


@pytest.fixture
def colleague(browser):
    """Another visitor."""
    with watched_page(browser) as page:
        yield page


@pytest.fixture
def phone(browser):
    """A visitor with a phone: 390 pixels wide, touch instead of a mouse, dark."""
    size = {"width": 390, "height": 844}
    with watched_page(
        browser, viewport=size, has_touch=True, is_mobile=True, color_scheme="dark"
    ) as page:
        yield page


@pytest.fixture
def digit_file(tmp_path) -> Path:
    """A picture of MNIST's test digit 2, a 1, dark on light and with a margin."""
    import numpy as np
    from PIL import Image

    from cnn.data.mnist import load_digits

    ink = np.pad(load_digits("test").images[2], 20)
    path = tmp_path / "one.png"
    Image.fromarray(255 - ink).resize((340, 340)).save(path)
    return path
