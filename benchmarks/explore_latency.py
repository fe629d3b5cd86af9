"""From a click on Explore to the new pictures, beside a page that shows one picture; and pointing.

    python -m benchmarks.explore_latency [--clicks 8] [--rounds 3]

Starts this app and a bare Streamlit page with a button and one picture, and in a real browser
clicks in turn: for the next digit on both, and on Explore for another layer and for another map.
The time is taken in the browser, from the click until the last of the new pictures is there (for a
digit: the last layer's sheet; for a layer or a map: its lens). Then it points at cells of a lens
and measures until the arithmetic below is new, and counts what was sent to the server meanwhile.
"""

import argparse
import json
import statistics

from playwright.sync_api import Page, sync_playwright

from tools.browser import PROJECT, launch_chromium, running_app

# Resolves with the milliseconds from the next click (or key) until what `look` sees is new.
MEASURE = """([selector, look]) => {
  const seen = new Function("place", `return ${look}`);
  const content = () => {
    const place = document.querySelector(selector);
    return place && seen(place);
  };
  const before = content();
  window.answer = new Promise((resolve) => {
    let began = null;
    const note = () => { began ??= performance.now(); };
    addEventListener("click", note, {capture: true, once: true});
    const check = () => {
      const now = content();
      if (began !== null && now && now !== before) resolve(performance.now() - began);
      else if (began !== null && performance.now() - began > 8000) resolve(null);
      else requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
  });
}"""
LAST_PICTURE = """(() => {
  const last = [...place.querySelectorAll("img")].at(-1);
  return last?.complete && last.src;
})()"""
# A lens stands in a shadow tree of its own.
LENS = """[...place.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)
  .flatMap((root) => [...root.querySelectorAll("figcaption, .words, .where")])
  .map((each) => each.textContent).join()"""
POINT = """(canvas) => {
  let sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...all) { sent += 1; return send.apply(this, all); };
  const words = canvas.closest(".lens").querySelector(".words");
  const box = canvas.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < 60; i++) {
    const before = words.textContent, began = performance.now();
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + box.width * ((i * 7) % 26 + 0.5) / 26,
      clientY: box.top + box.height * ((i * 5) % 26 + 0.5) / 26,
    }));
    words.getBoundingClientRect(); // the page is laid out anew before the clock stops
    if (words.textContent !== before) times.push(performance.now() - began);
  }
  WebSocket.prototype.send = send;
  return { times, sent };
}"""


def clicked(page: Page, selector: str, look: str, click) -> float | None:
    page.evaluate(MEASURE, [selector, look])
    click()
    took_ms = page.evaluate("window.answer")
    page.wait_for_timeout(250)
    return took_ms


def measure_bare(page: Page, address: str, clicks: int) -> dict[str, list]:
    page.goto(address)
    button = page.get_by_role("button", name="Next")
    button.wait_for()
    page.wait_for_timeout(1000)
    return {
        "bare": [
            clicked(page, ".st-key-picture", LAST_PICTURE, button.click) for _ in range(clicks)
        ]
    }


def measure_explore(page: Page, address: str, clicks: int) -> dict[str, list]:
    page.goto(f"{address}/explore")
    page.wait_for_selector(".st-key-feature_maps img", timeout=60_000)
    page.wait_for_selector(".st-key-opened_layer canvas")
    page.wait_for_timeout(2500)
    following = page.get_by_role("button", name="Next")
    digit = [
        clicked(page, ".st-key-feature_maps", LAST_PICTURE, following.click) for _ in range(clicks)
    ]
    buttons = page.locator(".st-key-diagram button.layer")
    layer, map_number = [], []
    for i in range(clicks):
        layer.append(clicked(page, ".st-key-opened_layer", LENS, buttons.nth((i + 1) % 4).click))
    buttons.first.click()
    page.wait_for_timeout(1500)
    more = page.locator(".st-key-opened_layer").get_by_test_id("stNumberInputStepUp")
    for _ in range(clicks):
        map_number.append(clicked(page, ".st-key-opened_layer", LENS, more.click))
    pointed = page.locator(".st-key-opened_layer .output canvas").evaluate(POINT)
    return {
        "digit": digit,
        "layer": layer,
        "map": map_number,
        "pointing": pointed["times"],
        "sent": [pointed["sent"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    bare_script = PROJECT / "benchmarks" / "bare_picture_page.py"
    times: dict[str, list] = {}
    with (
        running_app() as app,
        running_app(bare_script) as bare,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        for _ in range(options.rounds):
            for measure, address in ((measure_bare, bare.address), (measure_explore, app.address)):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                for name, found in measure(page, address, options.clicks).items():
                    times.setdefault(name, []).extend(found)
                page.close()
    sent = sum(times.pop("sent"))
    missed = {name: each.count(None) for name, each in times.items() if None in each}
    medians = {
        name: round(statistics.median([ms for ms in each if ms is not None]), 1)
        for name, each in times.items()
    }
    ratios = {name: round(medians[name] / medians["bare"], 2) for name in ("digit", "layer", "map")}
    figures = {"median_ms": medians, "ratio_to_bare": ratios, "sent_while_pointing": sent}
    print(json.dumps({**figures, "clicks": len(times["bare"]), "missed": missed}))


if __name__ == "__main__":
    main()
