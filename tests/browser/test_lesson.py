"""The lesson, walked through by doing what each step asks, and the view for a lecture."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import SCRIBBLE, SEVEN, draw, expect_answer, settle
from tests.browser.watch import watched_page
from tools.browser import open_page

TRAINING_MS = 180_000  # nine short trainings, on a busy machine


def expect_done(page, number, timeout=30_000):
    """Wait until the step, counted from 1, is marked as done."""
    row = page.locator(".st-key-lesson_row")
    expect(row).to_contain_text(re.compile(rf"check_circle\s*{number} of 12"), timeout=timeout)


def follow(page, number):
    """Go on to the step, counted from 1."""
    settle(page)
    page.locator(".st-key-lesson_next").get_by_text("Next").click()
    expect(page.locator(".st-key-lesson_row")).to_contain_text(f"{number} of 12")
    settle(page)


def answer(page, option):
    page.locator(".st-key-lesson").get_by_role("radio", name=option, exact=True).click()


def draw_again(page, strokes):
    page.get_by_role("button", name="Clear").click()
    draw(page, strokes)


def point_at_cells(page):
    """Move the mouse over several cells of the output of the kernel."""
    output = page.locator(".st-key-custom_output canvas").last
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    for place in range(1, 9):
        share = place / 10
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


def test_the_whole_lesson_is_walked_through(own_app, page):
    status = page.locator(".st-key-training_status")
    open_page(page, own_app.address)
    page.get_by_role("link", name="Start the lesson").click()
    expect(page.locator(".st-key-lesson_row")).to_contain_text("1 of 12")
    draw(page, SEVEN)
    expect_answer(page, 7)
    expect_done(page, 1)
    follow(page, 2)
    answer(page, "784")
    expect_done(page, 2)
    follow(page, 3)
    point_at_cells(page)
    expect_done(page, 3)
    follow(page, 4)
    page.get_by_role("switch", name="ReLU").or_(page.get_by_label("ReLU").first).first.click(
        force=True
    )
    expect_done(page, 4)
    follow(page, 5)
    answer(page, "average")
    expect(page.locator(".st-key-lesson")).to_contain_text("measured: no pooling")
    expect_done(page, 5)
    follow(page, 6)
    page.locator(".diagram button.layer").last.click()
    expect_done(page, 6)

    follow(page, 7)
    expect(page.get_by_role("radio", name="Fast")).to_be_checked()
    page.get_by_role("button", name="Start training").click()
    expect_done(page, 7, TRAINING_MS)
    follow(page, 8)
    page.get_by_role("button", name="Start training").click()
    expect(status).to_contain_text("Epoch 1 of 5", timeout=TRAINING_MS)
    status.get_by_role("button", name="Stop", exact=True).click()
    expect_done(page, 8)
    follow(page, 9)
    page.get_by_role("button", name="Start training").click()
    expect_done(page, 9, TRAINING_MS)

    follow(page, 10)
    page.get_by_role("button", name="Start experiment").click()
    expect_done(page, 10, TRAINING_MS)

    follow(page, 11)
    page.get_by_test_id("stMain").get_by_text("Evaluation", exact=True).first.click()
    digits = page.locator(".st-key-confused_digits")
    digits.get_by_role("button", name="Open in Explore").first.click(timeout=TRAINING_MS)
    expect_done(page, 11)
    follow(page, 12)
    draw_again(page, SCRIBBLE)
    page.locator(".st-key-correct_digit").get_by_role("radio", name="8").click()
    expect_done(page, 12)


def test_a_visitor_takes_the_lesson_up_again_after_a_reload(app, page):
    open_page(page, f"{app.address}/?lesson=pixels")
    answer(page, "784")
    expect_done(page, 2)
    page.get_by_role("button", name="Leave the lesson").click()
    expect(page).not_to_have_url(re.compile("lesson="))
    page.goto("about:blank")
    open_page(page, f"{app.address}/draw")
    page.get_by_role("button", name="Go on with step 1").click()
    draw(page, SEVEN)
    expect_done(page, 1)
    page.get_by_role("button", name="Leave the lesson").click()
    expect(page.get_by_role("link", name="Go on with step 3")).to_be_visible()
    settle(page)
    page.goto(f"{app.address}/explore")
    page.get_by_role("button", name="Go on with step 3").click()
    expect(page.locator(".st-key-lesson_row")).to_contain_text("3 of 12")
    expect(page.get_by_role("radio", name="Custom kernel")).to_be_checked()
    page.get_by_role("button", name="Leave the lesson").click()
    expect(page.get_by_role("button", name="Go on with step 3")).to_be_visible()
    settle(page)
    page.goto(f"{app.address}/draw")
    settle(page)
    page.reload()
    expect(page.get_by_role("link", name="Go on with step 3")).to_be_visible()


def test_the_menu_of_a_telephone_closes_after_a_choice(app, browser):
    with watched_page(browser, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        open_page(page, f"{app.address}/draw")
        page.get_by_test_id("stExpandSidebarButton").tap()
        menu = page.get_by_test_id("stSidebar")
        expect(menu).to_have_attribute("data-collapsed", "false")
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Learn").tap()
        expect(page.locator("h1")).to_contain_text("How a CNN")
        expect(menu).to_have_attribute("data-collapsed", "true")


def test_keys_lead_through_a_lecture(app, page):
    open_page(page, f"{app.address}/explore?view=lecture&lesson=kernel&tab=Custom+kernel")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    row = page.locator(".st-key-lesson_row")
    settle(page)
    expect(page.locator("body")).to_have_attribute("data-lecture-keys", "on")
    expect(page.locator(".st-key-custom_output canvas").last).to_be_visible()
    page.keyboard.press("k")
    pause = page.get_by_role("button", name="Pause")
    expect(pause).to_be_visible()
    page.keyboard.press("k")
    expect(pause).to_have_count(0)
    page.keyboard.press("PageDown")
    expect(row).to_contain_text("4 of 12")
    settle(page)
    page.keyboard.press("p")
    expect(row).to_contain_text("3 of 12")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_bar_leaves_most_of_the_window_to_the_page(app, browser, width):
    size = {"width": width, "height": 800}
    with watched_page(browser, viewport=size) as page:
        open_page(page, f"{app.address}/explore?lesson=pool&tab=Pooling")
        expect(page.locator(".st-key-lesson_row")).to_be_visible()
        most = 165 if width == 1280 else 260
        page.wait_for_function(
            """([most, width]) => {
              const bar = document.querySelector('[data-testid="stBottomBlockContainer"]');
              const { left, right, height } = bar.getBoundingClientRect();
              return height <= most && left >= 0 && right <= width;
            }""",
            arg=[most, width],
        )


def test_a_chart_is_clicked_where_it_is_shown_in_a_lecture(app, page):
    open_page(page, f"{app.address}/train?run=notebook&view=lecture")
    page.get_by_test_id("stMain").get_by_text("Evaluation", exact=True).first.click()
    texts = page.locator(".st-key-confusion svg text")
    fours = texts.filter(has_text=re.compile(r"^\d{3}$")).nth(4)
    count = fours.text_content(timeout=90_000)  # 10,000 digits are read first
    settle(page)
    fours.click(force=True)
    cell = page.get_by_role("combobox", name="Cell")
    expect(cell).to_have_value(re.compile(rf"^True (\d), predicted \1: {count} of "))
