"""Visits of a classroom: who draws, explores and watches, by the light client and in Chromium."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.async_api import Browser, Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.classroom_answers import Answer, is_answered, shown_answer
from benchmarks.live_latency import generated_digits
from benchmarks.stroke_latency import MEASURE
from cnn.data.mnist import load_digits
from tools.fabric import canvas_state, pen_path, put_overlay
from tools.streamlit_client import ShownPage, Visitor, VisitorError, open_visitor

OPEN_S = 5.0
PAUSES_S = {"draw": (2.0, 4.0), "explore": (3.0, 5.0)}
ANSWER_S = 60.0
BRUSH = 20
LAYERS = ("conv_1", "pool_1", "conv_2", "dense_1")
PAGES = {"draw": "draw", "explore": "explore", "watch": "train"}


@dataclass
class Lesson:
    """What is measured of all visitors at once. They begin with `started`, and end at `ends_s`."""

    answers: list[Answer] = field(default_factory=list)
    stroke_s: list[float] = field(default_factory=list)
    chromium_s: list[float] = field(default_factory=list)
    explore_s: list[float] = field(default_factory=list)
    open_s: list[float] = field(default_factory=list)
    wrong_choices: int = 0
    failures: list[str] = field(default_factory=list)
    finished: int = 0
    interrupted: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ready: int = 0
    ends_s: float = 0.0

    async def begin(self) -> float:
        """Wait for all others, whose pages open; return the time."""
        self.ready += 1
        await self.started.wait()
        return time.perf_counter()

    async def pause(self, kind: str, rng: np.random.Generator, since_s: float) -> bool:
        """Wait as long as a person does after `since_s`; return whether the lesson goes on."""
        until_s = since_s + rng.uniform(*PAUSES_S[kind])
        await asyncio.sleep(max(0.0, min(until_s, self.ends_s) - time.perf_counter()))
        return time.perf_counter() < self.ends_s

    def take(self, name: str, page: ShownPage) -> None:
        """Add up what happened in a visit that has ended."""
        self.failures += [f"{name}: {each}" for each in page.failures]
        self.finished += page.finished
        self.interrupted += page.interrupted


async def visit(address: str, kind: str, name: str, lesson: Lesson, seed: int) -> None:
    """Open a page with the light client, and do what `kind` says until the lesson ends."""
    rng = np.random.default_rng(seed)
    await asyncio.sleep(OPEN_S * rng.random())
    opened_s = time.perf_counter()
    async with open_visitor(address, PAGES[kind]) as visitor:
        try:
            await visitor.wait_until_idle()
            lesson.open_s.append(time.perf_counter() - opened_s)
            began_s = await lesson.begin()
            if kind == "draw":
                await _draw(visitor, name, lesson, rng, began_s)
            elif kind == "explore":
                await _explore(visitor, lesson, rng, began_s)
            else:
                await asyncio.sleep(lesson.ends_s - began_s)
        except VisitorError as error:
            visitor.page.failures.append(str(error))
        lesson.take(name, visitor.page)


async def _draw(
    visitor: Visitor, name: str, lesson: Lesson, rng: np.random.Generator, since_s: float
) -> None:
    page = visitor.page
    for digit in generated_digits(int(rng.integers(1 << 30))):
        objects: list[dict[str, Any]] = []
        for line in digit:
            if not await lesson.pause("draw", rng, since_s):
                return
            objects = [*objects, pen_path(line, BRUSH)]
            overlay = put_overlay(page.find("canvas_drawing").data)
            since_s = await visitor.set_state("canvas_drawing", canvas_state(objects, overlay))
            await visitor.wait_for(lambda sent=objects: is_answered(page, sent), ANSWER_S)
            bars = page.inside("probabilities", "html")[0]
            lesson.stroke_s.append(bars.received_s - since_s)
            lesson.answers.append(shown_answer(name, page, objects, page.query))
        if not await lesson.pause("draw", rng, since_s):
            return
        since_s = await _clear(visitor)


async def _clear(visitor: Visitor) -> float:
    """Clear the canvas, and send the empty drawing as the component does once it shows it."""
    before = put_overlay(visitor.page.find("canvas_drawing").data)
    cleared_s = await visitor.click("Clear")

    def overlay() -> str:
        return put_overlay(visitor.page.find("canvas_drawing").data)

    await visitor.wait_for(lambda: overlay() != before, ANSWER_S)
    await visitor.set_state("canvas_drawing", canvas_state([], overlay()))
    return cleared_s


async def _explore(
    visitor: Visitor, lesson: Lesson, rng: np.random.Generator, since_s: float
) -> None:
    page, number, images = visitor.page, 0, load_digits("test").images
    picture = 0
    while await lesson.pause("explore", rng, since_s):
        number += 1
        if rng.random() < 1 / 3:
            name, value, component = "layer", str(rng.choice(LAYERS)), "layers_lens"
            choice = {"layer": value, "number": number}
        else:
            name, value, component = "picture", int(rng.integers(len(images))), "picker"
            choice = {"picture": value, "class": None, "number": number}
            picture = value
        since_s = await visitor.trigger(component, "choice", choice)
        # The page sends the number of the choice back that it answers.
        await visitor.wait_for(
            lambda key=component, n=number: _is_number(page, key, n) and not page.running, ANSWER_S
        )
        lesson.explore_s.append(time.perf_counter() - since_s)
        shown = base64.b64decode(page.find("layers_lens").data["image"])
        is_right = page.find(component).data[name] == value and shown == images[picture].tobytes()
        lesson.wrong_choices += not is_right


def _is_number(page: ShownPage, component: str, number: int) -> bool:
    shown = page.find(component)
    return shown is not None and shown.data["number"] >= number


class Tab:
    """A tab of Chromium, with what its WebSocket sent and received."""

    def __init__(self, page: Page) -> None:
        self.page, self.shown = page, ShownPage()
        self._sent: list[dict[str, Any]] = []  # objects of the drawing that was sent last
        page.on("websocket", self._follow)
        page.on("pageerror", lambda error: self.shown.failures.append(f"in the page: {error}"))

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.shown.receive(data, time.perf_counter()))
        socket.on("framesent", self._take_sent)

    def _take_sent(self, data: bytes) -> None:
        for state in BackMsg.FromString(data).rerun_script.widget_states.widgets:
            if state.id.endswith("-canvas_drawing"):
                self._sent = json.loads(state.json_value)["drawing"]["raw"]["objects"]

    @property
    def drawing(self) -> list[dict[str, Any]]:
        """The objects of Fabric.js that the tab sent last."""
        return self._sent

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition()` is true. Raises VisitorError after ANSWER_S."""
        deadline_s = time.perf_counter() + ANSWER_S
        while not condition():
            if time.perf_counter() > deadline_s:
                raise VisitorError(f"not reached within {ANSWER_S:g} s")
            await asyncio.sleep(0.02)


async def visit_in_tab(
    browser: Browser, address: str, kind: str, name: str, lesson: Lesson, seed: int
) -> None:
    """Open a page in a window of Chromium, and do what `kind` says until the lesson ends."""
    rng = np.random.default_rng(seed)
    await asyncio.sleep(OPEN_S * rng.random())
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    tab = Tab(await context.new_page())
    try:
        await tab.page.goto(f"{address}/{PAGES[kind]}")
        await tab.wait_for(lambda: tab.shown.finished > 0 and not tab.shown.running)
        if kind != "watch":
            await tab.page.wait_for_function("globalThis.liveNetwork", timeout=ANSWER_S * 1000)
        began_s = await lesson.begin()
        if kind == "draw":
            await _draw_in_tab(tab, f"{name} (Chromium)", lesson, rng, began_s)
        elif kind == "explore":
            await _explore_in_tab(tab, lesson, rng, began_s)
        else:
            await asyncio.sleep(lesson.ends_s - began_s)
    except Exception as error:
        tab.shown.failures.append(f"{type(error).__name__}: {error}")
    lesson.take(f"{name} (Chromium)", tab.shown)
    await context.close()


async def _draw_in_tab(
    tab: Tab, name: str, lesson: Lesson, rng: np.random.Generator, since_s: float
) -> None:
    for digit in generated_digits(int(rng.integers(1 << 30))):
        for number, line in enumerate(digit, 1):
            if not await lesson.pause("draw", rng, since_s):
                return
            await tab.page.evaluate(MEASURE, ".st-key-probabilities")
            await _draw_line(tab.page, line.tolist())
            since_s = time.perf_counter()
            await tab.wait_for(
                lambda n=number: len(tab.drawing) == n and is_answered(tab.shown, tab.drawing)
            )
            elapsed_ms = await tab.page.evaluate("window.elapsed")
            if elapsed_ms is not None:  # else the same bars as before
                lesson.chromium_s.append(elapsed_ms / 1000)
            query = tab.page.url.partition("?")[2]
            lesson.answers.append(shown_answer(name, tab.shown, tab.drawing, query))
        if not await lesson.pause("draw", rng, since_s):
            return
        since_s = time.perf_counter()
        await tab.page.get_by_role("button", name="Clear").click()
        await tab.wait_for(lambda: not tab.drawing and is_answered(tab.shown, []))


async def _draw_line(page: Page, points: Sequence[Sequence[float]]) -> None:
    box = await page.locator("canvas[data-fabric=top]").bounding_box()
    places = [(box["x"] + x, box["y"] + y) for x, y in points]
    await page.mouse.move(*places[0])
    await page.mouse.down()
    for place in places[1:]:
        await page.mouse.move(*place)
        await asyncio.sleep(0.008)
    await page.mouse.up()


async def _explore_in_tab(
    tab: Tab, lesson: Lesson, rng: np.random.Generator, since_s: float
) -> None:
    picture = 0
    while await lesson.pause("explore", rng, since_s):
        since_s = time.perf_counter()
        await tab.page.get_by_role("button", name="Next").first.click()
        picture += 1
        await tab.wait_for(
            lambda n=picture: (
                (shown := tab.shown.find("picker")) is not None
                and shown.data["picture"] == n
                and not tab.shown.running
            )
        )
