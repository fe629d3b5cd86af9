import re

import pytest
from playwright.sync_api import expect

from cnn.config import PRESETS
from cnn.runs.run import list_runs
from tests.browser.gestures import draw, expect_answer, go_to, settle
from tools.browser import open_page, running_app, set_number

STARTING_MS = 120_000  # two processes import TensorFlow at once, on two cores


def start_training(page, epochs: int, digits: int) -> None:
    set_number(page, "Epochs", str(epochs))
    set_number(page, "Training digits", str(digits))
    page.get_by_role("button", name="Start training").click()


def test_a_run_continues_on_another_page_until_it_is_stopped(app, page):
    status = page.locator(".st-key-training_status")
    open_page(page, f"{app.address}/train")
    start_training(page, epochs=20, digits=60_000)
    batch_of = re.compile(r"Epoch 1 of 20 · batch [\d,]+ of 1,875")
    expect(status).to_contain_text(batch_of, timeout=STARTING_MS)
    go_to(page, "Draw")
    draw(page, [[(140, 50), (140, 230)]])
    expect_answer(page, 1)
    go_to(page, "Train")
    expect(status).to_contain_text("Epoch 1 of 20")
    page.reload()
    expect(status).to_contain_text("Epoch 1 of 20")
    expect(page.locator(".st-key-training_charts canvas").first).to_be_visible()
    status.get_by_role("button", name="Stop", exact=True).click()
    expect(status).to_contain_text("Training stopped")
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    # By the files' times: from the arrival of the click to the final state.
    run = list_runs(app.runs)[0][0]
    asked_s, stopped_s = ((run.path / name).stat().st_mtime for name in ("stop", "state.json"))
    assert stopped_s - asked_s < 2


def test_a_finished_run_shows_its_result_and_opens_in_explore(app, page):
    status = page.locator(".st-key-training_status")
    open_page(page, f"{app.address}/train")
    page.get_by_role("radio", name="sum").click()
    start_training(page, epochs=1, digits=1_000)
    expect(status).to_contain_text("sum pooling")  # until then, it shows the shipped run
    expect(status).to_contain_text("Training finished", timeout=STARTING_MS)
    expect(status).to_contain_text(re.compile(r"Test accuracy\s*\d\d\.\d\d %"))
    expect(status).to_contain_text("Test loss")
    expect(page.locator(".st-key-training_charts")).to_contain_text("After epoch 1: weights")
    page.get_by_text("Weights and gradients").click()
    for name in ("weight", "gradient"):
        expect(page.locator(f".st-key-{name}_histograms canvas").first).to_be_visible()
    network = page.get_by_role("combobox", name="Network")
    go_to(page, "Draw")
    expect(network).to_have_value(re.compile("^Sum, "))
    go_to(page, "Train")
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_url(re.compile(r"/explore\?run=\d{8}-\d{6}-sum-"))
    page.get_by_text("All layers", exact=True).click()
    expect(page.locator(".st-key-feature_maps")).to_contain_text("SumPooling2D")


def test_a_cell_of_the_confusion_matrix_is_clicked_or_chosen_by_keyboard(app, page):
    open_page(page, f"{app.address}/train?run=notebook")
    page.get_by_text("Evaluation", exact=True).click()
    texts = page.locator(".st-key-confusion svg text")
    zeros = texts.filter(has_text=re.compile(r"^\d{3}$")).first
    count = zeros.text_content(timeout=STARTING_MS)  # 10,000 digits are read first
    cell = page.get_by_role("combobox", name="Cell")
    digits = page.locator(".st-key-confused_digits img")
    expect(digits).to_have_count(15)  # of the cell that is chosen at first
    settle(page)
    for _ in range(2):  # the second click would deselect it
        texts.filter(has_text=re.compile(f"^{count}$")).click()
        expect(cell).to_have_value(f"True 0, predicted 0: {count} of 980")
        expect(digits).to_have_count(24)
        settle(page)  # Streamlit removes the files of images that the next rerun replaces
    cell.click()
    page.keyboard.type("True 4, predicted 9")
    page.keyboard.press("Enter")
    expect(cell).to_have_value(re.compile(r"^True 4, predicted 9: \d+ of 982$"))
    expect(digits.first).to_have_attribute("alt", re.compile("True 4, predicted 9"))


def test_a_run_survives_the_end_of_the_server(page, runs):
    status = page.locator(".st-key-training_status")
    with running_app(runs=runs) as app:
        open_page(page, f"{app.address}/train")
        start_training(page, epochs=20, digits=60_000)
        expect(status).to_contain_text("Epoch 1 of 20", timeout=STARTING_MS)
        page.goto("about:blank")  # errors of a page whose server is gone do not count
        app.process.kill()  # nothing of it can say goodbye
        app.process.wait()
        [run], _ = list_runs(runs)
        before = len(run.batches()["step"])
    with running_app(runs=runs) as app:
        open_page(page, f"{app.address}/train")
        expect(status).to_contain_text("Epoch 1 of 20")
        assert len(run.batches()["step"]) > before
        page.locator(".st-key-stop").get_by_role("button").click()
        expect(status).to_contain_text("Training stopped")
        steps = run.batches()["step"].tolist()
        assert steps == list(range(1, len(steps) + 1))
        page.goto("about:blank")


def test_a_queued_run_starts_by_itself_and_can_be_resumed(app, page):
    status, queue = page.locator(".st-key-training_status"), page.locator(".st-key-queue")
    open_page(page, f"{app.address}/train")
    start_training(page, epochs=20, digits=60_000)
    expect(status).to_contain_text("20 epochs, 60,000 training digits")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".st-key-settings")).to_contain_text("A new run will be queued.")
    start_training(page, epochs=9, digits=20_000)
    expect(status).to_contain_text("9 epochs, 20,000 of 60,000 training digits")
    expect(status).to_contain_text("Queued: 1 run ahead")
    queue.get_by_role("button", name="Stop", exact=True).first.click()
    expect(status).to_contain_text(re.compile(r"Epoch [23] of 9"), timeout=STARTING_MS)
    expect(page.get_by_text("Training queue")).to_have_count(0)
    status.get_by_role("button", name="Stop", exact=True).click()
    expect(status).to_contain_text("Training stopped")

    run = list_runs(app.runs)[0][0]
    before = run.epochs()["epoch"].tolist()
    page.get_by_role("button", name="Resume").click()
    expect(status).not_to_contain_text("Training stopped")
    expect(status).to_contain_text(
        re.compile(f"Epoch ({len(before) + 2}|{len(before) + 3}) of 9"), timeout=STARTING_MS
    )
    epochs, steps = run.epochs()["epoch"], run.batches()["step"]
    assert epochs.tolist() == list(range(1, len(epochs) + 1))
    assert steps.tolist() == list(range(1, len(steps) + 1))
    assert len(epochs) > len(before)


def test_a_second_click_in_the_place_of_stop_does_nothing(app, page):
    status = page.locator(".st-key-training_status")
    open_page(page, f"{app.address}/train")
    start_training(page, epochs=20, digits=60_000)
    expect(status).to_contain_text("Epoch 1 of 20", timeout=STARTING_MS)
    box = status.get_by_role("button", name="Stop", exact=True).bounding_box()
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.dblclick(*place)
    expect(status).to_contain_text("Training stopped")
    page.mouse.click(*place)
    settle(page)
    expect(status).to_contain_text("Training stopped")
    expect(status.get_by_role("button", name="Resume")).to_be_visible()
    assert list_runs(app.runs)[0][0].state().status == "stopped"


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        (1280, 800, (".st-key-batch_loss", ".st-key-epoch_accuracy", ".st-key-guesses img")),
        (390, 844, (".st-key-batch_loss", ".st-key-epoch_accuracy")),
    ],
)
def test_progress_charts_and_result_are_in_sight_and_keep_their_place(
    app, page, width, height, shown
):
    page.set_viewport_size({"width": width, "height": height})
    status = page.locator(".st-key-training_status")

    def tops() -> list[float]:
        settle(page)
        boxes = [page.locator(each).last.bounding_box() for each in (*shown, ".st-key-run_figures")]
        assert max(box["y"] + box["height"] for box in boxes) <= height
        assert page.locator(".st-key-run_progress").bounding_box()["y"] >= 0  # not scrolled away
        return [box["y"] for box in boxes]

    open_page(page, f"{app.address}/train?preset=fast&epochs=2&limit=20000&batch_size=128")
    page.get_by_role("button", name="Start training").click()
    expect(status).to_contain_text("Epoch 2 of 2", timeout=STARTING_MS)
    expect(page.locator(".st-key-guesses")).to_contain_text("After epoch 1")
    while_training = tops()
    expect(status).to_contain_text("Training finished", timeout=STARTING_MS)
    expect(status.get_by_role("button", name="Train 5 more epochs")).to_be_visible()
    assert tops() == pytest.approx(while_training, abs=1)


def test_a_training_is_paused_goes_on_by_one_batch_survives_a_reload_and_is_stopped(app, page):
    status = page.locator(".st-key-training_status")

    def click(name: str) -> None:
        status.get_by_role("button", name=name, exact=True).click()

    def paused_after() -> int:
        expect(status).to_contain_text(re.compile(r"Paused after batch [\d,]+ of 1,875"))
        text = re.search(r"Paused after batch ([\d,]+)", status.inner_text())
        return int(text[1].replace(",", ""))

    open_page(page, f"{app.address}/train")
    start_training(page, epochs=20, digits=60_000)
    expect(status).to_contain_text("Epoch 1 of 20", timeout=STARTING_MS)
    click("Pause")
    batch = paused_after()
    page.reload()
    assert paused_after() == batch
    click("One step")
    expect(status).to_contain_text(f"Paused after batch {batch + 1:,} of")
    kernels = page.locator(".st-key-training_charts figure")
    expect(kernels).to_contain_text(f"After batch {batch + 1:,} of epoch 1: weights")
    click("Continue")
    expect(status).to_contain_text("images/s")
    click("Pause")
    assert paused_after() > batch + 1
    click("Stop")
    expect(status).to_contain_text("Training stopped")
    expect(status).to_contain_text("of the unfinished epoch will be trained again.")


def test_the_settings_survive_a_reload_and_a_quick_start_uses_the_new_preset(app, page):
    open_page(page, f"{app.address}/train")
    page.get_by_role("radio", name="Drawing").click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    expect(epochs).to_have_value(str(PRESETS["drawing"].epochs))
    set_number(page, "Epochs", "3")
    expect(page).to_have_url(re.compile(r"/train\?preset=drawing&epochs=3$"))
    page.reload()
    expect(epochs).to_have_value("3")
    expect(page.get_by_role("radio", name="Drawing")).to_be_checked()
    page.get_by_role("radio", name="Fast").click()
    page.get_by_role("button", name="Start training").click()
    expect(page.locator(".st-key-training_status")).to_contain_text(
        "2 epochs, 60,000 training digits, 5,000 of them held out"
    )
    assert list_runs(app.runs)[0][0].config == PRESETS["fast"]


def test_the_suggested_learning_rate_is_used(app, page):
    open_page(page, f"{app.address}/train")
    page.get_by_role("radio", name="Fast").click()
    rate = page.get_by_role("spinbutton", name="Learning rate")
    expect(rate).to_have_value("0.008")
    set_number(page, "Learning rate", "0.5")
    page.get_by_role("button", name="Find learning rate").click()
    finder = page.locator(".st-key-rate_finder")
    expect(finder.locator("canvas").first).to_be_visible()
    use = finder.get_by_role("button", name=re.compile("Use 0"))
    expect(use).to_be_visible(timeout=STARTING_MS)
    expect(finder).to_contain_text("The loss falls fastest around 0.0")
    suggested = float(use.inner_text().removeprefix("Use "))
    assert 0.001 <= suggested <= 0.05
    use.click()
    expect(rate).to_have_value(f"{suggested:g}")
    finder.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Learning rate finder")).to_have_count(0)
