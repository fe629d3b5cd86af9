"""What goes wrong while somebody looks at a page."""

from playwright.sync_api import expect

from tests.browser.gestures import ONE, canvas_box, draw, expect_answer
from tools.browser import open_page, running_app

STARTING_MS = 120_000
FAILING = """
import streamlit as st
from ui.loading import errors

def fail():
    raise ZeroDivisionError("the details")

st.title("Failing")
st.button("Well")
st.button("In a callback", on_click=fail)
if st.button("In the page"):
    fail()
st.write("The page to its end")
"""


def test_a_tab_that_is_closed_in_a_stroke_leaves_nothing_behind(browser, page, tmp_path):
    log = tmp_path / "log.txt"
    with running_app(log=log) as app:
        leaving = browser.new_page()
        open_page(leaving, f"{app.address}/draw")
        box = canvas_box(leaving, "canvas")
        leaving.mouse.move(box["x"] + 60, box["y"] + 60)
        leaving.mouse.down()
        leaving.mouse.move(box["x"] + 200, box["y"] + 90, steps=5)
        leaving.close()
        open_page(page, f"{app.address}/draw")
        draw(page, ONE)
        loading = page.get_by_text("Loading TensorFlow")
        expect(loading).to_have_count(0, timeout=STARTING_MS)  # this server has just started
        expect_answer(page, 1)
        assert app.process.poll() is None
        page.goto("about:blank")
    assert "Traceback" not in log.read_text() and "Error" not in log.read_text()


def test_an_unexpected_error_is_a_sentence_and_the_page_goes_on(browser, tmp_path):
    script, log = tmp_path / "failing.py", tmp_path / "log.txt"
    script.write_text(FAILING)
    page = browser.new_page()
    with running_app(script, log=log) as app:
        open_page(page, app.address)
        shown = page.get_by_test_id("stException")
        for name in ("In the page", "In a callback"):
            page.get_by_role("button", name=name).click()
            expect(shown).to_contain_text("An unexpected error occurred; its details are in the")
            for text in ("ZeroDivisionError", "the details", "Traceback"):
                expect(page.locator("body")).not_to_contain_text(text)
            expect(shown.get_by_role("link")).to_have_count(0)
            if name == "In the page":
                page.get_by_role("button", name="Well").click()
            else:  # before the page was run: nothing else is shown
                page.reload()
            expect(shown).to_have_count(0)
            expect(page.get_by_text("The page to its end")).to_be_visible()
        page.close()
    assert "ZeroDivisionError" in log.read_text() and "Traceback" in log.read_text()
