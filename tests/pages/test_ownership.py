"""Runs and data sets of several visitors: seen by all, changed by their owner and the teacher."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from cnn.config import TrainingConfig
from cnn.jobs.queue import active_runs, start_training
from cnn.ownership import owner_name, read_owner, write_owner
from cnn.runs.run import NOTEBOOK_PATH, list_runs, read_run
from tests.own_data import make_dataset
from tests.pages.test_pages import errors, open_page, words
from ui.loading.errors import as_text

pytestmark = pytest.mark.usefixtures("locks")

ADA, BOB = "a" * 32, "b" * 32  # names in the cookies of two visitors
RUN_BUTTONS = {"Pause", "Continue", "One step", "Stop"}


def open_as(visitor: str, name: str, **address: str) -> AppTest:
    """The page `name` as `visitor` sees it."""
    return open_page(name, visitor, **address)


def button(app, label):
    return next(each for each in app.button if each.label == label)


def enabled(app):
    return {each.label for each in app.button if not each.disabled}


@pytest.fixture
def ended(runs):
    """A run of Ada's that has ended."""
    shutil.copytree(NOTEBOOK_PATH, runs / "ended")
    write_owner(runs / "ended", owner_name(ADA))
    return read_run(runs / "ended")


def test_a_training_is_its_visitors_who_alone_can_stop_it():
    app = open_as(ADA, "train")
    button(app, "Start training").click().run()
    [run] = active_runs()
    assert read_owner(run.path) == owner_name(ADA)
    assert "Stop" in enabled(app)
    other = open_as(BOB, "train")
    assert not RUN_BUTTONS & enabled(other)
    assert "Started by another visitor" in words(other)
    assert "Started by another visitor" not in words(app)
    button(app, "Stop").click().run()
    assert run.stop_requested


def test_a_click_on_an_outdated_page_changes_nothing_of_others():
    run = start_training(TrainingConfig())
    app = open_as(BOB, "train")
    write_owner(run.path, owner_name(ADA))
    button(app, "Stop").click().run()
    assert "Only whoever started or saved this" in errors(app)
    assert not run.stop_requested


def test_the_same_settings_of_two_visitors_are_two_runs():
    for visitor in (ADA, BOB):
        button(open_as(visitor, "train"), "Start training").click().run()
    assert {read_owner(run.path) for run in active_runs()} == {owner_name(ADA), owner_name(BOB)}


def test_each_visitor_sees_the_own_training_first():
    visitors = (ADA, BOB)
    runs = [start_training(TrainingConfig(), owner=owner_name(each)) for each in visitors]
    for visitor, run in zip(visitors, runs, strict=True):
        app = open_as(visitor, "train")
        texts = [each.value for each in app.markdown]
        assert [text for text in texts if "yours" in text] == [f"**{as_text(run.title)}** · yours"]
        assert next(each for each in app.button if each.key == "stop").disabled is False


def test_an_ended_run_of_another_visitor_is_neither_continued_nor_changed(ended):
    assert "Train 5 more epochs" in enabled(open_as(ADA, "train", run="ended"))
    assert "Train 5 more epochs" not in enabled(open_as(BOB, "train", run="ended"))
    assert {"Rename", "Delete"} <= enabled(open_as(ADA, "compare", compare="ended"))
    other = open_as(BOB, "compare", compare="ended")
    assert not {"Rename", "Delete", "Save"} & enabled(other)
    assert "Runs of other visitors" in words(other)


def test_of_several_selected_runs_only_the_own_ones_are_deleted(runs, ended):
    shutil.copytree(NOTEBOOK_PATH, runs / "own")
    write_owner(runs / "own", owner_name(BOB))
    app = open_as(BOB, "compare", compare="ended,own")
    button(app, "Delete 1 run").click().run()
    assert [run.id for run in list_runs()[0]] == ["ended"]


def test_a_run_of_nobody_is_everybodys(runs):
    shutil.copytree(NOTEBOOK_PATH, runs / "ended")
    assert "Delete" in enabled(open_as(BOB, "compare", compare="ended"))


def test_the_table_shows_the_own_runs_if_asked(ended):
    for visitor, rows in ((ADA, 1), (BOB, 0)):
        app = open_as(visitor, "compare", runs_owner="mine")
        assert sum(len(each.value) for each in app.dataframe[:1] if "Name" in each.value) == rows


def test_a_data_set_is_changed_by_its_visitor_alone():
    dataset = make_dataset(owner=owner_name(ADA))
    own, other = (open_as(visitor, "data", data=dataset.id) for visitor in (ADA, BOB))
    assert {"Delete", "Draw more"} <= enabled(own)
    assert not {"Delete", "Draw more"} & enabled(other)
    assert "Saved by another visitor" in words(other)


def test_a_limit_is_said_on_the_page_and_starts_nothing(monkeypatch):
    monkeypatch.setenv("CNN_MAX_EPOCHS", "1")
    app = open_page("train")
    button(app, "Start training").click().run()
    assert "This server allows a run 1 epochs, not 5." in errors(app)
    assert list_runs() == ([], [])
