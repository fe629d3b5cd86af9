import re
import shutil
from itertools import permutations

from playwright.sync_api import expect

from cnn.runs.run import NOTEBOOK_PATH, list_runs, open_run
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
