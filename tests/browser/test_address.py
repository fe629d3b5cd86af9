"""The page's address and the browser's Back and Forward."""

import re

from playwright.sync_api import expect

from tests.browser.gestures import SEVEN, current_field, draw, expect_answer, go_to, settle
from tools.browser import open_page


def test_back_and_forward_undo_and_redo_one_choice_each(app, page):
    open_page(page, f"{app.address}/explore")
    shown = page.locator(".st-key-model_input")
    for number in (1, 2):
        page.get_by_role("button", name="Next", exact=True).click()
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
    button, shown = (
        page.get_by_role("button", name="Next", exact=True),
        page.locator(".st-key-model_input"),
    )
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


def test_a_link_shows_the_view_the_layer_the_map_and_the_custom_kernel(app, page):
    open_page(page, f"{app.address}/explore?layer=conv_2&map=5&picture=test-1")
    opened = page.locator(".inside")
    number = opened.get_by_role("spinbutton", name="Map, 0 to 63")
    expect(number).to_have_value("5")
    expect(opened.locator("figure.output")).to_contain_text("conv_2, map 5:")
    page.locator(".diagram button.layer", has_text="conv_1").click()
    number = opened.get_by_role("spinbutton", name="Map, 0 to 31")
    expect(number).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?picture=test-1&layer=conv_1$"))
    number.fill("9")
    number.press("Enter")
    expect(page).to_have_url(re.compile("layer=conv_1&map=9$"))
    page.reload()
    expect(opened.locator("figure.output")).to_contain_text("conv_1, map 9:")
    page.get_by_text("Custom kernel", exact=True).click()
    expect(page).to_have_url(re.compile(r"tab=Custom\+kernel"))
    field = current_field(page, "Kernel")
    field.fill("0 1\n2 0")
    field.press("Control+Enter")
    page.get_by_role("radiogroup", name="Stride").get_by_text("2", exact=True).click()
    page.get_by_text("same", exact=True).click()
    page.get_by_text("ReLU", exact=True).click()
    expect(page).to_have_url(re.compile("custom_stride=2&custom_padding=same&custom_relu=True"))
    page.reload()
    expect(field).to_have_value("0 1\n2 0")
    expect(page.get_by_text("⌈28 / 2⌉ = 14")).to_be_visible()
    expect(page.get_by_role("switch", name="ReLU")).to_be_checked()
    output = page.locator(".st-key-custom_output figure.output")
    expect(output).to_contain_text("Output: 14 x 14")


def test_the_view_and_the_kernel_are_still_there_after_other_pages_and_views(app, page):
    open_page(page, f"{app.address}/explore?tab=Custom+kernel&custom_kernel=3&custom_stride=2")
    field = current_field(page, "Kernel")
    expect(field).to_have_value("3")
    go_to(page, "Learn")
    go_to(page, "Explore")
    expect(field).to_have_value("3")
    page.get_by_text("Layers", exact=True).click()
    expect(page.locator(".inside")).to_be_visible()
    page.get_by_text("Custom kernel", exact=True).click()
    expect(field).to_have_value("3")
    expect(page.get_by_text("⌊(28 − 1) / 2⌋ + 1 = 14")).to_be_visible()


def test_back_undoes_a_view_a_layer_and_a_kernel(app, page):
    open_page(page, f"{app.address}/explore?picture=test-1")
    inside = page.locator(".inside h2")
    expect(inside).to_have_text("Inside conv_1")
    page.locator(".diagram button.layer", has_text="conv_3").click()
    expect(inside).to_have_text("Inside conv_3")
    expect(page).to_have_url(re.compile("layer=conv_3"))
    settle(page)
    page.get_by_text("Custom kernel", exact=True).click()
    field = current_field(page, "Kernel")
    expect(field).to_have_value("-1 0 1\n-1 0 1\n-1 0 1")
    settle(page)
    field.fill("3")
    field.press("Control+Enter")
    expect(page).to_have_url(re.compile("custom_kernel=3"))
    settle(page)
    page.wait_for_timeout(1_000)  # a later request is none from before the new address
    page.go_back()
    expect(field).to_have_value("-1 0 1\n-1 0 1\n-1 0 1")
    page.go_back()
    expect(inside).to_have_text("Inside conv_3")
    page.go_back()
    expect(inside).to_have_text("Inside conv_1")
    page.go_forward()
    expect(inside).to_have_text("Inside conv_3")


def test_a_link_of_another_page_opens_its_view_and_the_layers_keep_theirs(app, page):
    open_page(page, f"{app.address}/")
    page.get_by_role("link", name="Compare poolings").click()
    expect(page.locator(".st-key-pooling .lens canvas").first).to_be_visible()
    settle(page)
    page.go_back()
    page.get_by_role("link", name="All feature maps").click()
    expect(page.locator(".inside h2")).to_have_text("Inside conv_1")
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_choice_is_kept_if_the_next_is_made_before_its_answer_arrives(app, page):
    """The second request has the address, and the values of widgets, from before the first."""
    held, is_slow = [], False

    def connect(socket):
        server = socket.connect_to_server()
        server.on_message(lambda text: held.append(text) if is_slow else socket.send(text))
        sockets.append(socket)

    sockets = []
    page.route_web_socket(re.compile("_stcore/stream"), connect)
    open_page(page, f"{app.address}/explore?tab=Custom+kernel")
    field = current_field(page, "Kernel")
    expect(field).to_have_value("-1 0 1\n-1 0 1\n-1 0 1")
    settle(page)
    is_slow = True
    field.fill("0 1\n2 0")
    field.press("Control+Enter")
    while not held:  # the answer
        page.wait_for_timeout(50)
    page.wait_for_timeout(1500)  # longer than any answer takes
    page.get_by_role("radiogroup", name="Stride").get_by_text("2", exact=True).click()
    page.wait_for_timeout(500)
    is_slow = False
    for each in held:
        sockets[-1].send(each)
    expect(page).to_have_url(re.compile(r"custom_kernel=0\+1%0A2\+0&custom_stride=2$"))
    expect(field).to_have_value("0 1\n2 0")
    page.go_back()  # which is one step
    expect(page).to_have_url(re.compile(r"custom_kernel=0\+1%0A2\+0$"))
    expect(page.get_by_text("⌊(28 − 2) / 1⌋ + 1 = 27")).to_be_visible()
