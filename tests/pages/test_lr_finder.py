"""The learning rate finder on the Train page, and the note about the seed."""

import os

import numpy as np
import pytest

from cnn.jobs.lr_sweep import open_sweep
from cnn.runs.run import RunState, list_runs
from cnn.runs.writing import write_state
from tests.pages.test_pages import errors, field, open_page, words
from tests.pages.test_queue import button, labels

RATES = np.geomspace(1e-5, 1, 80)
LOSSES = 2.3 - 1.8 / (1 + np.exp(-4 * (np.log10(RATES) + 3)))


pytestmark = pytest.mark.usefixtures("locks")


def start_finder(app, locks):
    """Start a sweep; returns it."""
    button(app, "Find learning rate").click().run()
    assert not app.exception
    return open_sweep(list(locks)[-1])


def write_sweep(sweep, losses):
    lines = [f"{rate},{loss}" for rate, loss in zip(RATES, losses, strict=True)]
    (sweep.path / "sweep.csv").write_text("\n".join(["rate,loss", *lines, ""]))


def test_a_rate_is_suggested_and_used_with_one_click(locks):
    app = open_page("train")
    assert "Close" not in labels(app)
    sweep = start_finder(app, locks)
    assert not [label for label in labels(app) if label.startswith("Use")]
    write_sweep(sweep, LOSSES)
    write_state(sweep, RunState("finished"))
    app.run()
    assert "The loss falls fastest around **0.001**" in words(app)
    button(app, "Use 0.001").click().run()
    assert field(app, "learning_rate").value == 0.001
    button(app, "Close").click().run()
    assert "Close" not in labels(app)
    assert list_runs()[0] == []  # a sweep is not a run


def test_no_rate_is_suggested_if_the_loss_does_not_fall(locks):
    app = open_page("train")
    sweep = start_finder(app, locks)
    write_sweep(sweep, np.linspace(2.3, 9, len(RATES)))
    write_state(sweep, RunState("finished"))
    app.run()
    assert "no rate is suggested" in words(app)
    assert not [label for label in labels(app) if label.startswith("Use")]


def test_a_new_sweep_stops_the_one_before(locks):
    app = open_page("train")
    first = start_finder(app, locks)
    second = start_finder(app, locks)
    assert (first.path / "stop").exists()
    assert not (second.path / "stop").exists()


def test_a_killed_worker_gets_a_sentence(locks):
    app = open_page("train")
    sweep = start_finder(app, locks)
    os.close(locks.pop(sweep.id))
    write_state(sweep, RunState("running"))
    app.run()
    assert "The training process exited unexpectedly" in errors(app)
    assert "no rate is suggested" not in words(app)


def test_a_damaged_sweep_gets_a_sentence(locks):
    app = open_page("train")
    sweep = start_finder(app, locks)
    (sweep.path / "sweep.csv").write_text("rate,loss\n1,x\n")
    app.run()
    assert not app.exception
    assert "sweep.csv is damaged" in errors(app)


def test_a_setting_out_of_range_gets_a_sentence(locks):
    app = open_page("train")
    field(app, "limit").set_value(100)
    field(app, "batch_size").set_value(200)
    button(app, "Find learning rate").click().run()
    assert "Batch size is 200, larger than the 100 training digits" in errors(app)
    assert not locks


def test_the_page_says_how_exactly_a_seed_reproduces_the_curves():
    app = open_page("train", run="notebook")
    assert "Seed 0 reproduces the curves up to rounding" in words(app)
    field(app, "one_thread").check()
    button(app, "Start training").click().run()
    assert "Seed 0 reproduces the curves exactly" in words(app)
    [run] = list_runs()[0]
    assert run.config.one_thread
