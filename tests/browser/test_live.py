"""The answer while one draws, on the Draw page."""

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from cnn.data.synthetic_digits import synthesize_digit
from tests.browser.gestures import (
    FOUR,
    ONE,
    canvas_box,
    draw,
    expect_answer,
    settle,
)
from tools.browser import open_page


def live_text(page: Page):
    """What lies over the server's answer."""
    return page.locator(".st-key-prediction > .live")


def open_draw(page: Page, app, address: str = "") -> None:
    """Open the page once the network is in the browser, and TensorFlow on the server."""
    open_page(page, f"{app.address}/draw{address}")
    settle(page)
    page.wait_for_function("() => globalThis.liveNetwork")


def expect_agreement(page: Page) -> None:
    """Wait until the server's answer is shown, which is what was computed here."""
    expect(live_text(page)).to_have_count(0)
    expect(page.locator(".st-key-live .lens")).to_have_attribute("data-agrees", "true")


def wait_until_quiet(page: Page, sent: list) -> None:
    """Wait until the page asks for nothing, as it does until the nearest digits are computed."""
    settle(page)
    before = -1
    while before != len(sent):
        before = len(sent)
        page.wait_for_timeout(2_500)


class Pen:
    """The mouse on the canvas, in its pixels."""

    def __init__(self, page: Page) -> None:
        box = canvas_box(page, "canvas")
        self.page, self.left, self.top = page, box["x"], box["y"]

    def move(self, *points) -> None:
        for x, y in points:
            self.page.mouse.move(self.left + x, self.top + y, steps=6)


def test_the_answer_changes_before_the_pen_lifts_and_no_message_is_sent(app, page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    open_draw(page, app)
    draw(page, [FOUR[0]])  # an open 4, without its vertical line
    expect_agreement(page)
    wait_until_quiet(page, sent)
    before = page.locator(".st-key-prediction p.answer").inner_text()
    messages = len(sent)
    pen = Pen(page)
    pen.move((160, 60))
    page.mouse.down()
    pen.move((157, 120))
    expect(live_text(page)).to_be_visible()
    pen.move((150, 240))
    expect(live_text(page)).to_have_text(re.compile(r"^\s*4\b"))
    expect(page.locator(".st-key-probabilities > .live tr.best")).to_contain_text("4")
    maps = page.locator(".st-key-live figure").first.locator("canvas")
    assert maps.count() == 32
    shown = maps.nth(0).evaluate("(each) => each.toDataURL()")
    pen.move((150, 250))
    page.wait_for_timeout(200)
    assert maps.nth(0).evaluate("(each) => each.toDataURL()") != shown
    assert len(sent) == messages
    # The server's answer is of the first stroke still, hidden, and not changed.
    assert (
        page.locator(".st-key-prediction p.answer").first.text_content().split() == before.split()
    )
    page.mouse.up()
    expect_answer(page, 4)
    expect_agreement(page)
    wait_until_quiet(page, sent)
    assert len(sent) == messages + 1


def test_ten_drawings_are_answered_here_as_by_the_server(app, page):
    open_draw(page, app)
    rng = np.random.default_rng(11)
    for digit in range(10):
        strokes = [
            [(30 + 2 * x, 30 + 2 * y) for x, y in line[::4].tolist()]
            for line in synthesize_digit(digit, rng)
        ]
        draw(page, strokes)
        expect_agreement(page)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
        settle(page)


def choose_last_epoch(page: Page) -> None:
    page.get_by_role("slider", name="After epoch").press("End")


def choose_other_network(page: Page) -> None:
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option").nth(1).click()


@pytest.mark.parametrize("choose", [choose_last_epoch, choose_other_network])
def test_another_network_answers_at_once(app, page, choose):
    open_draw(page, app, "?epoch=0")
    first = page.evaluate("liveNetwork.key")
    draw(page, FOUR)
    expect_agreement(page)
    choose(page)
    page.wait_for_function("(key) => liveNetwork.key !== key", arg=first)
    expect_answer(page, 4)
    expect_agreement(page)
    settle(page)
    pen = Pen(page)
    pen.move((250, 40))
    page.mouse.down()
    pen.move((255, 42))
    expect(live_text(page)).to_be_visible()
    page.mouse.up()
    expect_agreement(page)


def test_undo_and_clear_are_answered_here_too(app, page):
    open_draw(page, app)
    draw(page, ONE)
    expect_answer(page, 1)
    draw(page, [[(60, 200), (220, 60)]])
    expect_agreement(page)
    page.locator(".stButton button", has_text="Undo").click()
    expect_answer(page, 1)
    expect_agreement(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    expect(page.locator(".st-key-live figcaption").first).to_contain_text("draw, and")


def test_an_upload_moves_the_maps_too(app, page, digit_file):
    open_draw(page, app)
    page.locator('input[type="file"]').set_input_files(digit_file)
    expect_answer(page, 1)
    expect_agreement(page)
    expect(page.locator(".st-key-live figcaption").first).to_contain_text("32 maps of 26 x 26")


def test_a_finger_is_followed_on_a_phone(app, phone):
    open_draw(phone, app)
    box = canvas_box(phone, "canvas")
    fingers = phone.context.new_cdp_session(phone)

    def touch(kind, *points):
        at = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", ONE[0][0])
    for (x0, y0), (x1, y1) in pairwise([*ONE[0], (140, 235)]):
        for share in np.linspace(0, 1, 9)[1:]:
            touch("touchMove", (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    expect(live_text(phone)).to_have_text(re.compile(r"^\s*1\b"))
    touch("touchEnd")
    expect_answer(phone, 1)
    expect_agreement(phone)


def test_all_layers_of_explore_move_with_the_pen(app, page):
    open_page(page, f"{app.address}/explore?tab=While+you+draw")
    settle(page)
    page.wait_for_function("() => globalThis.liveNetwork")
    strips = page.locator(".st-key-live_answer figure.strips")
    expect(strips).to_have_count(8)  # all layers but Flatten
    expect(strips.last).to_contain_text("dense_2: 10 units")
    last = strips.last.locator("canvas")
    before = [last.nth(i).evaluate("(each) => each.toDataURL()") for i in (4, 7)]
    draw(page, [FOUR[0]])
    pen = Pen(page)
    pen.move(FOUR[1][0])
    page.mouse.down()
    pen.move((150, 250))
    expect(live_text(page)).to_have_text(re.compile(r"^\s*4\b"))
    # The test digit was a 7: now the unit of 4 is bright.
    assert [last.nth(i).evaluate("(each) => each.toDataURL()") for i in (7, 4)] == before
    poolings = page.locator(".st-key-live_answer .poolings figcaption")
    expect(poolings).to_have_count(4)
    for each, name in zip(poolings.all(), ("Map ", "Max pooling", "Average", "Sum"), strict=True):
        expect(each).to_contain_text(name)
    page.mouse.up()
    expect_answer(page, 4)
    expect(page).to_have_url(re.compile("picture=drawing"))
    expect(live_text(page)).to_have_count(0)
    settle(page)
    page.get_by_role("button", name="Strongest connections").click()
    expect(page.locator(".st-key-live_answer p.path")).to_have_text(
        re.compile(r"Strongest path: dense_2 4 ← dense_1 \d+ ← .* ← conv_1 \d+$")
    )
    assert page.locator(".st-key-live_answer svg line").count() > 8
    page.get_by_role("radio", name="Layers").click()
    settle(page)  # the other view's elements go last
    expect(page.locator(".st-key-model_input")).to_contain_text("Your drawing")


BROKEN = {
    "the network is not taken": """Object.defineProperty(globalThis, "liveNetwork", {
      set() { throw new Error("broken on purpose"); }
    })""",
    "nothing can be painted": "delete globalThis.ImageData",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_browser_in_which_it_fails_gets_the_servers_answer(app, browser, script):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        context.add_init_script(script)
        page = context.new_page()
        open_page(page, f"{app.address}/draw")
        settle(page)
        draw(page, FOUR)
        expect_answer(page, 4)
        expect(live_text(page)).to_have_count(0)
        draw(page, [[(20, 20), (260, 30), (30, 250), (250, 260)]])
        expect(page.locator(".st-key-prediction")).not_to_have_text(re.compile(r"^\s*4\b"))
    finally:
        context.close()
