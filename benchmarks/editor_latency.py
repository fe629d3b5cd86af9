"""Time from an edit of an own network to its shapes: on the server, and as the visitor sees it.

    python -m benchmarks.editor_latency [--edits 30]

Types numbers of filters into the editor on Train. Prints, in milliseconds, the median and the 95th
percentile from the browser's message to the server's last one in answer to it (the server's part,
and the way there and back on one machine), and from the key to the shape on the page. The browser
sends an edit when no key was pressed for 150 ms; that is part of the second.
"""

import argparse
import json
import re
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from tools.browser import launch_chromium, open_page, running_app

NETWORK = (
    'Sequential([Conv2D(8, 3, activation="relu"), MaxPooling2D(2), '
    'Conv2D(16, 3, activation="relu"), MaxPooling2D(2), Flatten(), '
    'Dense(64, activation="relu"), Dense(10, activation="softmax")])'
)
# Times of the messages that are sent and received.
WATCH = """
const { send } = WebSocket.prototype;
globalThis.sent = [], globalThis.received = [];
WebSocket.prototype.send = function (...data) {
  if (!this.watched) this.addEventListener("message", () => received.push(performance.now()));
  this.watched = true;
  sent.push(performance.now());
  return send.apply(this, data);
};
"""
QUIET_MS = 700  # without a message: the answer is complete


def measure(page: Page, edits: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of the server and of the whole, for each edit."""
    row = page.get_by_role("group", name=re.compile("^Layer 1: "))
    field, server, whole = row.get_by_label("Filters"), [], []
    for number in range(edits):
        filters = 10 + number
        field.select_text()
        page.evaluate("() => { sent.length = received.length = 0 }")
        began = page.evaluate("() => performance.now()")
        page.keyboard.type(str(filters))
        expect(row).to_contain_text(f"26 x 26 x {filters}")
        whole.append(page.evaluate("() => performance.now()") - began)
        page.wait_for_timeout(QUIET_MS)
        server.append(page.evaluate("() => received.at(-1) - sent[0]"))
    return server, whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--edits", type=int, default=30)
    edits = parser.parse_args().edits
    with (
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
        running_app() as app,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        open_page(page, f"{app.address}/train?network={quote(NETWORK)}")
        page.wait_for_timeout(15_000)  # TensorFlow is loaded, and a step is measured
        measure(page, 3)
        for name, times in zip(("server", "key to shape"), measure(page, edits), strict=True):
            figures = {"median": np.median(times), "95 %": np.quantile(times, 0.95)}
            print(json.dumps({"what": name} | {k: round(v, 1) for k, v in figures.items()}))


if __name__ == "__main__":
    main()
