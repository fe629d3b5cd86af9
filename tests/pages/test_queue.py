"""The Train page with runs that are trained, queued, or have ended and can be continued."""

import json
import os
import platform
import shutil
from dataclasses import replace

import pytest

from cnn.config import TrainingConfig
from cnn.jobs import queue as jobs
from cnn.jobs.queue import active_runs, start_training
from cnn.runs import pausing
from cnn.runs.machine import Machine, record_machine
from cnn.runs.pausing import pause_after, paused_after, request_pause, write_paused
from cnn.runs.run import NOTEBOOK_PATH, RunState, list_runs, read_run
from cnn.runs.writing import write_state
from tests.pages.test_pages import errors, open_page, words
from ui.widgets.run_progress import progress_status

pytestmark = pytest.mark.usefixtures("locks")


def ended_run(runs, status, complete=5, **settings):
    """A copy of the notebook run with other `settings` that ended after so many of 5 epochs."""
    shutil.copytree(NOTEBOOK_PATH, runs / "ended")
    config = json.loads((runs / "ended" / "config.json").read_text()) | settings
    (runs / "ended" / "config.json").write_text(json.dumps(config))
    run = read_run(runs / "ended")
    for table, lines in (("epochs.csv", complete), ("batches.csv", complete * 1875)):
        kept = (run.path / table).read_text().splitlines(keepends=True)[: lines + 1]
        (run.path / table).write_text("".join(kept))
    write_state(run, RunState(status, **run.last_figures()))
    return run


def button(app, label):
    return next(each for each in app.button if each.label == label)


def labels(app):
    return [each.label for each in app.button]


@pytest.mark.parametrize(
    ("status", "complete", "expected"),
    [
        ("running", 2, {"Resume"}),  # nobody holds its lock: it was interrupted
        ("failed", 2, {"Resume"}),
        ("stopped", 2, {"Resume", "Train 5 more epochs"}),
        ("stopped", 0, {"Resume"}),
        ("finished", 5, {"Train 5 more epochs"}),
    ],
)
def test_a_run_that_can_be_continued_has_the_buttons_for_it(runs, status, complete, expected):
    ended_run(runs, status, complete)
    app = open_page("train", run="ended")
    assert {"Resume", "Train 5 more epochs"} & set(labels(app)) == expected


def test_a_shipped_run_cannot_be_continued():
    app = open_page("train", run="notebook")
    assert not {"Resume", "Train 5 more epochs"} & set(labels(app))


def test_resume_says_what_it_trains_again(runs):
    run = ended_run(runs, "stopped", complete=2)
    text = "*Resume* continues at the start of epoch 3"
    assert f"{text}." in words(open_page("train", run="ended"))
    with (run.path / "batches.csv").open("a") as file:
        file.writelines(f"{step},0.1,99\n" for step in range(3751, 3871))
    app = open_page("train", run="ended")
    assert f"{text}: 120 batches of the unfinished epoch will be trained again." in words(app)
    with (run.path / "batches.csv").open("a") as file:
        file.write("x\n")
    assert "batches.csv is damaged" in errors(open_page("train", run="ended"))


def test_an_error_has_no_markdown_in_its_advice(runs):
    run = ended_run(runs, "failed", complete=2)
    state = {"status": "failed", "message": "The loss became NaN."}
    (run.path / "state.json").write_text(json.dumps(state))
    shown = errors(open_page("train", run="ended"))
    assert "The loss became NaN. Resume continues at the start of epoch 3" in shown


def test_the_sidebar_says_if_the_page_shows_another_run(runs):
    app = open_page("train", run="notebook")
    assert "This page shows the run" not in words(app)
    start_training(TrainingConfig())
    assert "This page shows the run" not in words(open_page("train", run="notebook"))
    assert "not this network." in words(open_page("train"))


def test_a_shown_run_with_weights_becomes_the_chosen_network(runs):
    started = start_training(TrainingConfig(seed=1))
    ended_run(runs, "queued", complete=2)
    app = open_page("train", run="notebook")
    show = {each.key: each for each in app.button if each.label == "Show"}
    show[f"show_{started.id}"].click().run()
    assert "not this network." in words(app)  # it has no weights yet
    next(each for each in app.button if each.key == "show_ended").click().run()
    assert app.query_params["run"] == "ended"
    assert "not this network." not in words(app)


def test_resume_continues_the_run(runs, locks):
    run = ended_run(runs, "running", complete=2)
    app = open_page("train", run="ended")
    assert "Training was interrupted" in errors(app)
    button(app, "Resume").click().run()
    assert not app.exception
    assert run.state().status == "starting"
    assert list(locks) == ["ended"]
    assert "Resume" not in labels(app)
    assert not button(app, "Stop").disabled


def test_a_stopped_run_has_its_accuracy_on_the_digits_it_validates_on(runs):
    run = ended_run(runs, "stopped", complete=2)
    accuracy = f"{100 * run.epochs()['val_accuracy'][1]:.2f} %"
    metrics = {each.label: each.value for each in open_page("train", run="ended").metric}
    assert metrics["Test accuracy"] == accuracy
    shutil.rmtree(run.path)
    ended_run(runs, "stopped", complete=2, validation="held_out", limit=55_000)
    app = open_page("train", run="ended")
    metrics = {each.label: each.value for each in app.metric}
    assert list(metrics) == ["Validation accuracy", "Validation loss"]
    assert metrics["Validation accuracy"] == accuracy
    assert "After epoch 2, on the 5,000 held-out training digits" in words(app)


def test_five_more_epochs_are_trained(runs):
    run = ended_run(runs, "finished")
    app = open_page("train", run="ended")
    button(app, "Train 5 more epochs").click().run()
    assert json.loads((run.path / "config.json").read_text())["epochs"] == 10
    assert run.state().status == "starting"
    assert "10 epochs, 60,000 training digits" in words(app)


def test_a_run_that_has_100_epochs_has_no_button_for_more(runs):
    run = ended_run(runs, "finished")
    line = (run.path / "epochs.csv").read_text().splitlines()[-1].split(",", 1)[1]
    with (run.path / "epochs.csv").open("a") as file:
        file.writelines(f"{epoch},{line}\n" for epoch in range(6, 98))
    app = open_page("train", run="ended")
    assert "Train 3 more epochs" in labels(app)
    with (run.path / "epochs.csv").open("a") as file:
        file.writelines(f"{epoch},{line}\n" for epoch in range(98, 101))
    assert not [each for each in labels(open_page("train", run="ended")) if "more" in each]


def test_a_second_run_is_queued_and_says_how_many_are_ahead():
    first = start_training(TrainingConfig(seed=1))
    app = open_page("train")
    start = button(app, "Start training")
    assert "queued: 0. A new run will be queued." in start.help
    assert not start.disabled
    start.click().run()
    assert not app.exception and not app.error
    assert [run.state().status for run in active_runs()] == ["starting", "queued"]
    assert "Training queue" in words(app)
    assert "Queued: 1 run ahead" in words(app)
    assert "It stays queued if you leave this page" in words(app)
    # The list has a Stop for each; the run below it has its own.
    assert labels(app).count("Stop") == 3
    second = active_runs()[1]
    next(each for each in app.button if each.key == f"stop_{second.id}").click().run()
    assert [run.state().status for run in (first, second)] == ["starting", "stopped"]
    assert "Training was stopped before its first step." in words(app)


def test_another_active_run_can_be_shown():
    first, _ = (start_training(TrainingConfig(seed=seed)) for seed in (1, 2))
    app = open_page("train")
    assert "seed 1" in words(app)
    button(app, "Show").click().run()
    assert "seed 2" in words(app)
    assert next(each for each in app.button if each.label == "Show").key == f"show_{first.id}"


def test_opening_the_page_starts_a_queued_run_after_a_worker_was_killed(locks):
    first, second = (start_training(TrainingConfig(seed=seed)) for seed in (1, 2))
    os.close(locks.pop(first.id))
    open_page("train")
    assert [run.state().status for run in (first, second)] == ["interrupted", "starting"]


def test_a_resumed_run_is_queued_too_and_is_still_the_chosen_network(runs):
    ended_run(runs, "stopped", complete=2)
    start_training(TrainingConfig(seed=1))
    app = open_page("train", run="ended")
    assert "Training stopped" in words(app)  # what the address names, not what is trained
    button(app, "Resume").click().run()
    assert "Queued: 1 run ahead" in words(app)
    assert "Queued" in [each.value for each in app.caption]


def test_a_full_disk_gets_a_sentence(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(jobs, "create_run", refuse)
    app = open_page("train")
    button(app, "Start training").click().run()
    assert "the disk is full. Free some space, then try again." in errors(app)
    assert list_runs() == ([], [])


def test_a_wrong_setting_gets_a_sentence(monkeypatch):
    monkeypatch.setenv("CNN_MAX_PARALLEL", "many")
    app = open_page("train")
    button(app, "Start training").click().run()
    assert "CNN\\_MAX\\_PARALLEL is 'many'; it must be a whole number from 1." in errors(app)
    assert list_runs() == ([], [])


def test_a_wrong_executor_gets_a_sentence(monkeypatch):
    monkeypatch.setenv("CNN_EXECUTOR", "slurm")
    app = open_page("train")
    button(app, "Start training").click().run()
    assert "CNN\\_EXECUTOR is 'slurm'; it must be local or ray." in errors(app)
    assert list_runs() == ([], [])


def test_the_machine_of_a_training_is_shown_if_it_is_another_than_the_servers(monkeypatch):
    run = start_training(TrainingConfig())
    write_state(run, RunState("running"))
    (run.path / "batches.csv").write_text("step,loss,elapsed_s\n1,0.1,1\n")
    machine = Machine("float32", 2, "A processor", "2.21.0", "3.15.1", "", "node_7")
    record_machine(run, machine)
    assert progress_status(run, run.state())[1] == "Epoch 1 of 5 · batch 1 of 1,875 · on node\\_7"
    record_machine(run, replace(machine, host=platform.node()))
    assert progress_status(run, run.state())[1] == "Epoch 1 of 5 · batch 1 of 1,875"
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    assert " · on " in progress_status(run, run.state())[1]


def test_a_run_that_the_cluster_has_not_taken_or_not_begun_says_so(monkeypatch):
    run = start_training(TrainingConfig())
    monkeypatch.setenv("CNN_EXECUTOR", "ray")
    assert progress_status(run, run.state())[1] == "Starting on the cluster"
    write_state(run, RunState("queued", queued_s=1.0))
    assert progress_status(run, run.state())[1] == "Queued: waiting for the cluster"


def test_a_training_is_paused_takes_a_step_and_continues():
    run = start_training(TrainingConfig(preset="fast", batch_size=256, limit=55_000))
    write_state(run, RunState("running"))
    app = open_page("train")
    assert labels(app).count("16 steps") == 1  # computed at once
    enabled = {each.label: not each.disabled for each in app.button}
    assert enabled["Pause"] and enabled["Stop"]
    assert not enabled["Continue"] and not enabled["16 steps"]
    button(app, "Pause").click().run()
    assert pause_after(run) == 0
    enabled = {each.label: not each.disabled for each in app.button}
    assert not enabled["Pause"]
    assert enabled["Continue"] and enabled["16 steps"] and enabled["Stop"]
    lines = [f"{step},0.1,{step}" for step in range(1, 121)]
    (run.path / "batches.csv").write_text("\n".join(["step,loss,elapsed_s", *lines, ""]))
    assert progress_status(run, run.state())[1].endswith("· pausing")
    write_paused(run, 120)
    assert progress_status(run, run.state())[1] == "Paused after batch 120 of 215 · epoch 1 of 5"
    button(app, "16 steps").click().run()
    assert pause_after(run) == 120 + run.config.steps_per_execution
    button(app, "Continue").click().run()
    assert pause_after(run) is None
    button(app, "Stop").click().run()
    assert run.stop_requested


def test_a_resumed_run_is_not_paused(runs):
    run = ended_run(runs, "stopped", complete=2)
    request_pause(run)
    write_paused(run, 120)
    button(open_page("train", run="ended"), "Resume").click().run()
    assert pause_after(run) is paused_after(run) is None


def test_a_pause_on_a_full_disk_gets_a_sentence(monkeypatch):
    def refuse(*arguments):
        raise OSError(28, os.strerror(28))

    run = start_training(TrainingConfig())
    write_state(run, RunState("running"))
    app = open_page("train")
    monkeypatch.setattr(pausing, "replace_file", refuse)
    button(app, "Pause").click().run()
    assert "cannot be paused or continued: the disk is full." in errors(app)
