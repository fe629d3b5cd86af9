import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from cnn.data.mnist import load_digits
from cnn.preprocessing.picture_decoding import FORMATS
from cnn.preprocessing.stroke_code import encode_strokes
from cnn.preprocessing.strokes import Stroke
from tests.browser.gestures import (
    FOUR,
    ONE,
    SCRIBBLE,
    SEVEN,
    canvas_box,
    draw,
    draw_with_finger,
    expect_answer,
    expect_behind_canvas,
    expect_ink,
    expect_strokes,
    go_to,
    settle,
)
from tests.browser.watch import watched_page
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


@pytest.mark.parametrize("undone", [3, 5])
def test_quick_clicks_undo_one_stroke_each(app, page, undone):
    open_page(page, f"{app.address}/draw")
    for count in range(1, 6):
        draw(page, [[(40 * count, 60), (40 * count, 220)]])
    undo = page.locator(".stButton button", has_text="Undo")
    for _ in range(undone):
        undo.click() if undone == 5 else page.keyboard.press("Control+z")
    expect_strokes(page, 5 - undone)
    if undone == 5:
        expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    settle(page)
    expect_strokes(page, 5 - undone)


@pytest.mark.parametrize("mode", ["Digit", "Number"])
def test_the_canvas_has_no_toolbar_of_its_own(app, page, mode):
    open_page(page, f"{app.address}/draw")
    page.get_by_role("radio", name=mode).click()
    box = canvas_box(page, "canvas" if mode == "Digit" else "wide_canvas")
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 5)  # at its corner, if there were one
    expect(page.locator(".dc-toolbar")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_have_count(1)


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
    expect_behind_canvas(colleague, "From a link: draw to replace it")
    draw(colleague, ONE)
    expect_answer(colleague, 1)
    expect_behind_canvas(colleague, None)
    settle(colleague)
    colleague.wait_for_timeout(1_000)  # a later request is none from before the new address
    colleague.go_back()
    expect_answer(colleague, 7)
    expect_behind_canvas(colleague, "From a link: draw to replace it")
    expect_strokes(colleague, 0)


def test_back_undoes_a_stroke_on_the_canvas_too(app, page):
    open_page(page, f"{app.address}/draw")
    for count in (1, 2):
        before = page.url
        draw(page, [[(100 * count, 60), (100 * count, 220)]])
        expect(page).not_to_have_url(before)
        settle(page)
    page.wait_for_timeout(1_000)  # a later request is none from before the new address
    page.go_back()
    expect_answer(page, 1)
    expect_strokes(page, 1)
    page.go_back()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    expect_strokes(page, 0)
    page.go_forward()
    expect_answer(page, 1)
    expect_strokes(page, 1)


def test_a_finger_draws_on_a_phone_and_does_not_scroll(app, phone):
    open_page(phone, f"{app.address}/draw")
    expect(phone.locator(".st-key-canvas canvas").last).to_be_visible()
    before = phone.locator(".st-key-canvas").bounding_box()
    draw_with_finger(phone, ONE[0])
    expect_answer(phone, 1)
    assert phone.locator(".st-key-canvas").bounding_box() == before
    assert before["x"] >= 0 and before["x"] + before["width"] <= 390


def test_a_phone_shows_canvas_answer_and_bars_together_and_no_shortcut(app, phone):
    open_page(phone, f"{app.address}/draw")
    draw_with_finger(phone, ONE[0])
    expect_answer(phone, 1)
    settle(phone)
    for part in (".st-key-canvas", ".st-key-prediction", ".st-key-probabilities table"):
        box = phone.locator(part).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, part
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part
    expect(phone.get_by_role("button", name="Undo")).to_be_visible()
    expect(phone.get_by_text("Ctrl + Z")).to_be_hidden()
    expect(phone.get_by_text("Brush width")).to_be_visible()


def test_an_upload_is_classified_and_a_bad_one_shows_an_error(app, page, digit_file, tmp_path):
    open_page(page, f"{app.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    upload = page.locator('input[type="file"]')
    upload.set_input_files(digit_file)
    expect_answer(page, 1)
    expect_behind_canvas(page, "Uploaded: draw to replace it")
    expect(page.locator(".st-key-steps")).to_contain_text("1 · Uploaded picture, 340 x 340 pixels")
    expect(page.locator(".st-key-steps img")).to_have_count(7)
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    upload.set_input_files(text)
    expect(page.get_by_text("text.png is not a picture")).to_be_visible()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    expect_behind_canvas(page, None)
    page.get_by_role("button", name=re.compile("(Remove|Delete) .*one")).click()
    page.get_by_role("button", name=re.compile("(Remove|Delete) .*text")).click()
    expect(page.get_by_text("text.png is not a picture")).to_have_count(0)
    upload.set_input_files(digit_file)
    expect_answer(page, 1)
    page.get_by_role("button", name=re.compile("(Remove|Delete) .*one")).click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    page.locator(".stButton button", has_text="Undo").click()  # the drawing before the upload
    expect_answer(page, 7)


def test_files_that_are_no_pictures_are_refused_with_the_way_out(app, page, tmp_path):
    open_page(page, f"{app.address}/draw")
    upload = page.locator('input[type="file"]')
    assert upload.get_attribute("accept").startswith("image/*")  # a telephone offers its camera
    field = page.locator('[data-testid="stFileUploaderDropzoneInstructions"] span')
    shown = field.evaluate("e => getComputedStyle(e, '::after').content")
    assert [form for form, _ in FORMATS.values() if form not in shown] == []
    for name, mime, data, sentence in (
        ("page.pdf", "application/pdf", b"%PDF-1.7", "is a PDF"),
        ("digit.svg", "image/svg+xml", b"<svg></svg>", "is an SVG"),
        ("clip.mp4", "video/mp4", b"\0\0\0\x18ftypmp42", "is a video"),
        ("list.csv", "text/csv", b"1,2", "is not a picture"),
    ):
        upload.set_input_files({"name": name, "mimeType": mime, "buffer": data})
        expect(page.get_by_text(f"{name} {sentence}")).to_be_visible()


def test_a_row_of_several_uploads_opens_its_picture(app, page, digit_file, tmp_path):
    open_page(page, f"{app.address}/draw")
    upload = page.locator('input[type="file"]')
    files = {"text.png": b"no picture", "one.png": digit_file.read_bytes()}
    upload.set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files.items()]
    )
    select_upload(page, 1)
    expect_answer(page, 1)
    expect_behind_canvas(page, "Uploaded: draw to replace it")
    expect(page.locator(".st-key-steps")).to_contain_text("1 · Uploaded picture, 340 x 340 pixels")
    select_upload(page, 0)
    expect(page.get_by_text("text.png is not a picture")).to_be_visible()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    upload.set_input_files(digit_file)  # a third: opened at once, as it is the only new one
    expect_answer(page, 1)
    expect(page.get_by_text("text.png is not a picture")).to_have_count(0)
    page.get_by_role("button", name=re.compile("(Remove|Delete) .*text")).click()
    expect_answer(page, 1)


def select_upload(page, row: int) -> None:
    """Click the checkbox of a row of the table of uploads, counted from 0."""
    grid = page.locator("[data-testid=stDataFrame] canvas").first
    expect(grid).to_be_visible()
    settle(page)
    grid.evaluate("each => each.scrollIntoView({block: 'center'})")  # not below the lesson's bar
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 36 + 56 * row + 28)


@pytest.fixture
def number_file(tmp_path):
    """A picture of MNIST's test digits 0 to 2, 721, far apart on shaded paper."""
    digits = [np.pad(each, 10) for each in load_digits("test").images[:3]]
    ink = np.hstack(digits).repeat(4, axis=0).repeat(4, axis=1) / 255
    paper = np.linspace(235, 190, ink.shape[1])[None].repeat(len(ink), axis=0)
    path = tmp_path / "number.png"
    Image.fromarray((paper * (1 - 0.8 * ink)).astype(np.uint8)).save(path)
    return path


def test_a_digit_of_an_uploaded_number_is_opened_alone_and_the_number_again(app, page, number_file):
    open_page(page, f"{app.address}/draw")
    page.locator('input[type="file"]').set_input_files(number_file)
    expect_number(page)
    expect(page.get_by_text("Digits found: 3")).to_be_visible()
    expect(page.get_by_role("button", name="2: 2, ")).to_have_count(2)  # a box and a tile
    boxes(page).nth(1).click()
    expect_answer(page, 2)
    expect(page).to_have_url(re.compile("picture=upload-"))
    expect_behind_canvas(page, "Uploaded: draw to replace it")
    steps = page.locator(".st-key-steps")
    expect(steps).to_contain_text("1 · Digit 2 of 3, cut out of the picture")
    settle(page)
    page.wait_for_timeout(1_000)  # a later request is none from before the new address
    page.go_back()
    expect_number(page)
    page.go_forward()
    expect_answer(page, 2)
    page.get_by_role("button", name="Back to the whole picture").click()
    expect_number(page)
    expect(page).to_have_url(re.compile("/draw$"))
    boxes(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_answer(page, 1)
    draw(page, FOUR)  # closes the picture
    expect_answer(page, 4)
    expect(page.get_by_role("button", name="Back to the whole picture")).to_have_count(0)


def expect_number(page):
    """Wait for the number of `number_file`."""
    expect(page.locator(".st-key-detected_number")).to_have_text(re.compile(r"^\s*721\b"))
    expect(tiles(page)).to_have_count(3)


def test_a_number_is_kept_on_other_pages(app, page, number_file):
    open_page(page, f"{app.address}/draw")
    page.locator('input[type="file"]').set_input_files(number_file)
    expect_number(page)
    go_to(page, "Explore")
    go_to(page, "Draw")
    expect_number(page)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")
    draw(page, SEVEN)
    expect_answer(page, 7)


def test_a_row_of_the_table_opens_a_number(app, page, digit_file, number_file):
    open_page(page, f"{app.address}/draw")
    page.locator('input[type="file"]').set_input_files([digit_file, number_file])
    select_upload(page, 1)
    expect_number(page)
    tiles(page).nth(2).click()
    expect_answer(page, 1)
    page.get_by_role("button", name="Back to the whole picture").click()
    expect_number(page)
    page.get_by_role("button", name=re.compile("(Remove|Delete) .*number")).click()
    expect_answer(page, 1)  # the file that is left


def test_an_uploaded_number_fits_a_telephone_and_is_opened_by_touch(app, phone, number_file):
    open_page(phone, f"{app.address}/draw")
    phone.locator('input[type="file"]').set_input_files(number_file)
    expect_number(phone)
    settle(phone)
    for part in (".st-key-detected_number", "div.picture", "div.tiles"):
        box = phone.locator(part).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, part
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part
    places = [each.bounding_box() for each in boxes(phone).all()]
    assert [each["x"] for each in places] == sorted(each["x"] for each in places)
    phone.locator("button.tile").nth(1).tap()
    expect_answer(phone, 2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_number(app, browser, number_file, scheme):
    with watched_page(browser, color_scheme=scheme) as page:
        open_page(page, f"{app.address}/draw")
        page.locator('input[type="file"]').set_input_files(number_file)
        expect_number(page)
        settle(page)
        found = Axe().run(page).response["violations"]
    assert [each["help"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_the_name_of_an_uploaded_file_is_shown_as_it_is(app, page, digit_file):
    open_page(page, f"{app.address}/draw")
    upload = page.locator('input[type="file"]')
    names = [
        *("**seven**", "[seven](http:x)", "1. seven", "- seven", "+ seven", "# seven"),
        *(":material_home: :cat:", "$x$ `y` <b>", "seven_of_7_~~x~~"),
    ]
    for name in names:
        file = {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": digit_file.read_bytes()}
        upload.set_input_files(file)
        expect_message(
            page, f"{name}.jpg has the extension .jpg, but is a PNG; it was read as PNG."
        )
        upload.set_input_files({**file, "buffer": b""})
        expect_message(page, f"{name}.jpg is empty; {EXPECTED}")


EXPECTED = "a picture is expected, as PNG, JPEG, HEIC, WebP, AVIF, TIFF, GIF or BMP."


def expect_message(page, text):
    """Wait for a message in one paragraph; word joiners are invisible."""
    page.wait_for_function(
        """(text) => document.querySelector("[data-testid=stAlert] p")
          ?.textContent.replaceAll("\u2060", "") === text""",
        arg=text,
    )


def test_a_damaged_picture_in_the_address_shows_an_error(app, page):
    open_page(page, f"{app.address}/explore?picture=drawing-notapicture")
    expect(page.get_by_text("incomplete or damaged")).to_be_visible()
    page.get_by_text("All layers", exact=True).click()
    expect(page.locator(".st-key-feature_maps canvas").first).to_be_visible()


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


INNER_WIDTH = """(block) => {
  const { paddingLeft, paddingRight } = getComputedStyle(block);
  return block.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}"""


@pytest.mark.parametrize("width", [320, 640, 820, 1000, 1600])
def test_the_wide_canvas_fits_beside_the_sidebar_at_every_width(app, browser, width):
    with watched_page(browser, viewport={"width": width, "height": 800}) as page:
        open_page(page, f"{app.address}/draw?mode=number")
        canvas = page.locator(".st-key-wide_canvas canvas").last
        block = page.locator('[data-testid="stMainBlockContainer"]')
        inside = block.evaluate(INNER_WIDTH)
        settle(page)
        expect(canvas).to_have_css("width", f"{min(700, int(inside))}px")
        box = canvas.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        overflow = page.evaluate(
            "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        assert overflow == 0


def test_the_digits_of_a_number_are_found_and_classified_from_left_to_right(app, page):
    open_page(page, f"{app.address}/draw")
    page.get_by_role("radio", name="Number").click()
    seven, one, four = [(30, 40), (110, 40), (60, 180)], [(200, 40), (200, 180)], FOUR
    draw(page, [one, seven], on="wide_canvas")  # the order of drawing does not count
    draw(page, [[(x + 220, y * 0.8) for x, y in stroke] for stroke in four], on="wide_canvas")
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(r"^\s*714\b"))
    expect(tiles(page)).to_have_count(3)
    tiles(page).last.click()
    page.wait_for_url(re.compile("/explore.*picture=drawing-"))
    expect_answer(page, 4)


def tiles(page):
    """The tiles of the digits of a number."""
    return page.locator("button.tile")


def boxes(page):
    """The boxes round the digits of a number."""
    return page.locator("button.box")


def test_a_number_survives_a_reload_and_can_be_continued(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, SCRIBBLE)
    expect(page).to_have_url(re.compile("picture=drawing-"))
    page.get_by_role("radio", name="Number").click()
    for place in range(3):
        draw(page, [[(40 + 60 * place, 40), (40 + 60 * place, 190)]], on="wide_canvas")
        expect(page.locator(".st-key-prediction")).to_contain_text("1" * (place + 1))
    expect(page).to_have_url(re.compile("mode=number&number="))
    settle(page)
    page.reload()
    expect(page.locator(".st-key-prediction")).to_contain_text("111")
    expect_strokes(page, 3, "wide_canvas")
    draw(page, [[(300, 40), (300, 190)]], on="wide_canvas")
    expect(page.locator(".st-key-prediction")).to_contain_text("1111")
    expect_strokes(page, 4, "wide_canvas")
    page.locator(".stButton button", has_text="Undo").click(click_count=2)
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(r"^\s*111?\b"))
    page.get_by_role("radio", name="Digit").click()
    expect(page).to_have_url(re.compile(r"/draw\?picture=drawing-[^&]*$"))


def test_a_number_from_a_wide_canvas_fits_a_telephone(app, browser):
    lines = [[(40, 40), (40, 190)], [(560, 40), (660, 40), (600, 190)]]
    code = encode_strokes([Stroke(np.array(points, float), 12) for points in lines])
    with watched_page(browser, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        open_page(page, f"{app.address}/draw?mode=number&number={code}")
        expect(page.locator(".st-key-prediction")).to_contain_text("17")
        expect(page.get_by_text("Digits found: 2")).to_be_visible()
        expect_ink(page, "wide_canvas")


def test_a_network_can_be_chosen_after_a_stroke(app, page):
    open_page(page, f"{app.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    settle(page)
    page.locator("[data-testid=stSidebar] [data-testid=stSelectbox] input").click()
    page.get_by_role("option").nth(1).click()
    expect(page).to_have_url(re.compile("run=notebook"))


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
    tuning = page.locator(".st-key-fine_tuning")
    expect(tuning).to_contain_text(re.compile(r"labelled 1, predicted 7 \((> )?99\.\d %\)"))
    page.get_by_role("button", name="Fine-tune anyway").click()
    rows = page.locator(".st-key-fine_tuning tr")
    expect(rows.nth(1)).to_have_text(
        re.compile(r"^\s*Corrections classified correctly\s*0 of 1\s*1 of 1\s*$"), timeout=120_000
    )
    accuracies = r"^\s*Test accuracy\s*\d\d\.\d\d %\s*\d\d\.\d\d %\s*$"
    expect(rows.nth(2)).to_have_text(re.compile(accuracies))
    expect(tuning).to_contain_text("is worse than its base")
    page.get_by_role("button", name="Use fine-tuned network").click()
    expect(page).to_have_url(re.compile("run="))
    page.get_by_role("button", name="Use base network").click()
    expect(page).to_have_url(re.compile("run=pretrained"))
