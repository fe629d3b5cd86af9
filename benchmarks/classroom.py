"""A classroom: 1, 10 and 30 visitors at once, who draw, explore and watch while a network trains.

    python -m benchmarks.classroom [--visitors 1 10 30 30] [--seconds 120] [--browsers 3] [--idle]

One server, with a training of the preset `notebook` in the background (--idle: without). For each
number of visitors, all open their pages within 5 s. Once all have their pages, half of them draw, a
third explore and the rest watch, for --seconds (of 1 visitor: draws; of 10: 5, 3 and 2; of 30: 15,
10 and 5):

- Who draws, draws synthetic digits of their own, no two alike, one stroke every 2 to 4 s, and
  presses *Clear* after each digit. The next stroke waits for the answer to the last, but not for
  the explanations below it, as a person would.
- Who explores, chooses another test digit, or in a third of the cases another layer, every 3 to
  5 s.
- Who watches, has the page Train open, which asks for news of the training once a second.

From 10 visitors on, the first of each are tabs of a real Chromium on the same machine, up to
--browsers; the others are `tools.streamlit_client`, which sends and receives the same messages. All
pauses and choices follow from --seed.

Each answer to a drawing is compared, after the measurement, with what `cnn.preprocessing` and the
network give here for that very drawing: network input, probabilities, bars, picture and address.
Prints a line of JSON for each number of visitors:

failures           exceptions and errors on pages, closed connections, and answers that did not come
                   within 60 s; target: none
checked            drawings with an answer; how many were wrong, and with another's picture
wrong_choices      on Explore: another test digit or layer than was asked for
stroke             seconds from sending a stroke to the message with its bars: median, 95th
                   percentile and number, without those in Chromium
chromium           the same in the browser, from pointerup to the changed bars
explore, open      from a choice, or from connecting, to the end of the page
rss_mb             memory of the server: before, at the end, and the difference for each visitor
cpu                processors that the server, the training, and the visitors with Chromium used

and at last the ratio of the 95th percentiles at the most and the fewest visitors (target: 4), and
of the server's memory after the last and the first lesson of the most.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import psutil
from playwright.async_api import Browser, async_playwright

from benchmarks.classroom_answers import check_answers
from benchmarks.classroom_visits import OPEN_S, Lesson, visit, visit_in_tab
from benchmarks.stroke_latency import training_in
from tools.browser import CHROMIUM_FLAGS, App, find_chromium, running_app
from tools.fabric import canvas_state, pen_path
from tools.streamlit_client import open_visitor

MOST_SHOWN = 20  # failures


def kinds_of(visitors: int) -> list[str]:
    """Half draw, a third explore, the rest watch."""
    drawing, exploring = -(-visitors // 2), visitors // 3
    return (
        ["draw"] * drawing + ["explore"] * exploring + ["watch"] * (visitors - drawing - exploring)
    )


class Processors:
    """The processors' time of the server, of trainings and of this script with its browser."""

    def __init__(self, app: App) -> None:
        self._server = psutil.Process(app.process.pid)
        self._began = self._times()

    def used(self) -> dict[str, float]:
        """Return how many processors each has used since the beginning, on average."""
        now, now_s = self._times()
        before, before_s = self._began
        return {
            name: round((now[name] - before.get(name, 0)) / (now_s - before_s), 2) for name in now
        }

    def _times(self) -> tuple[dict[str, float], float]:
        seconds = dict.fromkeys(("server", "training", "visitors"), 0.0)
        this = psutil.Process()
        for each in {this, *this.children(recursive=True)}:
            try:
                times, line = each.cpu_times(), each.cmdline()
            except psutil.Error:
                continue  # it has just ended
            trains = "cnn.jobs.worker_process" in line
            name = "server" if each == self._server else "training" if trains else "visitors"
            seconds[name] += times.user + times.system
        return seconds, time.perf_counter()

    def memory_mb(self) -> float:
        """Return the memory of the server's process."""
        return self._server.memory_info().rss / 1e6


async def warm_up(app: App) -> None:
    """Wait until the server has what it computes once: Keras, and all test and training digits."""
    async with open_visitor(app.address, "explore") as visitor:
        await visitor.wait_until_idle()
        await visitor.wait_for(lambda: not visitor.page.intervals, 300)
    async with open_visitor(app.address, "draw") as visitor:
        await visitor.wait_until_idle()
        line = np.array([[140, 40], [145, 140], [140, 240]])
        await visitor.set_state("canvas_drawing", canvas_state([pen_path(line, 20)]))
        await visitor.wait_for(lambda: visitor.page.inside("neighbours", "imgs"))
        await visitor.wait_for(lambda: not visitor.page.intervals, 300)


async def measure(app: App, visitors: int, browser: Browser, options: Any) -> dict[str, Any]:
    """Let `visitors` come, work for `options.seconds` and go; return the figures."""
    lesson, kinds = Lesson(), kinds_of(visitors)
    processors = Processors(app)
    before_mb = processors.memory_mb()
    async with asyncio.TaskGroup() as group:
        in_tabs = options.browsers if visitors >= 10 else 0
        for place, kind in enumerate(kinds):
            name, seed = f"{kind} {place}", options.seed + 1000 * visitors + place
            if kinds.index(kind) == place and in_tabs > 0:
                in_tabs -= 1
                group.create_task(visit_in_tab(browser, app.address, kind, name, lesson, seed))
            else:
                group.create_task(visit(app.address, kind, name, lesson, seed))
        await _wait_until_open(lesson, visitors)
        processors = Processors(app)
        lesson.ends_s = time.perf_counter() + options.seconds
        lesson.started.set()
        await asyncio.sleep(options.seconds)
        used, end_mb = processors.used(), processors.memory_mb()
    checked = check_answers(lesson.answers)
    failures = lesson.failures + checked.pop("faults")
    return {
        "visitors": visitors,
        "failures": len(lesson.failures),
        "checked": checked,
        "wrong_choices": lesson.wrong_choices,
        "runs": {"finished": lesson.finished, "interrupted": lesson.interrupted},
        "stroke": figures(lesson.stroke_s),
        "chromium": figures(lesson.chromium_s),
        "explore": figures(lesson.explore_s),
        "open": figures(lesson.open_s),
        "rss_mb": {
            "before": round(before_mb),
            "end": round(end_mb),
            "a_visitor": round((end_mb - before_mb) / visitors, 1),
        },
        "cpu": used,
        "texts": failures[:MOST_SHOWN],
    }


async def _wait_until_open(lesson: Lesson, visitors: int) -> None:
    """Wait until all have their pages, or have failed to open them."""
    deadline_s = time.perf_counter() + OPEN_S + 120
    while lesson.ready + len(lesson.failures) < visitors and time.perf_counter() < deadline_s:
        await asyncio.sleep(0.1)
    await asyncio.sleep(2.0)  # the last that came has still computed


def figures(seconds: Sequence[float]) -> dict[str, float] | None:
    """Return median, 95th percentile and number."""
    if not seconds:
        return None
    median, most = np.percentile(seconds, (50, 95)).round(3).tolist()
    return {"median_s": median, "p95_s": most, "n": len(seconds)}


async def measure_all(app: App, options: Any) -> None:
    found = []
    async with async_playwright() as playwright:
        path = find_chromium(playwright)
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        for visitors in options.visitors:
            found.append(await measure(app, visitors, browser, options))
            print(json.dumps(found[-1]), flush=True)
        await browser.close()
    fewest, most = min(options.visitors), max(options.visitors)
    first = next(each for each in found if each["visitors"] == fewest)
    full = [each for each in found if each["visitors"] == most]
    ratios = [each["stroke"]["p95_s"] / first["stroke"]["p95_s"] for each in full]
    memory = full[-1]["rss_mb"]["end"] / full[0]["rss_mb"]["end"]
    print(
        json.dumps({"p95_ratios": np.round(ratios, 2).tolist(), "memory_ratio": round(memory, 3)})
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 10, 30, 30])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--browsers", type=int, default=3, help="tabs of Chromium, at most")
    parser.add_argument("--idle", action="store_true", help="without a training")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with running_app() as app:
        asyncio.run(warm_up(app))
        with nullcontext() if options.idle else training_in(app.runs):
            asyncio.run(measure_all(app, options))


if __name__ == "__main__":
    main()
