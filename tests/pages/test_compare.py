"""The Compare page as Streamlit runs it, without a browser."""

import json
import os
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.config import CHOICES, PRESETS, TrainingConfig
from cnn.jobs import experiments
from cnn.jobs.experiments import Experiment, Outcome
from cnn.runs.catalog import summary_of
from cnn.runs.differences import value_label
from cnn.runs.locking import take_lock
from cnn.runs.notes import Notes, read_notes, write_notes
from cnn.runs.run import NOTEBOOK_PATH, SHIPPED, RunState, list_runs, open_run
from cnn.runs.writing import create_run, write_state
from tests.own_data import make_dataset
from ui.compare.settings_table import csv_of

NO_VALUES = ("preset", "validation")  # settings that no experiment varies
MARKUP = "<b>a</b>/\\\"' **b** :smile: [c](http://d) $x$"


def a_run(runs, name, title="", **settings):
    """A copy of the notebook run with other settings."""
    path = runs / name
    shutil.copytree(NOTEBOOK_PATH, path)
    config = json.loads((path / "config.json").read_text()) | settings
    (path / "config.json").write_text(json.dumps(config))
    if title:
        (path / "name.txt").write_text(title)
    return path


def open_compare(*selected: str, **address: str) -> AppTest:
    """The page with the runs `selected`, and other choices in its `address`."""
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/compare.py")
    if selected:
        address["compare"] = ",".join(selected)
    for name, text in address.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception, app.exception
    return app


def open_experiments() -> AppTest:
    return open_compare(show="experiments")


def table(app: AppTest) -> dict[str, list]:
    return app.dataframe[0].value.to_dict("list")


def charts(app: AppTest) -> list[dict]:
    return [json.loads(each.proto.spec) for each in app.get("echarts_chart")]


def legend(app: AppTest) -> list[str]:
    return charts(app)[0]["legend"]["data"]


def errors(app: AppTest) -> str:
    return " ".join(each.value for each in app.error)


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.text, *app.caption, *app.info))


def click(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception, app.exception


def field(elements, label: str):
    """The one with this label, as its key changes."""
    [found] = [each for each in elements if each.label == label]
    return found


def values(app: AppTest):
    """The field of the values of an experiment: a list of numbers, or one button a choice."""
    return field((*app.multiselect, *app.button_group), "Values")


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.main.button]


def test_on_the_first_visit_the_shipped_runs_are_compared_and_training_is_offered():
    app = open_compare()
    assert not app.error and not app.warning
    titles = ["Embedding network", "Pretrained network", "The notebook's network"]
    assert sorted(table(app)["Name"]) == titles
    assert sorted(legend(app)) == ["drawing", "embedding", "notebook"]
    assert "only the networks that ship with this app" in words(app)
    assert "can be neither renamed nor deleted" in words(app)
    assert labels(app) == []


def test_the_table_has_the_settings_and_results_of_each_run(runs):
    a_run(runs, "one", title="Mine", pooling="sum", seed=3)
    rows = table(open_compare())
    row = {name: values[rows["Name"].index("Mine")] for name, values in rows.items()}
    assert row["Test accuracy"] == pytest.approx(98.94)
    assert row["Time"] == pytest.approx(210.558)
    assert (row["Preset"], row["Changed settings"], row["Pooling"]) == ("notebook", "seed 3", "sum")
    assert (row["Epochs"], row["Status"]) == (5, "finished")
    assert len(row["Validation accuracy"]) == 5
    assert row["Created"].year == 2026


def test_runs_of_one_name_can_be_told_apart_in_the_table_the_legend_and_the_picker(runs):
    for name in ("run1", "run2"):
        a_run(runs, name, title="Same")
    app = open_compare("run1", "run2")
    assert set(table(app)["Name"]) > {"Same (run1)", "Same (run2)"}
    assert legend(app) == ["Same (run1)", "Same (run2)"]
    network = field(app.selectbox, "Network")
    assert {"Same (run1)", "Same (run2)"} < set(network.options)
    field(app.text_input, "Search").set_value("run2").run()
    assert table(app)["Name"] == ["Same (run2)"]


def test_without_a_selection_the_page_says_what_to_do(runs):
    a_run(runs, "one")
    app = open_compare()
    assert "Select runs in the table" in words(app)
    assert charts(app) == []


def test_the_legend_of_the_selected_runs_has_their_differences(runs):
    a_run(runs, "one", pooling="average", seed=1)
    a_run(runs, "two", pooling="sum", seed=2)
    app = open_compare("two", "one")
    assert legend(app) == ["sum, seed 2", "average, seed 1"]
    assert [chart["yAxis"]["name"] for chart in charts(app)] == ["accuracy in %", "loss"]
    field(app.segmented_control, "Horizontal axis").set_value("seconds").run()
    field(app.segmented_control, "Scale").set_value("logarithmic").run()
    assert [chart["yAxis"]["type"] for chart in charts(app)] == ["log", "log"]
    assert [chart["xAxis"]["name"] for chart in charts(app)] == ["seconds", "seconds"]


def test_the_settings_and_results_that_differ_come_first_and_the_others_below(runs):
    a_run(runs, "one", title="A*b*", pooling="average", seed=1, limit=5_000)
    path = a_run(runs, "two", title="B")
    (path / "epochs.csv").unlink()
    (path / "state.json").write_text('{"status": "stopped"}')
    [differing, equal] = open_compare("two", "one").table
    rows = {row[""]: list(row)[1:] for _, row in differing.value.iterrows()}
    assert list(differing.value.columns) == ["", "B", r"A\*b\*"]
    assert rows["Pooling"] == ["**max**", "**average**"]
    assert rows["Seed"] == ["**0**", "**1**"]
    assert rows["Training digits"] == ["**60,000**", "**5,000**"]
    assert rows["Test accuracy"] == ["**–**", "**98.94 %**"]
    assert rows["Time"] == ["**–**", "**3 min 31 s**"]
    assert rows["Validation accuracy"] == ["**–**", "**98.94 %**"]
    assert "Preset" not in rows
    assert ["Preset", "notebook"] in equal.value.to_numpy().tolist()
    assert ["Held-out digits", "0"] in equal.value.to_numpy().tolist()


def test_the_settings_and_results_of_one_run_are_in_one_table_and_can_be_downloaded(runs):
    a_run(runs, "one", title="A, b")
    app = open_compare("one")
    [shown] = app.table
    assert ["Test accuracy", "98.94 %"] in shown.value.to_numpy().tolist()
    [button] = app.get("download_button")
    assert button.proto.label == "Download as CSV"


def test_the_csv_of_runs_has_numbers(runs):
    a_run(runs, "one", title="A, b")
    summaries = [summary_of(open_run("one"))]
    lines = csv_of(summaries).splitlines()
    assert lines[0] == ',"A, b"'
    assert "Test accuracy,0.9894" in lines
    assert "Fine-tuned from," in lines
    assert "Learning rate,0.001" in lines


def test_only_as_many_runs_as_there_are_colours_are_drawn(runs):
    names = [f"run{number}" for number in range(9)]
    for seed, name in enumerate(names):
        a_run(runs, name, seed=seed)
    app = open_compare(*names)
    assert legend(app) == [f"seed {seed}" for seed in range(8)]
    assert "The first 8 of the 9 selected runs are drawn." in words(app)


def test_the_table_can_be_filtered_and_the_selection_stays(runs):
    a_run(runs, "one", title="Mine", seed=1)
    a_run(runs, "two", pooling="sum")
    app = open_compare("one", "two")
    field(app.text_input, "Search").set_value("MINE").run()
    assert table(app)["Name"] == ["Mine"]
    assert legend(app) == ["max, seed 1", "sum, seed 0"]
    field(app.text_input, "Search").set_value("nothing like it").run()
    assert "No runs match the filter" in words(app)
    field(app.text_input, "Search").set_value("").run()
    field(app.selectbox, "Pooling").set_value("sum").run()
    assert table(app)["Pooling"] == ["sum"]
    assert not app.exception


def test_the_choices_of_the_page_last_through_a_reload(runs):
    a_run(runs, "one", title="Mine", seed=1)
    a_run(runs, "two", title="Yours", pooling="sum")
    app = open_compare("one", "two")
    field(app.text_input, "Search").set_value("mine").run()
    field(app.selectbox, "Pooling").set_value("max").run()
    field(app.selectbox, "Sort by").set_value("name").run()
    field(app.segmented_control, "Scale").set_value("logarithmic").run()
    address = {name: app.query_params[name] for name in app.query_params}
    again = open_compare(**{n: v[0] if isinstance(v, list) else v for n, v in address.items()})
    assert not errors(again)
    assert table(again)["Name"] == ["Mine"]
    assert field(again.selectbox, "Pooling").value == "max"
    assert field(again.selectbox, "Sort by").value == "name"
    assert charts(again)[0]["yAxis"]["type"] == "log"
    field(again.selectbox, "Pooling").select_index(0).run()
    assert len(table(again)["Name"]) == 1
    assert "runs_pooling" not in again.query_params


def test_the_form_of_an_experiment_lasts_through_a_reload():
    app = open_experiments()
    field(app.selectbox, "Setting").set_value("batch_size").run()
    values(app).set_value(["8", "16"]).run()
    field(app.number_input, "Seeds").set_value(2).run()
    field(app.number_input, "Training digits").set_value(5_000).run()
    address = {name: app.query_params[name] for name in app.query_params}
    again = open_compare(**{n: v[0] if isinstance(v, list) else v for n, v in address.items()})
    assert not errors(again)
    assert field(again.selectbox, "Setting").value == "batch_size"
    assert values(again).value == ["8", "16"]
    assert field(again.number_input, "Seeds").value == 2
    assert field(again.number_input, "Training digits").value == 5_000
    assert "4 runs" in words(again)


def test_another_setting_or_preset_has_its_own_defaults():
    app = open_experiments()
    values(app).set_value(["max", "sum"]).run()
    field(app.selectbox, "Setting").set_value("epochs").run()
    assert values(app).value == ["2", "5", "10"]
    field(app.number_input, "Training digits").set_value(5_000).run()
    field(app.selectbox, "Preset").set_value("drawing").run()
    epochs = PRESETS["drawing"].epochs
    assert str(epochs) in values(app).value
    assert field(app.number_input, "Training digits").value == 55_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runs_order", "weight"),
        ("runs_status", "lazy"),
        ("curves_by", "hours"),
        ("vary", "hats"),
        ("vary_seeds", "99"),
        ("vary_limit", "60000"),
        ("vary_epochs", "many"),
    ],
)
def test_a_choice_in_the_address_that_does_not_exist_gets_a_sentence(name, text):
    app = open_compare(**{name: text})
    assert f"The address has {text!r} for {name}; it is left out." in errors(app).replace("\\", "")
    assert name not in app.query_params


def test_the_table_can_be_sorted(runs):
    a_run(runs, "one", title="Aa")
    app = open_compare()
    field(app.selectbox, "Sort by").set_value("name").run()
    shipped = ["Embedding network", "Pretrained network", "The notebook's network"]
    assert table(app)["Name"] == ["Aa", *shipped]
    field(app.selectbox, "Sort by").set_value("time").run()
    assert table(app)["Name"][0] == "Pretrained network"


@pytest.mark.parametrize("name", ["My best", MARKUP, "é 字"])
def test_a_run_can_be_renamed(runs, name):
    a_run(runs, "one")
    app = open_compare("one")
    app.text_input(key="name_of_one").set_value(f"  {name}\n")
    click(app, "Rename")
    assert not app.error
    assert open_run("one").title == name
    assert name in table(app)["Name"]
    assert legend(app) == [name]
    assert sorted(path.name for path in runs.iterdir()) == ["one"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("x" * 10_000, "at most 80 characters"), (" \t", "at least one visible")]
)
def test_a_name_that_cannot_be_used_gets_a_sentence_and_is_not_lost(runs, name, sentence):
    a_run(runs, "one", title="before")
    app = open_compare("one")
    app.text_input(key="name_of_one").set_value(name)
    click(app, "Rename")
    assert sentence in errors(app)
    assert open_run("one").title == "before"
    assert app.text_input(key="name_of_one").value == name


def save_notes(app: AppTest, note: str, tags: list[str]) -> None:
    app.text_area(key="note_of_one").set_value(note)
    app.multiselect(key="tags_of_one").set_value(tags)
    click(app, "Save")


def test_a_run_has_a_note_and_tags_that_the_table_shows_and_the_search_finds(runs):
    a_run(runs, "one")
    write_notes(open_run("one"), "", ["old"])
    app = open_compare("one")
    save_notes(app, f"{MARKUP}\nsecond line", ["old", "*new*"])
    assert not errors(app) and "Undo" not in labels(app)
    assert read_notes(open_run("one")).tags == ("old", "*new*")
    field(app.text_input, "Search").set_value("second new").run()
    assert [list(tags) for tags in table(app)["Tags"]] == [["old", "*new*"]]
    assert table(app)["Note"] == [f"{MARKUP}\nsecond line"]


def test_an_overwritten_note_and_a_removed_tag_can_be_restored(runs):
    a_run(runs, "one")
    write_notes(open_run("one"), "before", ["old"])
    app = open_compare("one")
    save_notes(app, "after", [])
    assert read_notes(open_run("one")) == Notes("after")
    click(app, "Undo")
    assert read_notes(open_run("one")) == Notes("before", ("old",))
    assert app.text_area(key="note_of_one").value == "before"
    assert app.multiselect(key="tags_of_one").value == ["old"]
    assert "Undo" not in labels(app)


def test_a_tag_that_is_too_long_gets_a_sentence_and_is_not_lost(runs):
    a_run(runs, "one")
    app = open_compare("one")
    save_notes(app, "note", ["x" * 31])
    assert "A tag has at most 30 characters" in errors(app)
    assert app.text_area(key="note_of_one").value == "note"
    assert read_notes(open_run("one")) == Notes()


def test_deleted_runs_can_be_restored(runs):
    a_run(runs, "one", title=MARKUP)
    a_run(runs, "two")
    app = open_compare("one", "two")
    click(app, "Delete 2 runs")
    assert list_runs() == ([], [])
    assert "Deleted: 2 runs." in words(app)
    assert "only the networks that ship" in words(app)
    click(app, "Restore")
    assert {run.id for run in list_runs()[0]} == {"one", "two"}
    assert MARKUP in table(app)["Name"]
    assert "Deleted" not in words(app)
    assert len(legend(app)) == 2


def test_a_shipped_run_that_is_selected_too_is_not_deleted(runs):
    a_run(runs, "one")
    app = open_compare("one", "notebook")
    click(app, "Delete 1 run")
    assert not errors(app)
    assert not (runs / "one").exists()
    assert (NOTEBOOK_PATH / "config.json").is_file()


def test_a_run_that_is_being_trained_is_not_deleted(runs):
    path = a_run(runs, "busy", seed=1)
    (path / "state.json").write_text('{"status": "running"}')
    lock = take_lock(path / "lock")
    app = open_compare("busy")
    click(app, "Delete")
    os.close(lock)
    assert "stop it first" in errors(app)
    assert path.is_dir()


def test_a_deleted_network_is_no_longer_the_chosen_one(runs):
    a_run(runs, "one")
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/compare.py")
    app.query_params["compare"], app.query_params["run"] = "one", "one"
    app.run()
    network = field(app.selectbox, "Network")
    assert network.value == "one"
    click(app, "Delete")
    assert not app.error
    network = field(app.selectbox, "Network")
    assert network.value == "pretrained"


def test_a_run_in_the_address_that_does_not_exist_gets_a_sentence(runs):
    a_run(runs, "one")
    app = open_compare("one", "../../etc", "<b>x</b>")
    assert "There is no run called '../../etc'" in errors(app)
    assert len(legend(app)) == 1


def test_damaged_runs_get_a_sentence_and_the_others_are_listed(runs):
    a_run(runs, "good", seed=1)
    (a_run(runs, "bad") / "config.json").write_text("{broken")
    (a_run(runs, "figures") / "epochs.csv").write_text("epoch,loss\n1,x\n")
    app = open_compare("good", "figures")
    assert len(table(app)["Name"]) == 2 + len(SHIPPED)
    assert "Run bad: config.json is damaged." in words(app)
    assert "Run figures: epochs.csv is damaged." in words(app)
    assert legend(app) == ["seed 1"]
    assert "Run figures: epochs.csv is damaged." in errors(app)


def test_the_table_keeps_the_selection_while_a_run_is_trained(runs):
    path = a_run(runs, "busy", seed=1)
    (path / "state.json").write_text('{"status": "running"}')
    lock = take_lock(path / "lock")
    app = open_compare("busy", "notebook")
    assert "running" in table(app)["Status"]
    assert legend(app) == ["seed 1", "seed 0"]
    os.close(lock)
    (path / "state.json").write_text('{"status": "finished"}')
    app.run()
    assert "running" not in table(app)["Status"]
    assert legend(app) == ["seed 1", "seed 0"]


@pytest.mark.parametrize("page", ["train", "explore", "learn"])
def test_a_name_with_markup_is_shown_as_text_on_other_pages(runs, page):
    a_run(runs, "one", title=MARKUP)
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.query_params["run"] = "one"
    app.run()
    if page != "learn":
        app.switch_page(f"pages/{page}.py")
        app.query_params["run"] = "one"
        app.run()
    assert not app.exception and not app.error
    network = field(app.selectbox, "Network")
    assert MARKUP in network.options
    assert "**b**" not in words(app).replace(r"\*\*b\*\*", "")


def test_an_experiment_with_wrong_values_gets_a_sentence_and_starts_nothing(runs):
    app = open_compare(show="experiments", vary_values="max median")
    assert "it must be one of max, average, sum" in errors(app)
    assert values(app).value == ["max"]
    assert field(app.button, "Start experiment").disabled
    assert not list(runs.glob("2*"))


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize("preset", PRESETS)
def test_an_experiment_validates_on_training_digits_held_out(runs, preset):
    app = open_experiments()
    field(app.selectbox, "Preset").set_value(preset).run()
    click(app, "Start experiment")
    assert not app.error
    configs = [run.config for run in list_runs()[0]]
    assert {config.pooling for config in configs} == {"max", "average", "sum"}
    limit = min(PRESETS[preset].limit, 55_000)
    assert {(config.validation, config.limit) for config in configs} == {("held_out", limit)}


def an_experiment(runs, monkeypatch, accuracies: dict[str, list[float]]) -> None:
    """A finished experiment on pooling with these validation accuracies, a run for each."""
    results, ids = [], []
    for value, row in accuracies.items():
        ids.append(tuple(f"{value}{seed}" for seed in range(len(row))))
        for seed, run_id in enumerate(ids[-1]):
            a_run(runs, run_id, pooling=value, seed=seed, validation="held_out", limit=55_000)
        shares, none = np.array(row), np.full(len(row), np.nan)
        curves = np.stack([shares - 0.01, shares], axis=1)
        made = [*map(open_run, ids[-1])]
        results.append(Outcome(value, made, shares, none, none, curves, made))
    seeds = tuple(range(max(map(len, ids))))
    made = Experiment("e", "pooling", tuple(accuracies), seeds, tuple(ids))
    monkeypatch.setattr("ui.compare.experiments.list_experiments", lambda: [made])
    monkeypatch.setattr("ui.compare.experiments.outcomes", lambda experiment: results)


ONE_SEED = {"max": [0.926], "average": [0.903], "sum": [0.933]}
CLOSE = {"max": [0.931, 0.926, 0.925], "sum": [0.934, 0.928, 0.926]}
TWO_SEEDS = {"max": [0.90, 0.901], "sum": [0.95, 0.951]}
CLEAR = {"max": [0.90, 0.901, 0.902], "sum": [0.95, 0.951, 0.952]}


@pytest.mark.parametrize(
    ("accuracies", "kind", "sentence"),
    [
        (ONE_SEED, "warning", "(0.7 percentage points) may be chance"),
        (CLOSE, "warning", "spread between seeds (0.8): these runs do not show which is better."),
        (TWO_SEEDS, "warning", "or it is chance: two seeds are too few to tell."),
        (CLEAR, "success", "between seeds (0.2): **sum** is better with these settings."),
    ],
)
def test_an_experiment_says_whether_the_best_differs_by_more_than_the_seeds(
    runs, monkeypatch, accuracies, kind, sentence
):
    an_experiment(runs, monkeypatch, accuracies)
    app = open_experiments()
    [shown] = app.get(kind)
    assert sentence in shown.value
    assert "The difference between **sum** and **max**" in shown.value
    others = {"success", "warning"} - {kind}
    assert not [each for other in others for each in app.get(other)]


def test_by_default_an_experiment_has_three_seeds_and_one_gets_a_warning():
    app = open_experiments()
    assert field(app.number_input, "Seeds").value == 3
    assert not app.warning
    field(app.number_input, "Seeds").set_value(1).run()
    assert "With one seed, a difference between values may be chance" in app.warning[0].value


def test_the_form_of_an_experiment_says_how_many_digits_are_held_out():
    app = open_experiments()
    assert "9 runs" in words(app)
    assert "Each: 60,000 training digits, 5,000 of them held out." in words(app)
    field(app.number_input, "Training digits").set_value(5000).run()
    assert "Each: 5,000 of 60,000 training digits, 5,000 others held out." in words(app)


def test_the_chart_of_an_experiment_has_the_range_over_its_seeds(runs, monkeypatch):
    an_experiment(runs, monkeypatch, CLOSE)
    [result, by_epoch] = charts(open_experiments())[:2]
    assert result["series"][0]["data"][0]["value"] == pytest.approx([92.5, *[92.733] * 3, 93.1])
    assert result["yAxis"]["max"] == by_epoch["yAxis"]["max"] == 100
    assert "Whiskers and bands reach from the lowest to the highest seed" in words(
        open_experiments()
    )


def test_an_experiment_is_judged_by_validation_accuracy_with_the_test_accuracy_beside_it(
    runs, monkeypatch
):
    for seed, name in enumerate(("a", "b")):
        a_run(runs, name, seed=seed)
    trained = Outcome(
        value="max",
        runs=[open_run("a"), open_run("b")],
        finished=[open_run("a"), open_run("b")],
        accuracies=np.array([0.98, 0.99]),
        test_accuracies=np.array([0.97, 0.98]),
        seconds=np.array([60.0, np.nan]),
        curves=np.array([[0.97, 0.98], [0.98, 0.99]]),
    )
    none = dict.fromkeys(("accuracies", "test_accuracies", "seconds"), np.array([]))
    untrained = Outcome(value="sum", runs=[], finished=[], curves=np.zeros((0, 0)), **none)
    experiment = Experiment("e", "pooling", ("max", "sum"), (0, 1), (("a", "b"), ("c", "d")))
    monkeypatch.setattr("ui.compare.experiments.list_experiments", lambda: [experiment])
    monkeypatch.setattr("ui.compare.experiments.outcomes", lambda experiment: [trained, untrained])
    app = open_experiments()
    assert "The test accuracy is for the final report only" in words(app)
    [results] = app.table
    assert results.value.to_dict("list") == {
        "Pooling": ["max", "sum"],
        "Validation accuracy, mean": ["98.50 %", "–"],
        "Lowest to highest": ["98.00 % to 99.00 %", "–"],
        "Test accuracy, mean": ["97.50 %", "–"],
        "Time, mean": ["1 min", "–"],
        "Finished runs": ["2 of 2", "0 of 2"],
    }


@pytest.fixture
def two_experiments(runs, monkeypatch):
    """Two experiments on 200 digits with two runs each, the newest last; nothing trains."""
    monkeypatch.setattr(experiments, "start_training", create_run)
    config = TrainingConfig(epochs=2, limit=200)
    for setting, values in (("pooling", ("max", "sum")), ("batch_size", (16, 32))):
        experiments.start_experiment(config, setting, values, 1)
    return experiments.list_experiments()[::-1]  # the order within a second is by chance


def finish(run_id: str) -> None:
    """Mark the run as finished, with the figures of the notebook's."""
    run = open_run(run_id)
    shutil.copy(NOTEBOOK_PATH / "epochs.csv", run.path)
    write_state(run, RunState("finished", "", 0.1, 0.98, 30.0))


def test_a_started_experiment_is_shown_where_its_form_was_with_its_progress(runs, locks):
    app = open_experiments()
    assert app.expander[0].proto.expanded
    field(app.number_input, "Seeds").set_value(1).run()
    click(app, "Start experiment")
    assert not app.expander[0].proto.expanded
    [bar] = app.get("progress")
    assert bar.proto.text == "0 of 3 runs have ended"
    picked = field(app.selectbox, "Experiment")
    assert picked.value == experiments.list_experiments()[0].id


def test_finished_parts_of_an_experiment_show_at_once_with_the_time_left(two_experiments):
    [[first], [second]] = two_experiments[1].runs
    app = open_experiments()
    assert charts(app)[0]["title"]["text"] == "No run has finished yet"
    finish(first)
    app.run()
    [bar] = app.get("progress")
    assert bar.proto.text == "1 of 2 runs have ended · about 30 s left"
    assert bar.proto.value == 50
    assert charts(app)[0]["series"][1]["data"][0]["value"] == [0, 98.94]
    finish(second)
    app.run()
    assert not app.get("progress")


@pytest.fixture
def sizes(runs, monkeypatch):
    """A finished experiment on the number of filters, with two seeds: the ids of its four runs."""
    monkeypatch.setattr(experiments, "start_training", create_run)
    config = TrainingConfig(epochs=2, limit=200)
    made = experiments.start_experiment(config, "filters", (2, 32), 2)
    for run_id in made.run_ids:
        finish(run_id)
    return [run_id for row in made.runs for run_id in row]


def points(chart: dict) -> list[list[list]]:
    """The points of each series: x, y and the texts of the tooltip."""
    return [[point["value"] for point in series["data"]] for series in chart["series"]]


def test_the_runs_of_an_experiment_are_points_by_size_and_by_time(sizes):
    [by_size, by_time] = charts(open_experiments())[-2:]
    assert by_size["legend"]["data"] == ["2", "32"]
    assert by_size["yAxis"]["name"] == by_time["yAxis"]["name"] == "test accuracy in %"
    [few, many] = (open_run(sizes[i]).config.parameters for i in (0, 2))
    [small, large] = points(by_size)
    assert small[0] == [few, 98, "2 filters, seed 0", f"{few:,} parameters", "98.00 %"]
    assert [each[0] for each in large] == [many, many]
    assert (by_size["xAxis"]["name"], by_size["xAxis"]["type"]) == ("parameters", "log")
    assert by_time["xAxis"]["name"] == "training time in seconds"
    assert points(by_time)[1][1] == [30, 98, "32 filters, seed 1", "30 s", "98.00 %"]


def test_the_points_can_have_validation_accuracies(sizes):
    app = open_experiments()
    field(app.segmented_control, "Accuracy").set_value("validation").run()
    [by_size, _] = charts(app)[-2:]
    assert by_size["yAxis"]["name"] == "validation accuracy in %"
    assert points(by_size)[0][0][1] == 98.94


def test_selected_runs_of_an_experiment_are_those_of_the_table(sizes, runs):
    a_run(runs, "other")
    app = open_compare("other", show="experiments")
    assert "Show learning curves" not in labels(app)
    field(app.multiselect, "Selected runs").set_value([sizes[1]]).run()
    assert app.query_params["compare"] == "other," + sizes[1]
    assert "2 filters, seed 1: test accuracy 98.00 %, validation accuracy 98.94 %" in words(app)
    marks = [
        each for chart in charts(app)[-2:] for series in chart["series"] for each in series["data"]
    ]
    large = {each["value"][2] for each in marks if "symbolSize" in each}
    assert large == {"2 filters, seed 1"}
    field(app.multiselect, "Selected runs").set_value([sizes[1], sizes[2]]).run()
    click(app, "Show learning curves")
    assert app.query_params["compare"] == f"{sizes[1]},{sizes[2]}"
    assert legend(app) == ["seed 1, own network", "seed 0, the preset's network"]


def test_a_selected_run_in_the_address_is_marked_in_the_charts(sizes):
    app = open_compare(sizes[3], show="experiments")
    assert field(app.multiselect, "Selected runs").value == [sizes[3]]
    assert "32 filters, seed 1: test accuracy" in words(app)


def test_without_a_finished_run_there_are_no_points(two_experiments):
    app = open_experiments()
    assert [chart["title"]["text"] for chart in charts(app)[-2:]] == ["No run has finished yet"] * 2
    assert not [each for each in app.multiselect if each.label == "Selected runs"]


def test_finished_runs_without_a_test_accuracy_are_counted(sizes):
    run = open_run(sizes[0])
    write_state(run, RunState("finished", "", None, None, 30.0))
    app = open_experiments()
    assert "Not drawn, as a figure is unknown: 1 of 4." in words(app)
    assert len(points(charts(app)[-1])[0]) == 1


def test_numbers_are_chosen_or_typed_and_a_wrong_one_gets_a_sentence():
    app = open_experiments()
    field(app.selectbox, "Setting").set_value("filters").run()
    assert values(app).options == ["4", "8", "16", "32", "64"]
    assert values(app).value == ["8", "16", "32"]
    values(app).set_value(["8", "24 48"]).run()
    assert "9 runs" in words(app) and not app.error
    values(app).set_value(["8", "many"]).run()
    assert "Filters: 'many' is not a number" in errors(app)
    values(app).set_value(["8", "1000"]).run()
    assert "Filters is 1000; it must be a whole number from 1 to 512." in errors(app)
    values(app).set_value([]).run()
    assert "Filters: choose at least two different values." in errors(app)
    assert field(app.button, "Start experiment").disabled


@pytest.mark.parametrize("setting", [each for each in CHOICES if each not in NO_VALUES])
def test_all_choices_of_a_setting_are_offered_by_their_names(setting):
    app = open_experiments()
    field(app.selectbox, "Setting").set_value(setting).run()
    assert values(app).value == list(CHOICES[setting])
    names = values(app).options
    assert names == [value_label(setting, each) for each in CHOICES[setting]]


def test_an_experiment_is_made_on_own_data(locks):
    dataset = make_dataset()
    count = dataset.facts.training_count - dataset.facts.held_out
    app = open_experiments()
    field(app.number_input, "Training digits").set_value(5_000).run()
    field(app.selectbox, "Data set").set_value(dataset.id).run()
    assert not errors(app)
    assert app.query_params["data"] == dataset.id
    assert field(app.number_input, "Training pictures").value == count
    assert field(app.number_input, "Epochs").value > PRESETS["notebook"].epochs
    assert f"{dataset.facts.held_out:,} of them held out" in words(app)
    field(app.selectbox, "Setting").set_value("limit").run()
    assert values(app).options[-1] == f"{count:,}"
    field(app.selectbox, "Setting").set_value("filters").run()
    field(app.number_input, "Seeds").set_value(1).run()
    click(app, "Start experiment")
    assert not errors(app)
    configs = [run.config for run in list_runs()[0]]
    assert {(config.data, config.limit) for config in configs} == {(dataset.id, count)}
    assert field(app.selectbox, "Experiment").value == experiments.list_experiments()[0].id
    [title] = field(app.selectbox, "Experiment").options
    assert title == "Filters: 8, 16, 32, data set Symbols"


def test_a_number_of_own_pictures_in_the_address_is_kept_and_one_that_is_too_large_lowered():
    dataset = make_dataset()
    count = dataset.facts.training_count - dataset.facts.held_out
    for text, shown in ((str(count - 1), count - 1), ("60000", count)):
        app = open_compare(show="experiments", data=dataset.id, vary_limit=text)
        assert not errors(app)
        assert field(app.number_input, "Training pictures").value == shown


def test_equal_experiments_are_numbered_from_the_oldest(two_experiments):
    config = TrainingConfig(epochs=1, limit=200)
    experiments.start_experiment(config, "pooling", ("max", "sum"), 1)
    picked = field(open_experiments().selectbox, "Experiment")
    assert set(picked.options) == {
        "Pooling: max, sum",
        "Pooling: max, sum (2)",
        "Batch size: 16, 32",
    }


def test_the_runs_say_which_experiment_is_running_and_open_it(two_experiments):
    app = open_compare()
    [bar] = app.get("progress")
    title = two_experiments[1].title
    assert bar.proto.text == f"Experiment {title}: 0 of 2 runs have ended"
    click(app, "Show results")
    assert "experiments" in app.query_params["show"]
    assert field(app.selectbox, "Experiment").value
    assert not app.dataframe


def test_an_experiment_in_the_address_is_shown_and_an_unknown_one_gets_a_sentence(two_experiments):
    app = open_compare(show="experiments", experiment=two_experiments[0].id)
    assert field(app.selectbox, "Experiment").value == (two_experiments[0].id)
    app = open_compare(show="experiments", experiment="no-such")
    assert "There is no experiment called 'no-such'" in errors(app)
    assert field(app.selectbox, "Experiment").value == (two_experiments[1].id)
    app = open_compare(show="nothing")
    assert "'nothing' for show" in errors(app)
    assert app.dataframe
