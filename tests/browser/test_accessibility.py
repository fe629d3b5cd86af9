"""axe-core finds nothing serious on any page, in the light and the dark theme."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cnn.data.mnist import load_digits
from tests.browser.gestures import settle
from tests.browser.watch import watched_page
from tools.browser import open_page
from ui.state.picture_url import ChosenPicture

DRAWING = ChosenPicture("drawing", load_digits("test").images[0]).address
NETWORK = quote('Sequential([Conv2D(8, 3), Flatten(), Dense(10, activation="softmax")])')
PAGES = {
    "learn": "/",
    "train": "/train",
    "own network": f"/train?network={NETWORK}",
    "evaluation": "/train?run=notebook",
    "data": "/data",
    "draw data": "/data?do=draw",
    "import data": "/data?do=file",
    "compare": "/compare",
    "frameworks": "/frameworks",
    "experiments": "/compare?show=experiments",
    "layers": "/explore",
    "dense layer": "/explore?layer=dense_1",
    "while drawing": "/explore?tab=While+you+draw",
    "pooling": "/explore?tab=Pooling",
    "custom kernel": "/explore?tab=Custom+kernel",
    "test set": "/explore?tab=Test+set",
    "networks": "/explore?tab=Compare+networks",
    "draw": "/draw",
    "drawing": f"/draw?picture={DRAWING}",
    "number": "/draw?mode=number",
    "recognise": "/recognise",
    "lesson": "/draw?lesson=draw",
    "lecture": "/explore?view=lecture&lesson=pool",
}
# Not those that go on for ever, such as Streamlit's sign that the page is running, and no longer
# than any of them takes: one that is paused, or whose element is removed, may never end.
ANIMATIONS_END = """() => Promise.race([
  Promise.all(
    document.getAnimations()
      .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
      .map((each) => each.finished.catch(() => null))
  ).then(() => null),
  new Promise((end) => setTimeout(end, 3000)),
])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_serious(app, browser, address, scheme):
    size = {"width": 1280, "height": 900}
    with watched_page(browser, viewport=size, color_scheme=scheme) as page:
        open_page(page, f"{app.address}{address}")
        settle(page)
        if address.endswith("run=notebook"):
            page.get_by_text("Evaluation", exact=True).click()
            expect(page.locator(".st-key-confused_digits img").first).to_be_visible(timeout=90_000)
            settle(page)
        page.evaluate(ANIMATIONS_END)
        found = Axe().run(page).response["violations"]
    serious = [
        f"{each['id']}: {each['help']}\n  "
        + "\n  ".join(f"{node['target']}: {node['failureSummary']}" for node in each["nodes"])
        for each in found
        if each["impact"] in ("serious", "critical") or each["id"] == "heading-order"
    ]
    assert not serious, "\n".join(serious)
