"""The page's address and the browser's Back and Forward."""

import re

from playwright.sync_api import expect

from tests.browser.gestures import SEVEN, draw, expect_answer, go_to, settle
from tools.browser import open_page


def test_back_and_forward_undo_and_redo_one_choice_each(app, page):
    open_page(page, f"{app.address}/explore")
    shown = page.locator(".st-key-model_input")
    for number in (1, 2):
        page.get_by_role("button", name="Next").click()
        expect(shown).to_contain_text(f"Test digit {number}")
        expect(page).to_have_url(re.compile(f"/explore\\?picture=test-{number}$"))
        settle(page)
    page.wait_for_timeout(1_000)  # a later request is none from before the new address
    for number in (1, 0):
        page.go_back()
        expect(shown).to_contain_text(f"Test digit {number}")
    for number in (1, 2):
        page.go_forward()
        expect(shown).to_contain_text(f"Test digit {number}")


def test_fast_clicks_are_not_taken_for_back(app, page):
    open_page(page, f"{app.address}/explore")
    button, shown = page.get_by_role("button", name="Next"), page.locator(".st-key-model_input")
    expect(shown).to_contain_text("Test digit 0")
    for number in range(1, 5):
        button.click()
        expect(shown).to_contain_text(f"Test digit {number}")


def test_one_back_returns_from_the_layers_to_the_drawing(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    page.get_by_role("link", name="Inspect the layers").click()
    expect(page.locator(".st-key-model_input")).to_contain_text("Your drawing")
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile("/draw"))
    expect_answer(page, 7)


def test_the_menu_keeps_the_choice(app, page):
    open_page(page, f"{app.address}/explore?picture=test-7")
    go_to(page, "Learn")
    expect(page.get_by_text("Test digit 7").first).to_be_visible()
    go_to(page, "Explore")
    expect(page).to_have_url(re.compile("picture=test-7"))
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 7")
