import re

from playwright.sync_api import expect

from tests.browser.gestures import (
    FOUR,
    ONE,
    SCRIBBLE,
    SEVEN,
    draw,
    draw_with_finger,
    expect_answer,
    expect_ink,
    go_to,
)
from tools.browser import open_page


def test_a_drawing_is_classified_after_each_stroke_without_a_button(app, page):
    open_page(page, f"{app.address}/draw")
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    draw(page, SEVEN)
    expect_answer(page, 7)
    expect(page.locator(".st-key-model_input img")).to_be_visible()
    expect(page.locator(".st-key-probabilities tr")).to_have_count(10)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    draw(page, FOUR)
    expect_answer(page, 4)


def test_undo_removes_the_last_stroke(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, ONE)
    expect_answer(page, 1)
    draw(page, [[(60, 140), (220, 140)]])
    expect(page.locator(".st-key-prediction")).not_to_have_text(re.compile(r"^\s*1\b"))
    page.locator(".stButton button", has_text="Undo").click()
    expect_answer(page, 1)
    page.locator(".stButton button", has_text="Undo").click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")


def test_a_drawing_survives_a_change_of_page_and_can_be_continued(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, FOUR[:1])
    expect(page.locator(".st-key-model_input img")).to_be_visible()
    go_to(page, "Explore")
    expect(page.locator(".st-key-model_input")).to_contain_text("Your drawing")
    go_to(page, "Draw")
    expect_ink(page)  # restoring the drawing would remove a stroke drawn before
    expect(page.locator(".st-key-prediction")).to_contain_text(re.compile(r"\d"))
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    draw(page, FOUR[1:])
    expect_answer(page, 4)


def test_a_link_shows_the_same_drawing_to_another_visitor(app, page, colleague):
    open_page(page, f"{app.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    expect(page).to_have_url(re.compile("picture=drawing-"))
    open_page(colleague, page.url)
    expect_answer(colleague, 7)


def test_a_finger_draws_on_a_phone_and_does_not_scroll(app, phone):
    open_page(phone, f"{app.address}/draw")
    expect(phone.locator(".st-key-canvas canvas").last).to_be_visible()
    before = phone.locator(".st-key-canvas").bounding_box()
    draw_with_finger(phone, ONE[0])
    expect_answer(phone, 1)
    assert phone.locator(".st-key-canvas").bounding_box() == before
    assert before["x"] >= 0 and before["x"] + before["width"] <= 390


def test_an_upload_is_classified_and_a_bad_one_shows_an_error(app, page, digit_file, tmp_path):
    open_page(page, f"{app.address}/draw")
    upload = page.locator('input[type="file"]')
    upload.set_input_files(digit_file)
    expect_answer(page, 1)
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    upload.set_input_files(text)
    expect(page.get_by_text("text.png is not a picture")).to_be_visible()
    expect_answer(page, 1)  # the picture before is still there


def test_a_damaged_picture_in_the_address_shows_an_error(app, page):
    open_page(page, f"{app.address}/explore?picture=drawing-notapicture")
    expect(page.get_by_text("incomplete or damaged")).to_be_visible()
    page.get_by_text("All layers", exact=True).click()
    expect(page.locator(".st-key-feature_maps img").first).to_be_visible()


def test_a_scribble_is_rejected(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, SCRIBBLE)
    rejected = re.compile(r"^\s*(Unsure: \d or \d\?\s+\d.* for \d|Not a digit\s+closest: \d )")
    expect(page.locator(".st-key-prediction")).to_have_text(rejected)


def test_the_explanations_of_a_prediction_are_shown_below_it(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, FOUR)
    expect_answer(page, 4)
    expect(page.locator(".st-key-steps img")).to_have_count(5)
    expect(page.locator(".st-key-plain_resize")).to_contain_text("without preprocessing:")
    expect(page.locator(".st-key-occlusion img")).to_be_visible()
    expect(page.locator(".st-key-neighbours img")).to_have_count(8)
    expect(page.locator(".st-key-neighbours")).to_contain_text("4 · 0.9")
    expect(page.locator(".st-key-prediction_history canvas")).to_be_visible()
    expect(page.locator(".st-key-prediction_history")).to_contain_text("Epoch 0: ")


def test_the_digits_of_a_number_are_found_and_classified_from_left_to_right(app, page):
    open_page(page, f"{app.address}/draw")
    page.get_by_role("radio", name="Number").click()
    seven, one, four = [(30, 40), (110, 40), (60, 180)], [(200, 40), (200, 180)], FOUR
    draw(page, [one, seven], on="wide_canvas")  # the order of drawing does not count
    draw(page, [[(x + 220, y * 0.8) for x, y in stroke] for stroke in four], on="wide_canvas")
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(r"^\s*714\b"))
    inspect = page.get_by_role("button", name="Inspect layers")
    expect(inspect).to_have_count(3)  # they come after the prediction, one by one
    inspect.last.click()
    page.wait_for_url(re.compile("/explore.*picture=drawing-"))
    expect_answer(page, 4)


def test_a_correction_is_kept_and_fine_tuned_on(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    page.locator(".st-key-correct_digit").get_by_role("radio", name="1").click()
    expect(page.locator(".st-key-correct_digit")).to_contain_text("1, predicted as 7")
    open_page(page, f"{app.address}/draw")  # a reload, by the same visitor
    page.get_by_text("Your corrections").click()
    corrections = page.locator(".st-key-corrections")
    expect(corrections).to_contain_text("Correct: 1, predicted: 7")
    corrections.get_by_role("button", name="Delete", exact=True).click()
    expect(corrections).to_contain_text("No corrections yet")
    corrections.get_by_role("button", name="Restore").click()
    expect(corrections).to_contain_text("Correct: 1, predicted: 7")
    page.get_by_role("button", name="Fine-tune", exact=True).click()
    rows = page.locator(".st-key-fine_tuning tr")
    expect(rows.nth(1)).to_have_text(
        re.compile(r"^\s*Corrections classified correctly\s*0 of 1\s*1 of 1\s*$"), timeout=120_000
    )
    accuracies = r"^\s*Test accuracy\s*\d\d\.\d\d %\s*\d\d\.\d\d %\s*$"
    expect(rows.nth(2)).to_have_text(re.compile(accuracies))
