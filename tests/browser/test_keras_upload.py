import re

import pytest
from playwright.sync_api import expect

from cnn.export.formats import keras_file
from cnn.runs.run import PRETRAINED_PATH, list_runs, read_run
from tests.browser.gestures import SEVEN, draw, expect_answer, go_to
from tools.browser import open_page


@pytest.fixture
def network_file(tmp_path):
    """A .keras file as Keras saves it, of a network that reads drawings."""
    run = read_run(PRETRAINED_PATH)
    path = tmp_path / "mine.keras"
    path.write_bytes(keras_file(run, run.last_saved_epoch))
    return path


def test_a_keras_file_is_opened_and_reads_a_drawing(own_app, page, network_file, tmp_path):
    status = page.locator(".st-key-training_status")
    open_page(page, f"{own_app.address}/train")
    page.get_by_role("button", name="Open a .keras file").click()
    field = page.locator('[data-testid="stPopoverBody"]')
    bad = tmp_path / "bad.keras"
    bad.write_text("hello")
    field.locator("input[type=file]").set_input_files(bad)
    expect(field.get_by_role("alert")).to_contain_text("The file is not a .keras file")
    field.locator("input[type=file]").set_input_files(network_file)
    expect(status).to_contain_text("Imported network, ", timeout=120_000)
    expect(status).to_contain_text("Imported from mine.keras, saved by Keras 3.")
    expect(status).to_contain_text(re.compile(r"Test accuracy\s*99\.\d\d %"))
    expect(page.locator(".st-key-training_charts")).to_contain_text("No learning curves")
    expect(page.locator(".st-key-training_charts")).to_contain_text("As imported: weights")
    [run], _ = list_runs(own_app.runs)
    expect(page).to_have_url(re.compile(f"run={run.id}"))
    go_to(page, "Draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    expect(page).to_have_url(re.compile(f"run={run.id}"))
