"""Time from a click on Explore to the new images, compared with a bare page; and of pointing.

    python -m benchmarks.explore_latency [--clicks 8] [--rounds 3]

Starts this app and a minimal Streamlit page with a button and an image. In a browser, selects the
next digit on both, and on Explore also another layer and another map. The time is measured in the
browser, from the click to the last of the new images (for a digit: the last layer's maps, with *All
layers* open; for a layer or a map: its lens). Then points at cells of a lens, measures the time to
the new arithmetic below it, and counts the messages that are sent to the server meanwhile.
"""

import argparse
import json
import statistics

from playwright.sync_api import Page, sync_playwright

from tools.browser import PROJECT, launch_chromium, running_app

# Resolves with the milliseconds from the next click (or key) to a new result of `look`.
MEASURE = """([selector, look]) => {
  const lookAt = new Function("place", `return ${look}`);
  const content = () => {
    const place = document.querySelector(selector);
    return place && lookAt(place);
  };
  const before = content();
  window.elapsed = new Promise((resolve) => {
    let start = null;
    const note = () => { start ??= performance.now(); };
    addEventListener("click", note, {capture: true, once: true});
    const check = () => {
      const now = content();
      if (start !== null && now && now !== before) resolve(performance.now() - start);
      else if (start !== null && performance.now() - start > 8000) resolve(null);
      else requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
  });
}"""
LAST_IMAGE = """(() => {
  const last = [...place.querySelectorAll("img")].at(-1);
  return last?.complete && last.src;
})()"""
# What is computed in the browser is in shadow trees.
LAST_SHEET = """[...place.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)
  .flatMap((root) => [...root.querySelectorAll("canvas")]).at(-1)?.toDataURL()"""
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
    const before = words.textContent, start = performance.now();
    canvas.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + box.width * ((i * 7) % 26 + 0.5) / 26,
      clientY: box.top + box.height * ((i * 5) % 26 + 0.5) / 26,
    }));
    words.getBoundingClientRect(); // include the layout in the time
    if (words.textContent !== before) times.push(performance.now() - start);
  }
  WebSocket.prototype.send = send;
  return { times, sent };
}"""


def click_time(page: Page, selector: str, look: str, click) -> float | None:
    page.evaluate(MEASURE, [selector, look])
    click()
    elapsed_ms = page.evaluate("window.elapsed")
    page.wait_for_timeout(250)
    return elapsed_ms


def measure_bare(page: Page, address: str, clicks: int) -> dict[str, list]:
    page.goto(address)
    button = page.get_by_role("button", name="Next", exact=True)
    button.wait_for()
    page.wait_for_timeout(1000)
    return {
        "bare": [
            click_time(page, ".st-key-picture", LAST_IMAGE, button.click) for _ in range(clicks)
        ]
    }


def measure_explore(page: Page, address: str, clicks: int) -> dict[str, list]:
    page.goto(f"{address}/explore")
    page.get_by_text("All layers", exact=True).click()
    page.wait_for_selector(".st-key-feature_maps canvas", timeout=60_000)
    page.wait_for_selector(".inside canvas")
    page.wait_for_timeout(2500)
    next_button = page.get_by_role("button", name="Next", exact=True)
    digit = [
        click_time(page, ".st-key-feature_maps", LAST_SHEET, next_button.click)
        for _ in range(clicks)
    ]
    buttons = page.locator(".diagram button.layer")
    layer, map_number = [], []
    for i in range(clicks):
        layer.append(click_time(page, ".st-key-layers_view", LENS, buttons.nth((i + 1) % 4).click))
    buttons.first.click()
    page.wait_for_timeout(1500)
    next_map = page.get_by_role("button", name="Next map")
    for _ in range(clicks):
        map_number.append(click_time(page, ".st-key-layers_view", LENS, next_map.click))
    pointing = page.locator(".inside .output canvas").evaluate(POINT)
    return {
        "digit": digit,
        "layer": layer,
        "map": map_number,
        "pointing": pointing["times"],
        "sent": [pointing["sent"]],
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
                for name, times_ms in measure(page, address, options.clicks).items():
                    times.setdefault(name, []).extend(times_ms)
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
