"""The camera of the Draw page, with a device that plays a picture."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnn.data.mnist import load_digits
from tests.browser.gestures import expect_answer, expect_behind_canvas, settle
from tests.browser.watch import watched_page
from tools.browser import launch_chromium, open_page

WIDTH, HEIGHT = 640, 480


@pytest.fixture
def camera_page(app, playwright, tmp_path):
    """A tab whose camera sees a sheet of paper with MNIST's test digit 0, a 7."""
    video = tmp_path / "paper.y4m"
    ink = load_digits("test").images[0].repeat(10, axis=0).repeat(10, axis=1)
    paper = np.full((HEIGHT, WIDTH), 235, np.uint8)
    paper[100:380, 180:460] -= (ink * 0.8).astype(np.uint8)
    frame = b"FRAME\n" + paper.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)  # no colour
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n"
    video.write_bytes(header.encode() + frame * 2)
    flags = (
        *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
        f"--use-file-for-fake-video-capture={video}",
    )
    with (
        launch_chromium(playwright, *flags) as chromium,
        watched_page(chromium, viewport={"width": 1280, "height": 900}) as page,
    ):
        open_page(page, f"{app.address}/draw")
        yield page


def take_photograph(page) -> None:
    """Press the button once the camera's picture is there, or it would do nothing."""
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")
    settle(page)
    page.get_by_role("button", name="Take Photo").click()


def test_a_photograph_is_classified_and_cleared(camera_page):
    page = camera_page
    page.get_by_role("radio", name="Camera").click()
    expect(page.get_by_text("The browser asks for your permission")).to_be_visible()
    take_photograph(page)
    expect_answer(page, 7)
    expect_behind_canvas(page, "Uploaded: draw to replace it")
    steps = page.locator(".st-key-steps")
    expect(steps).to_contain_text(re.compile(r"1 · Photograph, \d+ x \d+ pixels"))
    page.get_by_role("button", name="Clear photo").click()
    expect(page.locator(".st-key-prediction")).to_have_text("Draw a digit")


def test_the_upload_and_the_photograph_stay_apart(camera_page, digit_file):
    page = camera_page
    page.locator('input[type="file"]').set_input_files(digit_file)
    expect_answer(page, 1)
    settle(page)  # what follows the answer moves the choice between upload and camera
    page.get_by_role("radio", name="Camera").click()
    expect(page.get_by_role("button", name="Take Photo")).to_be_visible()
    expect_answer(page, 1)  # until a photograph is taken
    take_photograph(page)
    expect_answer(page, 7)
