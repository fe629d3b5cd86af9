import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnn.data.mnist import load_digits
from cnn.rendering.text import probability_text
from cnn.runs.run import PRETRAINED_PATH, read_run
from tests.browser.gestures import drag_finger, expect_answer, go_to, settle
from tools.browser import open_page
from ui.widgets.lens import FOLDER


def count_messages(page):
    """Wait until the page is settled, then count the messages to the server in `window.sent`."""
    settle(page)
    page.evaluate(
        """() => {
          const send = WebSocket.prototype.send;
          window.sent = 0;
          WebSocket.prototype.send = function (...all) { window.sent += 1; send.apply(this, all); };
        }"""
    )


# Whether all that changes together in the lens around an element is on the screen.
ALL_SEEN = """(element) => {
  const parts = [...element.closest(".together").querySelectorAll("canvas, table, figcaption, p")];
  return parts.length > 2 && parts.every((part) => {
    const { left, top, right, bottom } = part.getBoundingClientRect();
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
  });
}"""


def open_layer(page, name):
    """Click a layer in the diagram. Return the container of the opened layer."""
    page.locator(".diagram button.layer", has_text=name).click()
    opened = page.locator(".inside")
    expect(opened.get_by_role("heading", name=f"Inside {name}")).to_be_visible()
    return opened


def point(page, canvas, cell, shape):
    """Move the mouse to the centre of a cell of a map."""
    canvas.evaluate("(each) => each.scrollIntoView({block: 'center'})")  # the lesson covers the end
    box = canvas.bounding_box()
    down, across = ((place + 0.5) / length for place, length in zip(cell, shape, strict=True))
    page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * down)


@pytest.fixture(scope="module")
def outputs():
    """The shipped network's activations for test digit 1, by layer."""
    from cnn.inspection.recognizer import load_recognizer

    recognizer = load_recognizer(read_run(PRETRAINED_PATH))
    activations = recognizer.activations(load_digits("test").images[1])
    return {each.layer.name: each.values for each in activations}


def test_every_layer_is_shown_for_the_chosen_test_digit(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    expect_answer(page, 2)
    maps = page.locator(".st-key-feature_maps")
    expect(maps.locator("canvas")).to_have_count(0)
    maps.get_by_text("All layers").click()
    for words in ("26 x 26 x 32", "3 · 3 · 32 · 64 + 64 = 18,496", "flatten", "dense_2"):
        expect(maps).to_contain_text(words)
    expect(maps.locator("canvas")).to_have_count(8)  # all but the last, whose ten values are bars
    expect(maps.locator("table.softmax tr")).to_have_count(10)
    page.get_by_role("button", name="Compare max, average and sum pooling").click()
    expect(page.locator(".st-key-pooling .figures img")).to_have_count(3)
    settle(page)  # an image that is still requested when its view is left is an error
    page.get_by_role("button", name="Layers of this network").click()
    expect(page.locator(".diagram button.layer").first).to_be_visible()


def test_the_network_is_in_one_row_above_the_fold(app, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    for run in ("pretrained", "notebook"):
        open_page(page, f"{app.address}/explore?run={run}")
        diagram = page.locator(".diagram")
        expect(diagram).to_be_visible()
        settle(page)
        boxes = [each.bounding_box() for each in diagram.locator(".layer").all()]
        assert len({box["y"] for box in boxes}) == 1
        assert max(box["x"] + box["width"] for box in boxes) < 1280
        assert max(box["y"] + box["height"] for box in boxes) < 800
        assert diagram.evaluate("(each) => each.scrollWidth <= each.clientWidth")


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
    expect(page.get_by_text("Test digit 3, label 0").first).to_be_visible()
    expect(page).to_have_url(re.compile("epoch=0"))


def test_a_class_and_next_lead_to_the_next_digit_of_that_class(app, page):
    open_page(page, f"{app.address}/explore")
    page.get_by_role("combobox", name="Class").select_option("5")
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 8, label 5")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 15, label 5")


# Click a button in a shadow tree, and return what is shown two frames later and the messages sent.
CLICK = """async (button) => {
  const roots = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean);
  const texts = (selector) => [document, ...roots]
    .flatMap((root) => [...root.querySelectorAll(selector)]).map((each) => each.textContent);
  const pictures = () => roots.flatMap((root) => [...root.querySelectorAll(".diagram canvas")])
    .map((each) => each.toDataURL()).join();
  const before = pictures();
  button.click();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return {
    heading: texts(".inside h2"),
    output: texts(".inside .output figcaption"),
    caption: texts(".st-key-model_input .live .caption"),
    answer: texts(".st-key-prediction .live .answer b"),
    changed: pictures() !== before,
  };
}"""


def test_the_next_digit_and_another_layer_are_shown_before_the_server_answers(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    opened = page.locator(".inside")
    expect(opened.locator("canvas").first).to_be_visible()
    page.wait_for_function("globalThis.testSet")
    settle(page)
    next_digit = page.get_by_role("button", name="Next", exact=True)
    for number, label in ((2, 1), (3, 0), (4, 4)):  # faster than the server
        shown = next_digit.evaluate(CLICK)
        caption = f"Test digit {number}, label {label}: 28 x 28 pixels, 0 to 255"
        assert (shown["caption"], shown["answer"]) == ([caption], [str(label)])
        assert shown["changed"]
    shown = page.locator(".diagram button.layer", has_text="conv_3").evaluate(CLICK)
    assert shown["heading"] == ["Inside conv_3"]
    assert shown["output"][0].startswith("conv_3, map ")
    expect(page).to_have_url(re.compile("picture=test-4&layer=conv_3"))
    expect_answer(page, 4)
    settle(page)
    expect(page.locator("[data-live]")).to_have_count(0)  # what is seen is the server's
    expect(page.locator(".st-key-model_input")).to_contain_text("Test digit 4, label 4")


def test_choices_leave_no_listeners_behind(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    expect(page.locator(".inside canvas").first).to_be_visible()
    page.wait_for_function("globalThis.testSet")
    session = page.context.new_cdp_session(page)

    def listeners():
        settle(page)
        window = session.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
        found = session.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
        return sorted(each["type"] for each in found)

    before = listeners()
    assert "explore-chosen" in before and "network-loaded" in before
    for number in (2, 3, 4):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page).to_have_url(re.compile(f"picture=test-{number}"))
    assert listeners() == before


def test_a_typed_number_is_not_replaced_by_what_the_server_sends(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    settle(page)
    page.get_by_role("button", name="Random", exact=True).click()
    field = page.get_by_role("spinbutton", name=re.compile("^Map"))
    field.fill("7")
    settle(page)
    expect(field).to_have_value("7")
    field.press("Enter")
    expect(page).to_have_url(re.compile("map=7"))
    expect(page.locator(".inside figure.output")).to_contain_text("conv_1, map 7:")


def test_a_click_on_a_map_opens_it(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    page.locator(".inside .strip canvas").nth(5).click()
    expect(page.locator(".inside figure.output")).to_contain_text("conv_1, map 5:")
    expect(page).to_have_url(re.compile("map=5"))
    maps = page.locator(".st-key-feature_maps")
    maps.get_by_text("All layers").click()
    maps.locator("canvas").nth(2).click(position={"x": 150, "y": 150})  # the second line, of 8
    expect(page).to_have_url(re.compile("layer=conv_2&map=9"))
    expect(page.locator(".inside h2")).to_have_text("Inside conv_2")


def test_for_an_unknown_run_in_the_address_an_error_and_the_pretrained_network_are_shown(app, page):
    open_page(page, f"{app.address}/explore?run=nosuchrun")
    expect(page.get_by_text("There is no run called 'nosuchrun'")).to_be_visible()
    expect_answer(page, 7)


def test_pointing_at_a_pooled_cell_shows_its_window_without_a_request(app, page):
    open_page(page, f"{app.address}/explore?picture=test-0&tab=Pooling")
    lens = page.locator(".st-key-pooling .lens")
    expect(lens.locator("canvas")).to_have_count(7)  # with the three differences
    maximum = lens.locator("figure.max canvas")
    maximum.scroll_into_view_if_needed()
    count_messages(page)
    box = maximum.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 6.5 / 13, box["y"] + box["height"] * 4.5 / 13)
    expect(lens).to_contain_text("Cell 4, 6 (row, column) · window from row 8, column 12")
    words = lens.locator(".formula").all_inner_texts()
    cells = [float(cell) for cell in re.search(r"\((.*)\)", words[0])[1].split(", ")]
    results = [float(each.rsplit("= ", 1)[1]) for each in words]
    assert len(cells) == 4
    assert results == pytest.approx([max(cells), sum(cells) / 4, sum(cells)], abs=2e-3)
    maximum.focus()
    page.keyboard.press("ArrowLeft")
    expect(lens).to_contain_text("Cell 4, 5")
    assert page.evaluate("window.sent") == 0


def test_each_output_of_a_convolution_is_the_sum_shown(app, page, outputs):
    open_page(page, f"{app.address}/explore?picture=test-1")
    rng = np.random.default_rng(0)
    for name in ("conv_1", "conv_2", "conv_4"):
        opened = open_layer(page, name)
        values = outputs[name]
        number = int(rng.integers(values.shape[-1]))
        field = opened.get_by_role("spinbutton")
        field.fill(str(number))
        field.press("Enter")
        output = opened.locator("figure.output")
        expect(output).to_contain_text(f"{name}, map {number}:")
        expect(page).to_have_url(re.compile(f"map={number}(&|$)"))
        settle(page)
        for _ in range(5):
            cell = [int(rng.integers(side)) for side in values.shape[:2]]
            point(page, output.locator("canvas"), cell, values.shape[:2])
            expect(opened.locator(".where")).to_have_text(
                f"Output at row {cell[0]}, column {cell[1]}"
            )
            shown = float(opened.locator(".formula").get_attribute("data-value"))
            assert shown == pytest.approx(values[(*cell, number)], abs=1e-4)


def test_pointing_into_a_convolution_sends_no_request_and_the_products_add_up(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    opened = page.locator(".inside")
    canvas = opened.locator("figure.input canvas")
    expect(canvas).to_be_visible()
    count_messages(page)
    point(page, canvas, (9, 14), (28, 28))
    expect(opened.locator(".where")).to_have_text("Output at row 8, column 13")
    written = opened.locator(".products").inner_text().replace("\u2212", "-")
    products, total = written.rsplit(" = ", 1)
    factors = [
        [float(number.strip("()")) for number in product.split("\u00b7")]
        for product in products.split(" + ")
    ]
    assert len(factors) == 9
    assert sum(a * b for a, b in factors) == pytest.approx(float(total), abs=2e-3)
    assert page.evaluate("window.sent") == 0


def test_the_window_can_be_stepped_through_the_picture(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    opened = page.locator(".inside")
    where = opened.locator(".where")
    position = opened.get_by_role("slider", name="Position")
    position.press("Home")
    expect(where).to_have_text("Output at row 0, column 0")
    for _ in range(3):
        opened.get_by_role("button", name="Step", exact=True).click()
    expect(where).to_have_text("Output at row 0, column 3")
    alpha = "(canvas) => canvas.getContext('2d').getImageData({x}, 5, 1, 1).data[3]"
    output = opened.locator("figure.output canvas")
    side = output.evaluate("(canvas) => canvas.width") / 26
    assert output.evaluate(alpha.format(x=3.5 * side)) == 255
    assert output.evaluate(alpha.format(x=6.5 * side)) == 0  # not computed yet
    position.press("ArrowRight")
    expect(where).to_have_text("Output at row 0, column 4")
    opened.get_by_role("button", name="All").click()
    assert output.evaluate(alpha.format(x=20.5 * side)) == 255
    opened.get_by_role("button", name="Play").click()
    page.get_by_role(
        "button", name="Next", exact=True
    ).click()  # another picture comes while it plays
    expect(opened.get_by_role("button", name="Play")).to_be_visible()
    point(page, opened.locator("figure.output canvas"), (3, 4), (26, 26))
    expect(where).to_have_text("Output at row 3, column 4")
    output = opened.locator("figure.output canvas")
    assert output.evaluate(alpha.format(x=20.5 * side)) == 255


def test_a_lens_is_as_it_was_when_something_else_on_the_page_changes(app, page):
    open_page(page, f"{app.address}/explore?lesson=kernel")
    lens, where = page.locator(".lens"), page.locator(".lens .where")
    lens.get_by_role("slider", name="Position").press("Home")
    settle(page)
    lens.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Leave the lesson").click()  # no longer counts cells
    expect(page.get_by_text("Start the lesson")).to_be_visible()
    settle(page)
    after_rerun = where.inner_text()
    expect(where).not_to_have_text(after_rerun)
    lens.get_by_role("button", name="Pause").click()
    stopped = where.inner_text()
    page.emulate_media(color_scheme="dark")  # draws it again, too
    settle(page)
    expect(lens.get_by_role("button", name="Play")).to_be_visible()
    expect(where).to_have_text(stopped)


def test_a_whole_map_is_played_in_20_seconds_only_on_request_and_can_be_paused(app, page):
    page.emulate_media(reduced_motion="reduce")
    open_page(page, f"{app.address}/explore?picture=test-1")
    opened = page.locator(".inside")
    where = opened.locator(".where")
    expect(where).to_be_visible()
    settle(page)
    before = where.inner_text()
    page.clock.install()
    page.clock.run_for(2_000)
    assert where.inner_text() == before
    opened.get_by_role("slider", name="Position").press("Home")
    opened.get_by_role("button", name="Play").click()
    page.clock.run_for(10_000)
    row = int(re.search(r"row (\d+)", where.inner_text())[1])
    assert row in (12, 13, 14)  # of 26; the clock itself runs on, too
    opened.get_by_role("button", name="Pause").click()
    stopped = where.inner_text()
    page.clock.run_for(2_000)
    assert where.inner_text() == stopped
    opened.get_by_role("button", name="Play").click()
    page.clock.run_for(10_500)
    expect(where).to_have_text("Output at row 25, column 25")
    expect(opened.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize(
    ("layer", "touched"),
    [
        ("conv_1", "figure.output canvas"),
        ("conv_2", "figure.output canvas"),  # with the receptive field, and 32 input maps
        ("pool_1", "figure.sum canvas"),
        ("dense_2", "table.softmax button"),
    ],
)
def test_on_a_phone_what_changes_together_is_seen_together(app, phone, layer, touched):
    open_page(phone, f"{app.address}/explore?picture=test-1")
    opened = open_layer(phone, layer)
    settle(phone)
    part = opened.locator(touched).first
    part.tap()
    phone.wait_for_function(ALL_SEEN, arg=part.element_handle())


def test_a_finger_that_is_moved_over_a_plane_moves_the_cell_and_not_the_page(app, phone):
    open_page(phone, f"{app.address}/explore?picture=test-1")
    opened = open_layer(phone, "conv_1")
    settle(phone)
    output = opened.locator("figure.output canvas")
    output.tap()
    phone.wait_for_function(ALL_SEEN, arg=output.element_handle())
    box = output.bounding_box()
    x, y = box["x"] + 1, box["y"] + 1
    drag_finger(phone, [(x, y), (x, y + box["height"] - 2)])
    expect(opened.locator(".where")).to_have_text("Output at row 25, column 0")
    assert output.bounding_box() == box


def test_the_keyboard_reaches_every_layer_and_keeps_its_place(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    layers = page.locator(".diagram button.layer")
    layers.first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inside conv_4")).to_be_visible()
    expect(layers.nth(5)).to_be_focused()
    expect(layers.nth(5)).to_have_css("outline-style", "solid")
    opened = open_layer(page, "dense_2")
    classes = opened.locator("table.softmax button")
    classes.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(opened).to_contain_text("Contributions to the sum of 1")
    expect(classes.nth(1)).to_be_focused()


def test_every_plane_has_a_name_its_size_and_its_range(app, page, outputs):
    open_page(page, f"{app.address}/explore?picture=test-1")
    number = r"\u2212?[\d.e-]+"
    for layer in ("conv_1", "conv_2", "pool_1"):
        opened = open_layer(page, layer)
        settle(page)
        planes = opened.locator("canvas.map")
        for plane in planes.all():
            label = plane.get_attribute("aria-label")
            assert re.search(rf"\d+ x \d+, {number} to {number}", label), label
        assert planes.count() in (2, 3, 8)
    values = outputs["pool_1"]
    highest = values[..., int(opened.get_by_role("spinbutton").input_value())].max()
    expect(opened.locator("figure.max")).to_contain_text(f"max: 13 x 13, 0 to {highest:.3g}")


def test_a_class_is_a_sum_of_contributions_and_the_temperature_flattens_softmax(app, page, outputs):
    open_page(page, f"{app.address}/explore?picture=test-1")
    open_layer(page, "dense_1")
    opened = open_layer(page, "dense_2")
    expect(opened).to_contain_text("Contributions to the sum of 2")  # predicted, not selected
    row = opened.locator("table.softmax tr").nth(3)  # the 2, after the heading
    expect(row).to_contain_text("2")
    assert float(row.get_attribute("data-probability")) == pytest.approx(
        outputs["dense_2"][2], abs=1e-5
    )
    values = opened.locator(".contributions .value").all_inner_texts()
    total = sum(float(value.replace("\u2212", "-")) for value in values)
    shown = float(opened.locator(".contributions .formula").get_attribute("data-value"))
    assert total == pytest.approx(shown, abs=0.02)
    count_messages(page)
    temperature = opened.get_by_role("slider", name="Temperature")
    for key, text in (("Home", "T = 0.125"), ("End", "T = 16")):
        temperature.press(key)
        expect(opened).to_contain_text(text)
        rows = opened.locator("table.softmax tr[data-probability]")
        shares = [float(each.get_attribute("data-probability")) for each in rows.all()]
        texts = [each.locator("td").nth(1).inner_text() for each in rows.all()]
        assert texts == [probability_text(share) for share in shares]
        assert probability_text(shares[2]) in opened.locator("p.formula").last.inner_text()
    assert float(row.get_attribute("data-probability")) < 0.5
    opened.get_by_role("button", name="7", exact=True).click()
    expect(opened).to_contain_text("Contributions to the sum of 7")
    assert page.evaluate("window.sent") == 0


def test_every_layer_can_be_opened(app, page, outputs):
    open_page(page, f"{app.address}/explore?picture=test-1")
    for name in outputs:
        open_layer(page, name)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_strongest_activations_appear_once_the_test_set_is_read_and_open_a_digit(app, page):
    open_page(page, f"{app.address}/explore?run=notebook&epoch=3")  # in no other test
    digit = page.locator(".st-key-top_activating button.digit").nth(1)
    expect(digit).to_be_visible(timeout=90_000)
    number = re.search(r"[\d,]+", digit.get_attribute("title"))[0].replace(",", "")
    digit.click()
    expect(page).to_have_url(re.compile(f"picture=test-{number}(&|$)"))


def test_probabilities_have_the_same_format_in_the_browser_as_in_python(page):
    code = (FOLDER / "maps.js").read_text("utf-8")
    shares = [0, 1, 1e-9, 4.999e-4, 5e-4, 0.00051, 0.9994, 0.99949, 0.9995, 0.99951, 1 - 1e-9]
    shares += np.random.default_rng(0).random(500).tolist()
    texts = page.evaluate(f"(shares) => {{ {code}; return shares.map(percent); }}", shares)
    assert texts == [probability_text(share) for share in shares]


def test_a_custom_kernel_is_applied_and_an_invalid_one_gets_an_error(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    page.get_by_text("Custom kernel", exact=True).click()
    field = page.get_by_role("textbox", name="Kernel")
    expect(field).to_have_value("-1 0 1\n-1 0 1\n-1 0 1")
    field.fill("0 0 0\n0 x 0\n0 0 0")
    field.press("Control+Enter")
    expect(page.get_by_text("'x' in row 2 is not a number")).to_be_visible()
    field.fill("0 0 0\n0 2 0\n0 0 0")
    field.press("Control+Enter")
    output = page.locator(".st-key-custom_output figure.output")
    expect(output).to_contain_text("Output: 26 x 26")
    pixel = load_digits("test").images[1][8, 14] / 255
    point(page, output.locator("canvas"), (7, 13), (26, 26))
    formula = page.locator(".st-key-custom_output .formula")
    assert float(formula.get_attribute("data-value")) == pytest.approx(2 * pixel, abs=1e-4)
    page.get_by_text("same", exact=True).click()
    page.get_by_role("radiogroup", name="Stride").get_by_text("3", exact=True).click()
    expect(output).to_contain_text("Output: 10 x 10")
    expect(page.get_by_text("⌈28 / 3⌉ = 10")).to_be_visible()


def test_two_epochs_are_compared_on_one_digit(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    page.get_by_text("Compare networks", exact=True).click()
    expect(page.get_by_text("Pretrained network, after epoch 0")).to_be_visible()
    expect(page.locator('[data-testid="stMain"] img[alt^="conv_1"]')).to_have_count(2)


def test_a_dot_of_the_pca_shows_its_digit_and_opens_it(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    page.get_by_text("Test set", exact=True).click()
    plane = page.locator(".st-key-plane")
    stage = plane.locator("canvas.stage")
    expect(stage).to_be_visible(timeout=90_000)  # after the network has seen 10,000 digits
    count_messages(page)
    words = plane.locator(".words")
    stage.focus()
    page.keyboard.press("ArrowRight")  # to a mistake
    expect(words).to_contain_text(re.compile(r"Test digit [\d,]+: label \d, predicted as \d"))
    number = re.search(r"Test digit ([\d,]+)", words.inner_text())[1].replace(",", "")
    assert page.evaluate("window.sent") == 0
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"picture=test-{number}(&|$)"))


def test_robustness_is_measured_on_500_test_digits(app, page):
    open_page(page, f"{app.address}/explore?run=notebook&picture=test-1")
    page.get_by_role("radiogroup", name="View").get_by_text("Pooling", exact=True).click()
    page.get_by_role("button", name="Measure on 500 test digits").click()
    expect(page.get_by_text("mean over 500 test digits").first).to_be_visible(timeout=120_000)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
