"""axe-core finds nothing serious on any page, in the light and the dark theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.gestures import settle
from tests.browser.watch import watched_page
from tools.browser import open_page

PAGES = {
    "learn": "/",
    "train": "/train",
    "compare": "/compare",
    "explore": "/explore",
    "draw": "/draw",
    "lesson": "/draw?lesson=draw",
    "lecture": "/explore?view=lecture&lesson=pool",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_serious(app, browser, address, scheme):
    size = {"width": 1280, "height": 900}
    with watched_page(browser, viewport=size, color_scheme=scheme) as page:
        open_page(page, f"{app.address}{address}")
        settle(page)
        page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        found = Axe().run(page).response["violations"]
    serious = [
        f"{each['id']}: {each['help']}\n  "
        + "\n  ".join(f"{node['target']}: {node['failureSummary']}" for node in each["nodes"])
        for each in found
        if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
    ]
    assert not serious, "\n".join(serious)
