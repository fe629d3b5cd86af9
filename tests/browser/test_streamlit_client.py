"""The light client against the app: what a visitor without a browser sees of a page."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import read_strokes
from tools.fabric import canvas_state, pen_path, put_overlay
from tools.streamlit_client import Visitor, VisitorError, open_visitor
from ui.state.picture_url import picture_at

ONE = np.array([[140.0, 40.0], [142.0, 140.0], [140.0, 240.0]])
SEVEN = np.array([[60.0, 60.0], [220.0, 60.0], [120.0, 240.0]])


def run(visit):
    """Run the coroutine function `visit` in a thread: Playwright has the loop of this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(visit())).result()


async def draw(visitor: Visitor, line: np.ndarray) -> np.ndarray:
    """Draw one line in place of what is there; return the network input that was answered."""
    page, path = visitor.page, pen_path(line, 20)
    overlay = put_overlay(page.find("canvas_drawing").data)
    await visitor.set_state("canvas_drawing", canvas_state([path], overlay))
    points = [each.points.tolist() for each in read_strokes({"objects": [path]})]

    def answer():
        shown = page.find("live_answer")
        return [each["points"] for each in shown.data["strokes"]] == points and shown.data["image"]

    image = np.frombuffer(base64.b64decode(await visitor.wait_for(answer)), np.uint8)
    return image.reshape(28, 28)


def test_two_visitors_are_each_answered_for_their_own_drawing(app):
    async def visit():
        async with (
            open_visitor(app.address, "draw") as first,
            open_visitor(app.address, "draw") as second,
        ):
            await asyncio.gather(first.wait_until_idle(), second.wait_until_idle())
            images = await asyncio.gather(draw(first, ONE), draw(second, SEVEN))
            answers = [each.page.texts("prediction")[0] for each in (first, second)]
            addresses = [each.page.query.removeprefix("picture=") for each in (first, second)]
            assert first.page.failures == second.page.failures == []
            assert first.page.session_id != second.page.session_id
        return images, answers, addresses

    images, answers, addresses = run(visit)
    for line, image, address in zip((ONE, SEVEN), images, addresses, strict=True):
        strokes = read_strokes({"objects": [pen_path(line, 20)]})
        np.testing.assert_array_equal(image, normalize_strokes(strokes).image)
        np.testing.assert_array_equal(picture_at(address).image, image)
    assert "<b>1</b>" in answers[0]
    assert "<b>7</b>" in answers[1]


def test_clear_leaves_an_empty_canvas_and_an_address_without_a_picture(app):
    async def visit():
        async with open_visitor(app.address, "draw") as visitor:
            await visitor.wait_until_idle()
            await draw(visitor, SEVEN)
            assert visitor.page.query.startswith("picture=drawing-")
            await visitor.click("Clear")
            await visitor.wait_for(lambda: visitor.page.query == "")
            await visitor.wait_for(lambda: not visitor.page.find("live_answer").data["strokes"])
            assert put_overlay(visitor.page.find("canvas_drawing").data)
            assert visitor.page.failures == []

    run(visit)


def test_a_component_triggers_a_run_and_an_unchanged_widget_keeps_its_value(app):
    async def visit():
        async with open_visitor(app.address, "explore", "picture=test-5") as visitor:
            page = visitor.page
            await visitor.wait_until_idle()
            for number, picture in enumerate((7, 8), 1):
                choice = {"picture": picture, "class": None, "number": number}
                await visitor.trigger("picker", "choice", choice)
                await visitor.wait_for(
                    lambda n=picture: page.find("picker").data["picture"] == n and not page.running
                )
                # The view is a widget that the script has set once: it is still the same.
                assert page.find("layers_lens") is not None
            assert page.query == "picture=test-8"
            assert page.failures == []

    run(visit)


def test_what_is_not_there_is_said(app):
    async def visit():
        async with open_visitor(app.address, "draw", "picture=nothing") as visitor:
            await visitor.wait_until_idle()
            assert "does not name a picture" in visitor.page.failures[0]
            with pytest.raises(VisitorError, match="no button 'Fly'"):
                await visitor.click("Fly")
            with pytest.raises(VisitorError, match=r"not reached within 0\.1 s"):
                await visitor.wait_for(lambda: False, 0.1)

    run(visit)
