"""Recognise: a star and a heart are added, a new star is recognised, a 7 is none of these."""

import re
from pathlib import Path
from random import Random

from playwright.sync_api import Page, expect

from tests.browser.gestures import SEVEN, draw, draw_with_finger, settle
from tests.browser.test_own_data import HEART, IS_BLANK, STAR, varied
from tools.browser import open_page


def add(page: Page, name: str) -> None:
    page.locator(".st-key-add_drawing button").click()
    expect(page.locator(".st-key-symbol_note")).to_contain_text(f"Added to {name}")
    page.wait_for_function(IS_BLANK)


def expect_compared(page: Page, text: str) -> None:
    expect(page.locator(".st-key-recognised p.answer")).to_have_text(text)


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function(IS_BLANK)


def test_a_star_is_recognised_and_a_7_refused(app, page):
    random = Random(1)
    open_page(page, f"{app.address}/recognise")
    expect_compared(page, "Add a symbol first")
    for name, symbol in (("star", STAR), ("heart", HEART)):
        page.get_by_role("textbox", name="Name").fill(name)
        for _ in range(2):
            draw(page, [varied(symbol, random)])
            add(page, name)
    draw(page, [varied(STAR, random)])
    expect_compared(page, "star")
    expect(page.locator("table.distances tr.best")).to_contain_text(re.compile(r"star\s*0\.\d{3}"))
    clear(page)
    draw(page, SEVEN)
    expect_compared(page, "None of these")
    for chart in ("vector_map", "roc"):
        expect(page.locator(f".st-key-{chart} canvas").first).to_be_visible()
    page.reload()  # the symbols are kept, for this visitor alone
    expect(page.get_by_role("img", name="Drawing 2 of heart")).to_be_visible()
    settle(page)
    draw(page, [varied(HEART, random)])
    expect_compared(page, "heart")


def test_another_visitor_has_other_symbols_and_a_finger_adds_one(app, phone):
    open_page(phone, f"{app.address}/recognise")
    expect_compared(phone, "Add a symbol first")
    phone.get_by_role("textbox", name="Name").fill("initials")
    draw_with_finger(phone, STAR)
    add(phone, "initials")
    expect(phone.get_by_role("img", name="Drawing 1 of initials")).to_be_visible()
    with phone.expect_download() as download:
        phone.get_by_role("button", name="Download", exact=True).click()
    phone.get_by_role("button", name="Delete", exact=True).click()
    expect(phone.get_by_text("Deleted: 1 drawing of initials.")).to_be_visible()
    phone.get_by_role("button", name="Import", exact=True).click()
    content = Path(download.value.path()).read_bytes()
    file = {"name": "symbols.json", "mimeType": "application/json", "buffer": content}
    phone.locator("input[type=file]").set_input_files(file)
    expect(phone.get_by_role("img", name="Drawing 1 of initials")).to_be_visible()
