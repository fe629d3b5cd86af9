"""Actions of a visitor: change the page, draw, wait for a prediction."""

import re
from itertools import pairwise

from playwright.sync_api import Locator, Page, expect

SEVEN = [[(70, 60), (200, 60), (110, 230)]]
ONE = [[(140, 50), (140, 230)]]
SCRIBBLE = [
    [(40, 60), (240, 80), (60, 120), (230, 150), (50, 180), (220, 220), (120, 40), (90, 230)]
]
FOUR = [[(90, 50), (70, 150), (200, 150)], [(160, 60), (150, 240)]]

# Fabric.js takes over a canvas some time after it is shown. From then on the cursor is a crosshair
# as soon as the pointer moves over it.
TAKES_STROKES = """(key) => {
  const canvas = document.querySelector(`.st-key-${key} canvas[data-fabric=top]`);
  canvas?.dispatchEvent(new MouseEvent("mousemove", {bubbles: true}));
  return canvas?.style.cursor === "crosshair";
}"""
HAS_INK = """(key) =>
  [...document.querySelectorAll(`.st-key-${key} canvas`)].some((each) => {
      const pixels = each.getContext("2d").getImageData(0, 0, each.width, each.height).data;
      return pixels.some((value, i) => i % 4 === 0 && value > 128);
    })
"""
# Vertical strokes, counted on a line across the canvas.
STROKES = """([key, count]) => {
  const canvas = document.querySelector(`.st-key-${key} canvas.dc-canvas`);
  const row = canvas?.getContext("2d").getImageData(0, 140, canvas.width, 1).data;
  const ink = [...row ?? []].filter((_, i) => i % 4 === 3).map((value) => value > 128);
  return ink.filter((value, i) => value && !ink[i - 1]).length === count;
}"""
# Streamlit has run the page to its end, its style is applied (the code for `st.html` is loaded when
# it is first needed), and all its elements and images are loaded: nothing moves any more.
IS_SETTLED = """() =>
  document.querySelector('[data-test-script-state="notRunning"]') &&
  getComputedStyle(document.documentElement).getPropertyValue("--accent") &&
  !document.querySelector('[data-testid="stSkeleton"]') &&
  [...document.images].every((each) => each.complete)
"""


def go_to(page: Page, name: str) -> None:
    """Click a page's name in the menu."""
    page.locator('[data-testid="stSidebarNavLink"]', has_text=name).click()
    page.wait_for_url(re.compile(f"/{name.lower()}(\\?|$)" if name != "Learn" else r"/(\?|$)"))
    expect(page.locator("h1")).to_be_visible()


def settle(page: Page) -> None:
    """Wait until Streamlit has run the page to its end, and its style and images are loaded."""
    page.wait_for_function(IS_SETTLED)


def current_field(page: Page, label: str) -> Locator:
    """Return the text field `label`, without the one that it is about to replace.

    An element with another key, as after *Back*, is for a moment on the page beside the old one,
    which Streamlit marks as stale.
    """
    return page.locator('[data-stale="false"]').get_by_role("textbox", name=label)


def canvas_box(page: Page, key: str) -> dict[str, float]:
    """Return where the canvas in the container `key` is on the page, once it takes strokes."""
    page.wait_for_function(TAKES_STROKES, arg=key)
    return page.locator(f".st-key-{key} canvas").last.bounding_box()


def expect_ink(page: Page, key: str = "canvas") -> None:
    """Wait until the canvas in the container `key` shows a drawing, as one that is restored."""
    page.wait_for_function(HAS_INK, arg=key)


def expect_strokes(page: Page, count: int, key: str = "canvas") -> None:
    """Wait until the canvas in the container `key` shows `count` strokes side by side."""
    page.wait_for_function(STROKES, arg=[key, count])


def expect_behind_canvas(page: Page, note: str | None) -> None:
    """Wait until there is a picture behind the canvas, with `note`, or none."""
    page.wait_for_function(
        """(note) => {
          const canvas = document.querySelector(".st-key-canvas");
          const picture = getComputedStyle(canvas).backgroundImage.startsWith('url("data:');
          const text = getComputedStyle(canvas, "::after").content;
          return note ? picture && text === `"${note}"` : !picture && text === "none";
        }""",
        arg=note,
    )


def draw(page: Page, strokes: list[list[tuple[int, int]]], on: str = "canvas") -> None:
    """Draw with the mouse on the canvas in the container `on`; points (x, y) in its pixels."""
    box = canvas_box(page, on)
    for stroke in strokes:
        page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        page.mouse.up()


def draw_with_finger(page: Page, stroke: list[tuple[int, int]]) -> None:
    """Draw on the canvas by touch."""
    box = canvas_box(page, "canvas")
    drag_finger(page, [(box["x"] + x, box["y"] + y) for x, y in stroke])


def drag_finger(page: Page, places: list[tuple[float, float]]) -> None:
    """Put a finger on the screen at the first of `places`, move it to the others, and lift it."""
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", places[0])
    for (x0, y0), (x1, y1) in pairwise(places):
        for step in range(1, 9):
            touch("touchMove", (x0 + (x1 - x0) * step / 8, y0 + (y1 - y0) * step / 8))
    touch("touchEnd")


def expect_answer(page: Page, digit: int) -> None:
    """Wait until the page shows `digit` as the prediction."""
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(rf"^\s*{digit}\b"))
