import re

import pytest
from playwright.sync_api import expect

from tests.browser.hands import expect_answer, go_to, open_page


def test_every_layer_is_shown_for_the_chosen_test_digit(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    expect_answer(page, 2)
    maps = page.locator(".st-key-feature_maps")
    for words in ("26 x 26 x 32", "3 · 3 · 32 · 64 + 64 = 18,496", "flatten", "dense_2"):
        expect(maps).to_contain_text(words)
    expect(maps.locator("img")).to_have_count(8)  # all but the last, whose ten values are bars
    expect(page.locator(".st-key-pooling img")).to_have_count(7)


def test_the_choice_of_digit_and_epoch_is_in_the_address_and_carries_over(app, page):
    open_page(page, f"{app.address}/explore")
    field = page.get_by_role("spinbutton", name="Test digit")
    field.fill("3")
    field.press("Enter")
    expect(page).to_have_url(re.compile("picture=test-3"))
    expect_answer(page, 0)
    page.get_by_role("slider", name="After epoch").focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("epoch=0"))
    go_to(page, "Learn")
    expect(page.get_by_text("Test digit 3, a 0").first).to_be_visible()
    expect(page).to_have_url(re.compile("epoch=0"))


def test_a_class_and_next_lead_to_the_next_digit_of_that_class(app, page):
    open_page(page, f"{app.address}/explore")
    page.get_by_role("combobox", name=re.compile("Class")).click()
    page.get_by_role("option", name="5", exact=True).click()
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 8, a 5")
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 15, a 5")


def test_an_unknown_run_in_the_address_gets_a_sentence_and_the_pretrained_network(app, page):
    open_page(page, f"{app.address}/explore?run=nosuchrun")
    expect(page.get_by_text("There is no run called 'nosuchrun'")).to_be_visible()
    expect_answer(page, 7)


def test_pointing_at_a_pooled_cell_shows_its_window_without_asking_the_server(app, page):
    open_page(page, f"{app.address}/explore?picture=test-0")
    lens = page.locator(".st-key-pooling .lens")
    expect(lens.locator("canvas")).to_have_count(4)
    maximum = lens.locator("figure.max canvas")
    maximum.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    page.evaluate(
        """() => {
          const send = WebSocket.prototype.send;
          window.sent = 0;
          WebSocket.prototype.send = function (...all) { window.sent += 1; send.apply(this, all); };
        }"""
    )
    box = maximum.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 6.5 / 13, box["y"] + box["height"] * 4.5 / 13)
    expect(lens).to_contain_text("Cell 4, 6 (row, column) · window from row 8, column 12")
    words = lens.locator(".formula").all_inner_texts()
    cells = [float(cell) for cell in re.search(r"\((.*)\)", words[0])[1].split(", ")]
    said = [float(each.rsplit("= ", 1)[1]) for each in words]
    assert len(cells) == 4
    assert said == pytest.approx([max(cells), sum(cells) / 4, sum(cells)], abs=2e-3)
    maximum.focus()
    page.keyboard.press("ArrowLeft")
    expect(lens).to_contain_text("Cell 4, 5")
    assert page.evaluate("window.sent") == 0
