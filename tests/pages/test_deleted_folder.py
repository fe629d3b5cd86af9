"""The folder of the chosen run is deleted by hand, while each page shows it."""

import shutil

import pytest

from cnn.runs.run import NOTEBOOK_PATH, RunState, read_run
from cnn.runs.writing import write_state
from tests.pages.test_pages import errors, open_page
from ui.state.session import EXPLORE_VIEWS

pytestmark = pytest.mark.usefixtures("locks")

GONE = "There is no run called 'mine'"
PAGES = ["learn", "train", "data", "compare", "draw", "recognise", "frameworks"]
DEFAULTS = {"recognise": "embedding", "frameworks": "notebook"}
VIEWS = [each for each in EXPLORE_VIEWS if each != "Test set"]  # which reads 10,000 digits


@pytest.fixture
def mine(runs):
    """A stopped run, with the weights of the notebook's network."""
    run = read_run(shutil.copytree(NOTEBOOK_PATH, runs / "mine"))
    write_state(run, RunState("stopped"))
    return run


@pytest.mark.parametrize("page", [*PAGES, *(f"explore {view}" for view in VIEWS)])
def test_a_page_goes_on_with_a_network_that_ships(mine, page):
    name, _, view = page.partition(" ")
    app = open_page(name, run="mine", compare="mine,notebook", **({"tab": view} if view else {}))
    assert not app.error
    shutil.rmtree(mine.path)
    app.run()
    assert not app.exception
    assert GONE in errors(app)
    used = next(each for each in app.selectbox if each.label == "Network")
    assert used.value == DEFAULTS.get(name, "pretrained")
    assert f"The {used.value}" in errors(app)
    app.run()
    assert not app.exception and not app.error


@pytest.mark.parametrize("label", ["Resume", "Train 5 more epochs"])
def test_a_button_for_a_deleted_run_gets_a_sentence(mine, label):
    app = open_page("train", run="mine")
    [button] = [each for each in app.button if each.label == label]
    shutil.rmtree(mine.path)
    button.click().run()
    assert not app.exception and "mine" in errors(app)
    assert not mine.path.exists()


def test_a_run_that_is_deleted_while_it_is_trained_is_no_longer_shown(mine):
    write_state(mine, RunState("starting"))
    app = open_page("train", run="mine")
    assert any(each.label == "Stop" for each in app.button)
    shutil.rmtree(mine.path)
    next(each for each in app.button if each.label == "Stop").click().run()
    assert not app.exception
    app.run()
    assert not app.exception and not any(each.label == "Stop" for each in app.button)


@pytest.mark.parametrize("what", ["weights", "config.json", "state.json", "epochs.csv"])
@pytest.mark.parametrize("page", ["train", "compare", "explore", "draw"])
def test_a_part_of_a_run_that_is_deleted_gets_a_sentence(mine, page, what):
    app = open_page(page, run="mine", compare="mine")
    path = mine.path / what
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    app.run()
    assert not app.exception
