"""Messages and memory of the Draw page, on which the network runs in the browser while one draws.

    python -m benchmarks.live_session [messages|memory]

Prints lines of JSON:

messages  sent to the server while the pen moves and after it lifts, for each of 10 strokes, on a
          page that waits for nothing else
memory    megabytes of JavaScript's heap after 50, 250 and 500 strokes; the same on a page on which
          the answer while one draws has failed
"""

import argparse
import json
from collections.abc import Iterator

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.live_latency import clear, draw, generated_digits, open_draw
from benchmarks.live_page import load
from benchmarks.stroke_latency import MEASURE, wait_for_keras
from tools.browser import App, launch_chromium, running_app

COUNTED = (50, 250, 500)  # strokes after which the memory is read
QUIET_MS = 2_500  # without a message: the page waits for nothing more
BREAK = """Object.defineProperty(globalThis, "liveNetwork", {
  set() { throw new Error("broken on purpose"); }
})"""


def measure_messages(browser: Browser, app: App, strokes: int) -> dict:
    sent: list[int] = []

    def wait_until_quiet() -> None:
        before = -1
        while before != len(sent):
            before = len(sent)
            page.wait_for_timeout(QUIET_MS)

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    open_draw(page, app)
    page.wait_for_function("globalThis.liveNetwork")
    while_moving, after_lifting = [], []
    lines = (line for digit in generated_digits(5) for line in digit)
    for line, _ in zip(lines, range(strokes + 1), strict=False):
        wait_until_quiet()
        before = len(sent)
        draw(page, line, lift=False)
        page.wait_for_timeout(200)
        while_moving.append(len(sent) - before)
        page.mouse.up()
        wait_until_quiet()
        after_lifting.append(len(sent) - before - while_moving[-1])
    page.close()
    # The first stroke is that of an empty canvas: the page then asks until the nearest training
    # digits are computed.
    return {"while_moving": while_moving[1:], "after_lifting": after_lifting[1:], **load()}


def measure_memory(browser: Browser, app: App, is_broken: bool) -> Iterator[dict]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    if is_broken:
        page.add_init_script(BREAK)
    open_draw(page, app)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    drawn = 0
    for digit in generated_digits(7):
        for line in digit:
            page.evaluate(MEASURE, ".st-key-probabilities")
            draw(page, line[::3])
            page.evaluate("window.elapsed")
            drawn += 1
            if drawn in COUNTED:
                yield {"broken": is_broken, "strokes": drawn, **heap(page, session)}
            if drawn == COUNTED[-1]:
                page.close()
                return
        clear(page)


def heap(page: Page, session: CDPSession) -> dict:
    page.wait_for_timeout(5_000)
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    values = {each["name"]: each["value"] for each in metrics}
    return {
        "heap_mb": round(values["JSHeapUsedSize"] / 1e6, 2),
        "nodes": int(values["Nodes"]),
        "listeners": int(values["JSEventListeners"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="?", choices=("messages", "memory"))
    part = parser.parse_args().part
    with (
        running_app() as app,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        wait_for_keras(browser, app)
        if part != "memory":
            print(json.dumps(measure_messages(browser, app, 10)), flush=True)
        if part != "messages":
            for is_broken in (False, True):
                for figures in measure_memory(browser, app, is_broken):
                    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
