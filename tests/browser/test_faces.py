"""Learn's last chapter: the network for faces is trained, and slid over pictures."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnn.runs.run import list_runs
from tests.browser.gestures import settle
from tools.browser import open_page

TRAINING_MS = 240_000  # less than a minute if nothing else runs


def test_faces_are_trained_on_and_searched_in_pictures(own_app, page, runs, tmp_path):
    open_page(page, own_app.address)
    page.get_by_role("link", name="7 Detection").click()
    page.get_by_role("button", name="Train the network").click()
    training = page.locator(".st-key-face_training")
    expect(training).to_contain_text("Test accuracy", timeout=TRAINING_MS)
    [run], _ = list_runs(runs)
    assert run.state().test_accuracy > 0.85
    answer = page.locator(".st-key-face_answer")
    expect(answer.get_by_role("img").first).to_be_visible()
    expect(answer).to_contain_text("13,560 windows")
    # A blank picture, then a file that is none.
    page.get_by_text("Upload", exact=True).click()
    blank, broken = tmp_path / "blank.png", tmp_path / "broken.png"
    Image.fromarray(np.full((200, 300, 3), 180, np.uint8)).save(blank)
    broken.write_bytes(blank.read_bytes()[:100])
    field = page.locator(".st-key-face_upload input[type=file]")
    field.set_input_files(blank)
    expect(answer).to_contain_text("No face found. The highest probability of a window is")
    field.set_input_files(broken)
    expect(page.get_by_text("broken.png is damaged")).to_be_visible()
    expect(page.get_by_text("No face found")).to_have_count(0)
    settle(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chapter_fits_on_a_phone(app, phone, scheme):
    phone.emulate_media(color_scheme=scheme)
    open_page(phone, app.address)
    expect(phone.get_by_role("button", name="Train the network")).to_be_visible()
    settle(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
