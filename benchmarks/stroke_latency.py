"""Time from the end of a stroke to the new prediction, in a browser, compared with a bare page.

    python -m benchmarks.stroke_latency [--strokes 10] [--rounds 4] [--training]

Starts this app and a minimal Streamlit page with a canvas and a counter, draws the same strokes on
both in turn, and prints the median milliseconds and their ratio. With --training it also draws
while a network is trained, and prints the ratio of that to the app without training. The time is
measured in the browser, from pointerup to the last change of the page (the probabilities; the
counter on the bare page). Each round begins with an empty canvas, since the prediction for many
superimposed strokes hardly changes.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from cnn.config import TrainingConfig
from cnn.jobs.queue import start_training
from tools.browser import PROJECT, App, end_training, launch_chromium, running_app

# Resolves with the milliseconds from the next pointerup to new content below `selector`.
# Streamlit marks elements as stale before it replaces their content: only content counts. So does
# only the server's: what the browser computes while one draws lies over it, in `.live`.
MEASURE = """(selector) => {
  const place = document.querySelector(selector);
  const content = () => [...place.querySelectorAll("tr, p")]
    .filter((e) => !e.closest(".live")).map((e) => e.outerHTML).join();
  window.elapsed = new Promise((resolve) => {
    const before = content();
    let start = null;
    const note = () => { start = performance.now(); };
    addEventListener("pointerup", note, {capture: true, once: true});
    const observer = new MutationObserver(() => {
      if (start === null || content() === before) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - start));
    });
    observer.observe(place, {childList: true, subtree: true, characterData: true});
    setTimeout(() => resolve(null), 5000); // the same prediction as before
  });
}"""


def draw_stroke(page: Page, number: int) -> None:
    box = page.locator("canvas[data-fabric=top]").bounding_box()
    x, y = box["x"] + 40 + 9 * number % 190, box["y"] + 40
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(x + 2 * step, y + 13 * step)
    page.mouse.up()


def measure(page: Page, selector: str, strokes: int) -> list[float]:
    page.wait_for_selector("canvas")
    page.wait_for_selector(selector, state="attached")
    page.wait_for_timeout(1500)
    times_ms = []
    for number in range(strokes):
        page.evaluate(MEASURE, selector)
        draw_stroke(page, number)
        times_ms.append(page.evaluate("window.elapsed"))
        page.wait_for_timeout(300)
    return [each for each in times_ms[2:] if each is not None]  # the first two warm up


def wait_for_keras(browser: Browser, app: App) -> None:
    """Wait until the server has imported Keras, which the first strokes would otherwise measure."""
    page = browser.new_page()
    page.goto(f"{app.address}/explore")
    page.wait_for_selector(".st-key-feature_maps", timeout=60_000)
    page.close()


@contextmanager
def training_in(folder: Path) -> Iterator[None]:
    """Train the preset `notebook` in the background."""
    run = start_training(TrainingConfig(epochs=100), folder)
    while not len(run.batches()["step"]):
        time.sleep(0.1)
    yield
    end_training(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--training", action="store_true")
    options = parser.parse_args()
    bare_script = PROJECT / "benchmarks" / "bare_canvas_page.py"
    times: dict[str, list[float]] = defaultdict(list)
    with (
        running_app() as app,
        running_app(bare_script) as bare,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        wait_for_keras(browser, app)
        places = [
            ("bare", bare.address, ".st-key-counter"),
            ("app", f"{app.address}/draw", ".st-key-probabilities"),
        ]
        if options.training:
            places.append(("app while training", *places[1][1:]))
        for _ in range(options.rounds):
            for name, address, selector in places:
                with training_in(app.runs) if name.endswith("training") else nullcontext():
                    page = browser.new_page(viewport={"width": 1280, "height": 800})
                    page.goto(address)
                    times[name] += measure(page, selector, options.strokes)
                    page.close()
    medians = {name: round(statistics.median(each), 1) for name, each in times.items()}
    figures = {"median_ms": medians, "ratio": round(medians["app"] / medians["bare"], 3)}
    if options.training:
        figures["training_ratio"] = round(medians["app while training"] / medians["app"], 3)
    print(json.dumps({**figures, "strokes": len(times["app"])}))


if __name__ == "__main__":
    main()
