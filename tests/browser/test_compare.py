import os
import re
import shutil
from itertools import permutations

import pytest
from playwright.sync_api import expect

from cnn.config import TrainingConfig
from cnn.jobs import experiments
from cnn.rendering.comparison_charts import RUN_STYLES
from cnn.runs.locking import take_lock
from cnn.runs.notes import Notes, read_notes
from cnn.runs.run import NOTEBOOK_PATH, RunState, list_runs, open_run
from cnn.runs.writing import create_run, write_state
from tests.browser.gestures import current_field, settle
from tools.browser import open_page

ROW, HEADER = 35, 35  # pixels, of Streamlit's table
MARKUP = "<b>A</b> / **b** :smile:"


def tick(page, row: int) -> None:
    """Click the checkbox of a row of the table, counted from 0."""
    grid = page.locator(".st-key-runs_table [data-testid=stDataFrame] canvas").first
    expect(grid).to_be_visible()
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + HEADER + ROW * row + ROW / 2)


def expect_selected(page, *ids: str) -> None:
    either = "|".join("%2C".join(order) for order in permutations(ids))
    expect(page).to_have_url(re.compile(rf"[?&]compare=({either})(&|$)"))


def a_run(runs, name: str, **settings: str) -> None:
    """A copy of the notebook run with other settings, newer than the shipped runs."""
    shutil.copytree(NOTEBOOK_PATH, runs / name)
    config = (runs / name / "config.json").read_text().replace("2026-11", "2027-11")
    for old, new in settings.items():
        config = config.replace(f'"{old}"', f'"{new}"')
    (runs / name / "config.json").write_text(config)


def test_runs_are_renamed_deleted_restored_and_compared(own_app, page, runs):
    a_run(runs, "one")
    a_run(runs, "two", max="average")
    order = [run.id for run in list_runs(runs)[0]]
    open_page(page, f"{own_app.address}/compare")
    actions, charts = (
        page.locator(".st-key-run_actions"),
        page.locator(".st-key-compared_charts"),
    )

    tick(page, order.index("one"))
    expect_selected(page, "one")
    actions.get_by_label("Name").fill(MARKUP)
    actions.get_by_role("button", name="Rename").click()
    sidebar = page.locator('[data-testid="stSidebar"]')
    expect(charts.locator(f'[aria-label*="{MARKUP}"]').first).to_be_visible()
    assert open_run("one", runs).title == MARKUP

    tick(page, order.index("two"))
    expect_selected(page, "one", "two")
    for figure in ("Accuracy", "Loss"):
        chart = charts.locator(f'[aria-label^="{figure} after each epoch, of max, average"]')
        expect(chart.first).to_be_visible()
        expect(chart.locator("canvas").first).to_be_visible()

    tick(page, order.index("two"))  # this deselects it
    expect_selected(page, "one")
    actions.get_by_role("button", name="Delete").click()
    expect(actions).to_contain_text(f"Deleted: “{MARKUP}”.")
    assert [run.id for run in list_runs(runs)[0]] == ["two"]
    tick(page, 0)
    expect_selected(page, "two")
    actions.get_by_role("button", name="Restore").click()
    expect_selected(page, "one", "two")
    assert {run.id for run in list_runs(runs)[0]} == {"one", "two"}
    expect(charts.locator('[aria-label*="average, max"]').first).to_be_visible()

    page.reload()  # the address keeps what is compared
    expect(charts.locator('[aria-label*="average, max"]').first).to_be_visible()
    expect(sidebar).to_contain_text("Network")


def test_the_filter_lasts_through_a_reload_and_back_undoes_it(own_app, page, runs):
    a_run(runs, "one")
    open_page(page, f"{own_app.address}/compare")
    settle(page)
    search = current_field(page, "Search")
    search.fill("nothing like it")
    search.press("Enter")
    expect(page.get_by_text("No runs match the filter.")).to_be_visible()
    page.wait_for_url(re.compile(r"[?&]runs_text=nothing"))
    page.reload()
    expect(page.get_by_text("No runs match the filter.")).to_be_visible()
    expect(search).to_have_value("nothing like it")
    page.go_back()
    expect(page.get_by_text("No runs match the filter.")).to_be_hidden()
    expect(search).to_have_value("")


def test_a_note_and_a_new_tag_are_kept(own_app, page, runs):
    a_run(runs, "one")
    open_page(page, f"{own_app.address}/compare?compare=one")
    settle(page)
    actions = page.locator(".st-key-run_actions")
    actions.get_by_text("Note and tags").click()
    actions.get_by_label("Note", exact=True).fill("Best so far")
    tags = actions.get_by_role("combobox")
    tags.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the list would close if the page were still scrolling
    tags.click()
    tags.press_sequentially("thesis")
    expect(page.get_by_role("option", name="Add: thesis")).to_be_visible()  # or Enter adds nothing
    tags.press("Enter")
    expect(actions.locator('[data-tag][aria-label="thesis"]').last).to_be_visible()
    tags.press("Escape")  # closes the list of tags
    actions.get_by_role("button", name="Save").click()
    table = page.locator(".st-key-settings_table")
    expect(table).to_contain_text("Best so far")
    expect(table).to_contain_text("thesis")
    assert read_notes(open_run("one", runs)) == Notes("Best so far", ("thesis",))


def test_the_tooltip_of_a_curve_has_its_value_with_two_places(own_app, page):
    open_page(page, f"{own_app.address}/compare?compare=notebook")
    settle(page)
    chart = page.locator(".st-key-compared_charts canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    # The last mark of the validation is at the right edge of the grid, a little below 100 %.
    for y in range(50, 140, 3):
        page.mouse.move(box["x"] + box["width"] - 21, box["y"] + y)
        if page.get_by_text(re.compile("validation accuracy, epoch 5")).is_visible():
            break
    expect(page.get_by_text(re.compile("validation accuracy, epoch 5"))).to_contain_text("98.94 %")


def test_an_experiment_on_a_phone_is_shown_where_it_was_started(own_app, phone, runs):
    address = "show=experiments&vary_values=max+sum&vary_seeds=1&vary_epochs=1&vary_limit=100"
    open_page(phone, f"{own_app.address}/compare?{address}")
    settle(phone)
    phone.get_by_role("button", name="Start experiment").click()
    experiment = phone.locator(".st-key-experiment")
    expect(experiment.get_by_text("runs have ended")).to_be_in_viewport()
    phone.get_by_role("radio", name="Runs").click()
    phone.get_by_role("button", name="Show results").click()  # while it is running
    verdict = experiment.get_by_text("only one finished seed")
    expect(verdict).to_be_visible(timeout=120_000)
    phone.evaluate("window.scrollTo(0, 0)")
    expect(verdict).to_be_in_viewport()


@pytest.fixture
def sizes(runs, monkeypatch):
    """A finished experiment on the number of filters: its runs, of which none was trained."""
    monkeypatch.setattr(experiments, "start_training", create_run)
    made = experiments.start_experiment(
        TrainingConfig(epochs=5, limit=200), "filters", (2, 32), 1, runs
    )
    found = [open_run(run_id, runs) for [run_id] in made.runs]
    for run, accuracy in zip(found, (0.91, 0.97), strict=True):
        shutil.copy(NOTEBOOK_PATH / "epochs.csv", run.path)
        write_state(run, RunState("finished", "", 0.1, accuracy, 30.0))
    return found


def test_a_point_of_an_experiment_is_clicked_or_chosen_by_keyboard(own_app, page, sizes):
    small, large = (run.id for run in sizes)
    open_page(page, f"{own_app.address}/compare?show=experiments")
    settle(page)
    experiment = page.locator(".st-key-experiment")
    chart = experiment.get_by_role("img", name="Test accuracy by parameters")
    tags = experiment.locator("[data-tag]")
    # Of a chart that has the last selection: ECharts divides 3 pixels by the radius of the mark.
    framed = chart.locator('path[stroke-width^="0.35"]')

    def click_mark(colour: str) -> None:
        chart.locator(f'path[fill="{colour}"]').first.click()  # the last is in the legend

    click_mark(RUN_STYLES[1][0])
    expect_selected(page, large)
    expect(experiment).to_contain_text("32 filters, seed 0: test accuracy 97.00 %")

    expect(framed).to_have_count(1)
    click_mark(RUN_STYLES[0][0])
    expect_selected(page, small, large)
    expect(tags).to_have_count(2)
    expect(framed).to_have_count(2)
    click_mark(RUN_STYLES[1][0])  # this deselects it
    expect_selected(page, small)
    expect(experiment).to_contain_text("2 filters, seed 0: test accuracy 91.00 %")
    # A second click while the page is busy with the first.
    click_mark(RUN_STYLES[0][0])
    page.wait_for_timeout(250)  # longer than Streamlit waits for a further click
    click_mark(RUN_STYLES[1][0])
    expect_selected(page, large)
    page.wait_for_timeout(600)  # or it is a double click, which clears the chart
    click_mark(RUN_STYLES[1][0])
    expect_selected(page)
    page.wait_for_timeout(600)
    click_mark(RUN_STYLES[0][0])
    expect_selected(page, small)
    settle(page)

    listed = experiment.get_by_role("combobox", name="Selected runs")
    listed.focus()
    page.keyboard.type("32")
    page.keyboard.press("Enter")
    expect_selected(page, small, large)
    page.keyboard.press("Escape")
    experiment.get_by_role("button", name="Show learning curves").click()
    expect(page.get_by_role("heading", name="Learning curves")).to_be_visible()
    charts = page.locator(".st-key-compared_charts")
    expect(charts.locator("[aria-label*='own network']").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("show=experiments"))
    expect_selected(page, small, large)


def test_a_number_is_typed_and_a_choice_clicked_for_an_experiment(own_app, page):
    open_page(page, f"{own_app.address}/compare?show=experiments&vary=filters&vary_seeds=1")
    settle(page)
    values = page.locator(".st-key-varied").get_by_role("combobox", name="Values")
    values.fill("24")
    expect(page.get_by_role("option", name="Add: 24")).to_be_visible()  # or Enter adds nothing
    values.press("Enter")
    expect(page.get_by_text("4 runs, queued")).to_be_visible()
    page.wait_for_url(re.compile(r"[?&]vary_values=8\+16\+32\+24"))
    page.reload()
    expect(page.get_by_text("4 runs, queued")).to_be_visible()

    open_page(page, f"{own_app.address}/compare?show=experiments&vary=optimizer&vary_seeds=1")
    settle(page)
    expect(page.get_by_text("5 runs, queued")).to_be_visible()
    page.get_by_role("button", name="RMSprop").click()
    expect(page.get_by_text("4 runs, queued")).to_be_visible()
    page.wait_for_url(re.compile(r"[?&]vary_values=sgd\+adam\+adamw\+muon"))


def test_a_tap_selects_a_point_while_other_runs_are_trained(own_app, phone, sizes):
    small, large = sizes
    write_state(large, RunState("running"))
    lock = take_lock(large.path / "lock")
    try:
        open_page(phone, f"{own_app.address}/compare?show=experiments")
        settle(phone)
        experiment = phone.locator(".st-key-experiment")
        expect(experiment.get_by_text("1 of 2 runs have ended")).to_be_visible()
        chart = experiment.get_by_role("img", name="Test accuracy by training time")
        chart.locator(f'path[fill="{RUN_STYLES[0][0]}"]').first.tap()
        expect_selected(phone, small.id)
        # Until the results were updated: the browser may send the tap a second time.
        write_state(large, RunState("finished", "", 0.1, 0.97, 30.0))
        os.close(lock)
        lock = None
        expect(experiment.get_by_text("runs have ended")).to_be_hidden()
        expect_selected(phone, small.id)
        expect(experiment).to_contain_text("2 filters, seed 0: test accuracy 91.00 %")
    finally:
        if lock is not None:
            os.close(lock)
