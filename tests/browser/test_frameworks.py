"""Frameworks as a visitor uses it: codes, check, race."""

import re

from playwright.sync_api import expect

from cnn.frameworks.catalog import FRAMEWORKS
from tests.browser.gestures import settle
from tools.browser import open_page

# Each framework starts in a process of its own, one after the other.
WORKING_MS = 240_000
INSTALLED = [each.title for each in FRAMEWORKS.values() if not each.missing]


def test_a_part_is_marked_in_all_codes_where_one_is_pointed_at(app, page):
    open_page(page, f"{app.address}/frameworks?run=notebook")
    settle(page)
    codes = page.locator(".codes.part3 pre")
    expect(codes).to_have_count(2)
    colours = "(each) => getComputedStyle(each).backgroundColor"
    before = codes.nth(1).evaluate(colours)
    codes.first.hover()
    assert codes.nth(1).evaluate(colours) != before
    page.mouse.move(0, 0)
    assert codes.nth(1).evaluate(colours) == before
    codes.first.focus()
    assert codes.nth(1).evaluate(colours) != before


def test_the_codes_are_below_each_other_on_a_phone(app, phone):
    open_page(phone, f"{app.address}/frameworks?run=notebook")
    codes = phone.locator(".codes.part2 pre")
    expect(codes).to_have_count(2)
    settle(phone)
    # Both at once: the page may still move.
    first, second = codes.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect())")
    assert second["top"] >= first["bottom"]
    assert first["right"] <= 390


def test_all_frameworks_agree_and_race(app, page):
    open_page(page, f"{app.address}/frameworks?run=notebook")
    settle(page)
    page.get_by_role("tab", name="Check").click()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("They agree")).to_be_visible(timeout=WORKING_MS)
    page.get_by_role("tab", name="Race").click()
    page.get_by_role("button", name="Race", exact=True).click()
    race = page.locator(".st-key-framework_race")
    for title in INSTALLED:
        expect(race).to_contain_text(
            re.compile(rf"{title}: 200 of 200 batches, [\d,]+ images a second"), timeout=WORKING_MS
        )
    expect(page.get_by_role("button", name="Race again")).to_be_visible()
    expect(race.locator("canvas").first).to_be_visible()
