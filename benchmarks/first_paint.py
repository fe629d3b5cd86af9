"""Time until Explore is shown, with everything warm, compared with a bare page.

    python -m benchmarks.first_paint [--visits 8]

Starts this app and a minimal Streamlit page with a button and an image, and visits both alternately
in one browser, after three visits that are not counted. Measured in the browser, from the
start of the navigation to the first frame with
- title: the page's heading or, on the bare page, its button;
- content: all of Explore's diagram (a picture of each layer, and its answer), or the bare image.
Prints the medians and Explore's ratios to the bare page, as a JSON line.
"""

import argparse
import json
import statistics

from playwright.sync_api import Browser, sync_playwright

from tools.browser import PROJECT, launch_chromium, running_app

WATCH = """
window.times = {};
const shown = {
  bare: {
    title: () => document.querySelector('[data-testid="stButton"]'),
    content: () => document.querySelector(".st-key-picture img")?.complete,
  },
  explore: {
    title: () => document.querySelector("h1"),
    content: () => {
      const hosts = document.querySelectorAll('[data-testid="stBidiComponentIsolated"]');
      const roots = [...hosts].map((each) => each.shadowRoot);
      const maps = roots.flatMap((root) => [...root?.querySelectorAll(".diagram canvas") ?? []]);
      return maps.length > 4 && maps.every((canvas) => canvas.width > 0 && canvas.clientWidth > 0);
    },
  },
};
const look = () => {
  for (const [name, stands] of Object.entries(shown[PAGE]))
    if (!(name in times) && stands()) times[name] = performance.now();
  if (Object.keys(times).length < 2) requestAnimationFrame(look);
};
addEventListener("DOMContentLoaded", look);
"""
UNCOUNTED = 3


def visit(browser_context, page_name: str, address: str) -> dict[str, float]:
    """Open `address` in a new tab; return the milliseconds until each part stood."""
    page = browser_context.new_page()
    page.add_init_script(WATCH.replace("PAGE", json.dumps(page_name)))
    page.goto(address)
    page.wait_for_function("Object.keys(window.times).length === 2", timeout=60_000)
    page.wait_for_timeout(1500)  # the server finishes the page
    times = page.evaluate("window.times")
    page.close()
    return times


def measure(browser: Browser, addresses: dict[str, str], visits: int) -> dict[str, dict]:
    """Return the medians of each page's times, in milliseconds."""
    times: dict[str, list[dict]] = {name: [] for name in addresses}
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    for number in range(UNCOUNTED + visits):
        for name, address in addresses.items():
            found = visit(context, name, address)
            if number >= UNCOUNTED:
                times[name].append(found)
    return {
        name: {part: round(statistics.median(each[part] for each in found), 1) for part in found[0]}
        for name, found in times.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=8)
    options = parser.parse_args()
    with (
        running_app() as app,
        running_app(PROJECT / "benchmarks" / "bare_picture_page.py") as bare,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        addresses = {"bare": bare.address, "explore": f"{app.address}/explore"}
        medians = measure(browser, addresses, options.visits)
    ratios = {
        part: round(medians["explore"][part] / medians["bare"][part], 2)
        for part in ("title", "content")
    }
    print(json.dumps({"median_ms": medians, "ratio": ratios}))


if __name__ == "__main__":
    main()
