import re
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from tests.browser.gestures import SEVEN, draw, go_to, settle
from tools.browser import open_page, set_number

STARTING_MS = 120_000  # two processes import TensorFlow at once, on two cores
SMALL = 'Sequential([Conv2D(8, 5, activation="relu"), Flatten(), Dense(10, activation="softmax")])'
# The second convolution does not fit: its map is 5 x 5.
PASTED = """from keras import layers
model = keras.Sequential([
    layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28, 1)),
    layers.MaxPooling2D(5),
    layers.Conv2D(16, 7, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=2, batch_size=32)
"""
FOCUSED = """() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active?.getAttribute("aria-label") ?? active?.dataset?.name ?? "";
}"""


def layer(page: Page, number: int) -> Locator:
    """The row of a layer in the editor."""
    return page.get_by_role("group", name=re.compile(f"^Layer {number}: "))


def kinds(page: Page) -> list[str]:
    return [
        each.get_attribute("aria-label").split(": ")[1] for each in page.locator(".layer").all()
    ]


def open_editor(page: Page, address: str, network: str = SMALL) -> None:
    open_page(page, f"{address}/train?network={quote(network)}")
    expect(layer(page, 1)).to_contain_text("output")
    settle(page)


def test_pasted_code_with_a_mistake_is_mended_trained_and_looked_into(app, page):
    status, start = (
        page.locator(".st-key-training_status"),
        page.get_by_role("button", name="Start training"),
    )
    open_page(page, f"{app.address}/train")
    page.get_by_role("radio", name="Own").click()
    expect(layer(page, 8)).to_contain_text("64 · 10 + 10 = 650")
    page.get_by_text("Paste Keras code, open").click()
    code = page.get_by_role("textbox", name="Paste Keras code")
    code.fill(PASTED.replace("MaxPooling2D(5)", "MaxPool3D(5)"))
    page.get_by_role("button", name="Take over").click()
    taken = page.locator(".st-key-taken_over")
    expect(taken).to_contain_text("Line 4, MaxPool3D: this layer is not known here")
    expect(taken.locator("code")).to_contain_text("4:     layers.MaxPool3D(5),")
    code.fill(PASTED)
    page.get_by_role("button", name="Take over").click()
    expect(taken).to_contain_text("5 layers are in the editor")
    wrong = layer(page, 3)
    expect(wrong.get_by_role("alert")).to_contain_text("A 7 x 7 kernel does not fit on a 5 x 5 map")
    expect(start).to_be_disabled()
    wrong.get_by_label("Kernel size").fill("3")
    expect(wrong.get_by_role("alert")).to_be_hidden()
    expect(wrong).to_contain_text("output 3 x 3 x 16")
    expect(start).to_be_enabled()
    set_number(page, "Training digits", "2000")
    start.click()
    expect(status).to_contain_text("Own network")
    expect(status).to_contain_text("Training finished", timeout=STARTING_MS)
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_url(re.compile(r"/explore\?run=\d{8}-\d{6}-own-"))
    page.get_by_role("button", name=re.compile("^conv_2")).click()
    expect(page.get_by_role("heading", name="Inside conv_2")).to_be_visible()
    expect(page.locator(".inside")).to_contain_text("Kernel for map")
    go_to(page, "Draw")
    draw(page, SEVEN)
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(r"\d"))


def test_the_field_that_is_typed_in_keeps_its_focus_and_place(app, page):
    open_editor(page, app.address)
    field = layer(page, 1).get_by_label("Kernel size")
    field.click()
    before = field.bounding_box()
    page.keyboard.press("Control+a")
    page.keyboard.type("30", delay=60)
    expect(layer(page, 1).get_by_role("alert")).to_contain_text("Kernel size is 30")
    settle(page)
    assert field.bounding_box() == before
    assert page.evaluate(FOCUSED) == "kernel_size"
    page.keyboard.press("Backspace")
    expect(layer(page, 1)).to_contain_text("output 26 x 26 x 8")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("5")
    expect(layer(page, 1)).to_contain_text("output 24 x 24 x 8")
    page.keyboard.press("Control+y")
    expect(layer(page, 1)).to_contain_text("output 26 x 26 x 8")


def test_rows_are_added_moved_and_removed_with_the_keyboard(app, page):
    open_editor(page, app.address)
    page.get_by_role("button", name="Add a layer after layer 1, Conv2D").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".layer")).to_have_count(4)
    assert page.evaluate(FOCUSED) == "Kind of layer 2"
    page.get_by_label("Kind of layer 2").select_option("Dropout")
    expect(layer(page, 2)).to_contain_text("dropout_1")
    layer(page, 2).get_by_label("Rate").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(layer(page, 3)).to_contain_text("dropout_1")
    assert kinds(page) == ["Conv2D", "Flatten", "Dropout", "Dense"]
    assert page.evaluate(FOCUSED) == "rate"
    page.get_by_role("button", name="Remove layer 3, Dropout").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".layer")).to_have_count(3)
    assert page.evaluate(FOCUSED) == "Remove layer 3, Dense"
    for count in (4, 4, 4, 3):  # remove, move, kind, add
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page.locator(".layer")).to_have_count(count)
    assert kinds(page) == ["Conv2D", "Flatten", "Dense"]


def test_the_address_has_the_network_and_back_undoes_a_change(app, page):
    open_editor(page, app.address)
    layer(page, 1).get_by_label("Filters").fill("12")
    page.wait_for_url(re.compile(re.escape("Conv2D%2812")))
    settle(page)
    page.wait_for_timeout(1_000)  # a later request is none from before the new address
    page.go_back()
    expect(layer(page, 1).get_by_label("Filters")).to_have_value("8")
    settle(page)
    page.wait_for_timeout(1_000)
    page.go_forward()
    expect(layer(page, 1).get_by_label("Filters")).to_have_value("12")


def test_undo_after_pasted_code_restores_network_and_settings(app, page):
    epochs = page.get_by_role("spinbutton", name="Epochs")
    open_editor(page, f"{app.address}")
    expect(epochs).to_have_value("5")
    page.get_by_text("Paste Keras code, open").click()
    page.get_by_role("textbox", name="Paste Keras code").fill(PASTED)
    page.get_by_role("button", name="Take over").click()
    expect(epochs).to_have_value("2")
    expect(page.locator(".layer")).to_have_count(5)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".layer")).to_have_count(3)
    expect(epochs).to_have_value("5")
    page.get_by_role("button", name="Redo", exact=True).click()
    expect(page.locator(".layer")).to_have_count(5)
    expect(epochs).to_have_value("2")


def test_a_block_with_normalization_is_built_in_the_editor(app, page):
    open_editor(page, app.address)
    layer(page, 1).get_by_label("Bias").select_option("False")
    expect(layer(page, 1)).to_contain_text("parameters 5 · 5 · 1 · 8 = 200")
    page.get_by_role("button", name="Add a layer after layer 1, Conv2D").click()
    page.get_by_label("Kind of layer 2").select_option("BatchNormalization")
    page.get_by_role("button", name="Add a layer after layer 2, BatchNormalization").click()
    page.get_by_label("Kind of layer 3").select_option("Activation")
    expect(layer(page, 3)).to_contain_text("act_1")
    layer(page, 3).locator(".activation select").select_option("gelu")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    page.wait_for_url(re.compile(re.escape("use_bias%3DFalse")))
    page.wait_for_url(re.compile(re.escape("Activation%28%22gelu%22%29")))


def test_a_network_is_saved_and_opened_as_a_file(app, page, tmp_path):
    open_editor(page, app.address)
    page.get_by_text("Paste Keras code, open").click()
    expect(page.get_by_role("button", name="Download network")).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download network").click()
    file = tmp_path / "network.json"
    download.value.save_as(file)
    file.write_text(file.read_text("utf-8").replace('"filters": 8', '"filters": 24'), "utf-8")
    page.locator("input[type=file]").set_input_files(file)
    expect(layer(page, 1).get_by_label("Filters")).to_have_value("24")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(layer(page, 1).get_by_label("Filters")).to_have_value("8")


def test_on_a_phone_the_rows_are_cards_and_nothing_is_cut(app, phone):
    open_editor(phone, app.address)
    for row in phone.locator(".layer").all():
        box = row.bounding_box()
        for part in row.locator("select, input, button").all():
            inner = part.bounding_box()
            assert inner["x"] >= box["x"]
            assert inner["x"] + inner["width"] <= box["x"] + box["width"] <= 390
    layer(phone, 1).get_by_role("button", name=re.compile("^Move down")).tap()
    expect(layer(phone, 2)).to_contain_text("conv_1")
