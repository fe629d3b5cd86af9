"""The time from a movement of the pen to the new bars, in a browser, and what it consists of.

    python -m benchmarks.live_latency [--strokes 40] [--rounds 3]

Draws generated digits with the mouse, a movement each 16 ms or slower. Each round prints a line of
JSON with medians and 95th percentiles:

movement_to_bars   from a movement to the end of the frame with the changed bars, on the page's main
                   thread: computation, style, layout and paint, without rasterization
bare_page          the same on a page that only changes a word at each frame after a movement
lift_to_server     from the end of a stroke to the server's changed bars, as in `stroke_latency`
forward, normalize_strokes   these alone, on an empty page

and the bytes of the packed weights and of the code, which is sent uncompressed by default.
"""

import argparse
import gzip
import json
import time
from collections.abc import Iterator

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.live_page import as_json, in_ms, load, open_lens_page, packed_text, random_drawings
from benchmarks.stroke_latency import MEASURE, wait_for_keras
from cnn.data.synthetic_digits import synthesize_digit
from cnn.networks.packing import pack_network
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import CANVAS_SIDE
from cnn.runs.run import PRETRAINED_PATH, read_run
from tools.browser import App, launch_chromium, running_app
from ui.widgets.lens import LIVE_PARTS, lens_source

PERIOD_S = 0.016  # between two movements

# Each movement counts, also those that the browser joins into one event.
WATCH = """() => {
  const waiting = [];
  window.latencies = [];
  addEventListener("pointermove", (event) => {
    if (event.buttons) waiting.push(...event.getCoalescedEvents().map((each) => each.timeStamp));
  }, {capture: true});
  // The message is a task by itself: it comes after the frame, of which the mutation is a part.
  const {port1, port2} = new MessageChannel();
  port1.onmessage = ({data}) => {
    const now = performance.now();
    latencies.push(...data.map((moved) => now - moved));
  };
  const isOurs = (node) => node.matches?.(".st-key-probabilities > .live");
  new MutationObserver((changes) => {
    const changed = ({target, addedNodes}) => isOurs(target) || [...addedNodes].some(isOurs);
    if (changes.some(changed)) port2.postMessage(waiting.splice(0));
  }).observe(document.body, {childList: true, subtree: true});
}"""
IS_EMPTY = """() =>
  document.querySelector(".st-key-prediction").textContent.includes("Draw a digit")"""
BARE = """
<div class="st-key-probabilities"><p class="live">0</p></div>
<canvas data-fabric="top" width="280" height="280"></canvas>
<script>
  let moves = 0;
  addEventListener("mousemove", () => requestAnimationFrame(() => {
    document.querySelector(".live").textContent = moves++;
  }));
</script>"""
COMPUTE = """({packed, images, drawings, side}) => {
  const bytes = bytesOf(packed);
  let layers = null;
  const read = timed(() => { ({layers} = readNetwork(bytes)); });
  const forward = images.map((image) => timed(() => activations(layers, image)));
  const normalize = drawings.map((strokes) => timed(() => normalizeStrokes(strokes, side)));
  return {read, forward, normalize};
}"""


def open_draw(page: Page, app: App) -> None:
    page.goto(f"{app.address}/draw")
    page.wait_for_selector(".st-key-probabilities table")
    page.wait_for_timeout(2000)


def generated_digits(seed: int) -> Iterator[list[np.ndarray]]:
    """Digits without end: the lines of each, whole pixels of the canvas, no two in succession."""
    rng = np.random.default_rng(seed)
    while True:
        lines = [
            np.rint(30 + 2 * line[::2]).clip(2, CANVAS_SIDE - 3)
            for line in synthesize_digit(int(rng.integers(10)), rng)
        ]
        yield [line[np.r_[True, np.diff(line, axis=0).any(axis=1)]] for line in lines]


def draw(page: Page, line: np.ndarray, lift: bool = True) -> None:
    """Move the mouse along the points of `line` with its button pressed, then release it."""
    box = page.locator("canvas[data-fabric=top]").bounding_box()
    places = (line + np.array([box["x"], box["y"]])).tolist()
    page.mouse.move(*places[0])
    page.mouse.down()
    due_s = time.perf_counter()
    for place in places[1:]:
        due_s = max(due_s + PERIOD_S, time.perf_counter())
        time.sleep(max(0, due_s - time.perf_counter()))
        page.mouse.move(*place)
    if lift:
        page.mouse.up()


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(IS_EMPTY)
    page.wait_for_timeout(400)


def measure_screen(browser: Browser, app: App, strokes: int, seed: int) -> dict:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    open_draw(page, app)
    page.wait_for_function("globalThis.liveNetwork")
    page.evaluate(WATCH)
    server, moved = [], 0
    for digit in generated_digits(seed):
        for line in digit:
            page.evaluate(MEASURE, ".st-key-probabilities")
            draw(page, line)
            moved += len(line) - 1
            server.append(page.evaluate("window.elapsed"))
        if len(server) >= strokes:
            break
        clear(page)
    latencies = page.evaluate("window.latencies")
    page.close()
    return {
        "movement_to_bars": in_ms(latencies),
        "bare_page": in_ms(measure_bare(browser, app, seed)),
        "lift_to_server": in_ms([each for each in server[1:] if each is not None]),
        "movements": moved,
        "without_answer": moved - len(latencies),
        "strokes": len(server),
    }


def measure_bare(browser: Browser, app: App, seed: int) -> list[float]:
    page = browser.new_page()
    page.goto(f"{app.address}/_stcore/health")  # joined events are told to a server's page only
    page.set_content(BARE)
    page.evaluate(WATCH)
    for digit, _ in zip(generated_digits(seed), range(8), strict=False):
        for line in digit:
            draw(page, line)
    page.wait_for_timeout(200)
    latencies = page.evaluate("window.latencies")
    page.close()
    return latencies


def measure_forward(browser: Browser) -> dict:
    run = read_run(PRETRAINED_PATH)
    layers, weights = run.config.layers, run.weights(run.last_saved_epoch)
    drawings = random_drawings(300, seed=3)
    page = open_lens_page(browser)
    times = page.evaluate(
        COMPUTE,
        {
            "packed": packed_text(layers, weights),
            "images": [normalize_strokes(each).image.ravel().tolist() for each in drawings],
            "drawings": [as_json(each) for each in drawings],
            "side": CANVAS_SIDE,
        },
    )
    page.close()
    code = lens_source("js", *LIVE_PARTS, "live").encode()
    return {
        "read_weights_ms": round(times["read"], 1),
        "first_forward_ms": round(times["forward"][0], 1),
        "forward": in_ms(times["forward"][1:]),
        "normalize_strokes": in_ms(times["normalize"][1:]),
        "weights_bytes": len(pack_network(layers, weights, "")),
        "code_bytes": len(code),
        "code_gzip_bytes": len(gzip.compress(code)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=40, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with (
        running_app() as app,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        wait_for_keras(browser, app)
        for number in range(options.rounds):
            screen = measure_screen(browser, app, options.strokes, number)
            print(json.dumps({**screen, **measure_forward(browser), **load()}), flush=True)


if __name__ == "__main__":
    main()
