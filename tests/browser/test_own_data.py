"""Own data: two symbols are drawn, trained on, and told apart on Draw."""

import re
from random import Random

from playwright.sync_api import Page, expect

from tests.browser.gestures import draw, draw_with_finger, expect_strokes, settle
from tools.browser import open_page

STAR = [(140, 40), (90, 230), (230, 110), (50, 110), (190, 230), (140, 40)]
HEART = [(140, 230), (50, 120), (70, 60), (120, 60), (140, 100), (160, 60), (210, 60), (230, 120)]
HEART.append((140, 230))
IS_BLANK = """() => {
  const canvas = document.querySelector(".st-key-canvas canvas.dc-canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return !pixels.some((value, i) => i % 4 === 3 && value > 128);
}"""


def varied(symbol: list[tuple[int, int]], random: Random) -> list[tuple[int, int]]:
    """The symbol with each of its corners a little elsewhere, as drawn by hand."""
    return [(x + random.randint(-9, 9), y + random.randint(-9, 9)) for x, y in symbol]


def add_classes(page: Page, names: str) -> None:
    field = page.get_by_role("textbox", name="New classes")
    field.fill(names)
    field.press("Enter")
    expect(page.get_by_text(f"Draw {names.split(',')[0]}")).to_be_visible()


def expect_count(page: Page, count: int) -> None:
    """Wait until the class has `count` drawings, and the canvas is ready for the next."""
    expect(page.locator(".st-key-drawn [role=status] b")).to_have_text(str(count))
    page.wait_for_function(IS_BLANK)


def test_two_symbols_are_drawn_trained_and_told_apart(own_app, page):
    random = Random(0)
    open_page(page, f"{own_app.address}/data?do=draw")
    add_classes(page, "star, heart")
    for count in range(1, 11):
        draw(page, [varied(STAR, random)])
        page.keyboard.press("a")  # at once: the last stroke must not be missing
        expect_count(page, count)
    page.get_by_role("radio", name="heart").click()
    expect(page.get_by_text("Draw heart")).to_be_visible()
    for count in range(1, 11):
        # In two strokes, of which the second is followed by the click.
        symbol = varied(HEART, random)
        draw(page, [symbol[:5], symbol[4:]])
        page.get_by_role("button", name="Add to heart").click()
        expect_count(page, count)
    page.reload()  # the drawings are kept
    expect(page.get_by_role("cell", name="10 drawings of star")).to_be_visible()
    page.get_by_role("button", name="Save as data set").click()
    expect(page.get_by_text("Saved: star, heart.")).to_be_visible()
    page.get_by_role("link", name="Train on it").first.click()
    page.wait_for_url(re.compile("/train"))
    expect(page.get_by_role("combobox", name="Data set")).to_have_value(
        "star, heart: 1,400 pictures, 2 classes"
    )
    settle(page)
    page.get_by_role("button", name="Start training").click()
    # Not those of the pretrained network, which the page shows before.
    expect(page.locator(".st-key-run_next")).to_contain_text("test pictures", timeout=120_000)
    page.locator(".st-key-run_next a", has_text="Draw").click()
    page.wait_for_url(re.compile("/draw"))
    for name, symbol in (("heart", HEART), ("star", STAR)):
        draw(page, [varied(symbol, random)])
        expect(page.locator(".st-key-prediction")).to_contain_text(name)
        page.get_by_role("button", name="Clear").click()
        page.wait_for_function(IS_BLANK)


def test_a_drawing_begun_right_after_add_is_kept(own_app, page):
    open_page(page, f"{own_app.address}/data?do=draw")
    add_classes(page, "star, heart")
    lines = [[(90, 40), (90, 230)], [(190, 40), (190, 230)]]
    for count in range(1, 5):
        draw(page, [STAR])
        page.keyboard.press("a")
        draw(page, lines[:1])  # before the answer: the canvas is replaced then
        expect(page.locator(".st-key-drawn [role=status] b")).to_have_text(str(2 * count - 1))
        expect_strokes(page, 1)
        draw(page, lines[1:])
        expect_strokes(page, 2)
        page.get_by_role("button", name="Add to star").click()
        expect_count(page, 2 * count)
    # Two drawings one after the other, and *Add* after each.
    draw(page, [STAR])
    page.keyboard.press("a")
    draw(page, lines)
    page.keyboard.press("a")
    expect_count(page, 10)


def test_symbols_are_drawn_by_touch_on_a_phone(own_app, phone):
    random = Random(1)
    open_page(phone, f"{own_app.address}/data?do=draw")
    add_classes(phone, "star, heart")
    for count in (1, 2):
        phone.locator(".st-key-canvas").scroll_into_view_if_needed()
        draw_with_finger(phone, varied(STAR, random))
        phone.get_by_role("button", name="Add to star").tap()
        expect_count(phone, count)
    draw_with_finger(phone, varied(STAR, random))
    phone.get_by_role("button", name="Add to star").tap()
    draw_with_finger(phone, [(140, 40), (140, 230)])  # before the answer
    expect(phone.locator(".st-key-drawn [role=status] b")).to_have_text("3")
    expect_strokes(phone, 1)
    phone.get_by_role("button", name="Clear").tap()
    phone.wait_for_function(IS_BLANK)
    expect(phone.get_by_text("draw 2 of star, 5 of heart")).to_be_visible()
    phone.get_by_role("button", name="Delete", exact=True).first.tap()
    expect(phone.get_by_text("Deleted: 1 drawing of star.")).to_be_visible()
    phone.get_by_role("button", name="Restore").tap()
    expect_count(phone, 3)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
