"""From the end of a stroke to the answer, in a real browser, beside a page that does nothing.

    python -m benchmarks.stroke_latency [--strokes 10] [--rounds 4] [--training]

Starts this app and a bare Streamlit page with nothing but a canvas and a counter, draws the same
strokes on both in turn, and prints the median milliseconds and their ratio. With --training it
draws on the app while a network is trained beside it as well, and prints the ratio of that to the
app without. The time is taken in
the browser: from pointerup to the change of the page that shows the answer (the probabilities,
the last of the answer's parts; the counter on the bare page). Of many strokes over each other the
network says the same whatever comes on top, so that each round begins with an empty page.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from cnn.config import TrainingConfig
from cnn.jobs.queue import start_training
from tools.browser import PROJECT, end_training, launch_chromium, running_app

# Resolves with the milliseconds from the next pointerup until what stands below `selector` is new.
# Streamlit marks elements as stale before their new content comes: only content counts.
MEASURE = """(selector) => {
  const place = document.querySelector(selector);
  const content = () => [...place.querySelectorAll("tr, p")].map((e) => e.outerHTML).join();
  window.answer = new Promise((resolve) => {
    const before = content();
    let began = null;
    const note = () => { began = performance.now(); };
    addEventListener("pointerup", note, {capture: true, once: true});
    const observer = new MutationObserver(() => {
      if (began === null || content() === before) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - began));
    });
    observer.observe(place, {childList: true, subtree: true, characterData: true});
    setTimeout(() => resolve(null), 5000); // the same answer as before: nothing to be seen
  });
}"""


def draw_stroke(page: Page, number: int) -> None:
    box = page.locator("canvas").last.bounding_box()
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
        times_ms.append(page.evaluate("window.answer"))
        page.wait_for_timeout(300)
    return [each for each in times_ms[2:] if each is not None]  # two to warm up


@contextmanager
def training_in(folder: Path) -> Iterator[None]:
    """A worker trains the preset `notebook` meanwhile."""
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
        # Keras has to be there, or the first strokes would measure its import.
        page = browser.new_page()
        page.goto(f"{app.address}/explore")
        page.wait_for_selector(".st-key-feature_maps", timeout=60_000)
        page.close()
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
