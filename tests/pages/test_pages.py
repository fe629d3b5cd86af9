"""Each page as Streamlit runs it, without a browser: what it shows, also for bad input."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest

from cnn.config import PRESETS
from cnn.data.mnist import load_digits
from cnn.inspection.recognizer import load_recognizer
from cnn.preprocessing.stroke_code import encode_strokes
from cnn.preprocessing.strokes import Stroke
from cnn.rendering.text import percent, probability_text
from cnn.runs.corrections import list_corrections, read_image
from cnn.runs.run import NOTEBOOK_PATH, SHIPPED, RunState, list_runs, open_run
from cnn.runs.writing import write_state
from ui.draw import detections
from ui.learn.story import CONTENTS
from ui.state.picture_url import ChosenPicture
from ui.state.session import EXPLORE_VIEWS, STARTED, WATCHED, WHILE_DRAWING
from ui.widgets.glossary import GLOSSARY
from ui.widgets.waiting import ResultCache

PAGES = ("learn", "train", "data", "explore", "draw", "recognise", "frameworks")


def open_page(name: str, visitor: str = "", **address: str) -> AppTest:
    """The page `name`, for a new visitor or for that with the name `visitor` in the cookie."""
    app = AppTest.from_file("../../app.py", default_timeout=120)
    if visitor:
        app.session_state["visitor"] = visitor
    if name != "learn":
        app.switch_page(f"pages/{name}.py")
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def errors(app: AppTest) -> str:
    return " ".join(each.value for each in app.error)


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.caption))


def field(app: AppTest, setting: str):
    """The field of a setting on the Train page."""
    fields = (*app.number_input, *app.segmented_control, *app.checkbox)
    return next(each for each in fields if (each.key or "").startswith(f"setting_{setting}_v"))


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


@pytest.mark.parametrize("name", [*PAGES, "teacher"])
def test_each_page_opens_without_an_error(name):
    app = open_page(name)
    assert len(app.title) == 1
    assert not app.error and not app.warning


def test_the_contents_of_learn_lead_to_its_sections():
    app = open_page("learn")
    assert list(CONTENTS) == [each.proto.anchor for each in app.header]


def test_learn_ends_with_the_glossary_in_alphabetical_order():
    app = open_page("learn")
    terms, meanings = app.table[-1].value.to_numpy().T
    terms = [term.strip("*") for term in terms]
    assert terms == sorted(GLOSSARY, key=str.lower)
    assert list(meanings) == [GLOSSARY[term] for term in terms]
    assert app.header[-1].value == "Glossary"


def test_train_shows_the_shipped_curves_until_there_is_a_run():
    app = open_page("train")
    assert "ships with this app" in app.info[0].value
    assert "Training finished" in words(app)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("epochs", 0, "Epochs is 0; it must be a whole number from 1 to 100."),
        ("learning_rate", 0.0, "Learning rate is 0.0; it must be a number from"),
        ("learning_rate", 10.0, "Learning rate is 10.0; it must be a number from"),
        ("limit", 5, "Training digits is 5; it must be a whole number from 100 to 60,000."),
        ("batch_size", 0, "Batch size is 0; it must be a whole number from 1 to 4,096."),
        ("seed", -1, "Seed is -1; it must be a whole number from 0"),
    ],
)
def test_a_setting_out_of_range_gets_a_sentence_and_no_run(setting, value, sentence, runs):
    app = open_page("train")
    field(app, setting).set_value(value)
    start = next(each for each in app.button if each.label == "Start training")
    start.click().run()
    assert sentence in errors(app)
    assert list(runs.glob("*-*")) == []
    assert field(app, setting).value == value  # nothing typed is lost


@pytest.mark.parametrize("name", PAGES)
def test_an_unknown_run_in_the_address_shows_an_error(name):
    app = open_page(name, run="nosuchrun")
    assert "There is no run called 'nosuchrun'" in errors(app)


def test_a_run_name_that_leads_out_of_the_folder_is_rejected():
    app = open_page("explore", run="../../cnn/assets/pretrained")
    assert "There is no run called" in errors(app)


def test_an_epoch_that_was_never_reached_shows_an_error():
    app = open_page("explore", epoch="77")
    assert (
        "This network has no weights of epoch '77', only of the epochs 0, 1, 5, 16, 50."
        in errors(app)
    )


@pytest.mark.parametrize("address", ["test-10000", "test--1", "drawing-AAAA", "cat", "test-1e3"])
def test_a_bad_picture_in_the_address_shows_an_error(address):
    app = open_page("explore", picture=address)
    assert "Test digit 0 is shown instead." in errors(app)


def _copy_of_a_shipped_run(runs, name):
    shutil.copytree(NOTEBOOK_PATH, runs / name)
    return runs / name


def test_a_damaged_run_is_named_and_the_others_are_listed(runs):
    _copy_of_a_shipped_run(runs, "good")
    (_copy_of_a_shipped_run(runs, "bad") / "config.json").write_text("{broken")
    (_copy_of_a_shipped_run(runs, "worse") / "state.json").unlink()
    app = open_page("explore")
    options = next(each for each in app.selectbox if each.label == "Network").options
    assert len(options) == 1 + len(SHIPPED)
    assert "Run bad: config.json is damaged." in words(app)
    assert "Run worse: state.json is missing." in words(app)


def test_a_run_with_damaged_weights_shows_an_error_on_explore(runs):
    (_copy_of_a_shipped_run(runs, "bad") / "weights" / "epoch_005.npz").write_bytes(b"no")
    app = open_page("explore", run="bad")
    assert "Run bad: the weights of epoch 5 are damaged." in errors(app)


@pytest.mark.parametrize("page", [("explore", {}), ("explore", {"tab": WHILE_DRAWING})])
@pytest.mark.parametrize("weights", [[np.zeros(3)], []])
def test_weights_of_another_network_get_a_sentence(page, weights, runs):
    np.savez(_copy_of_a_shipped_run(runs, "bad") / "weights" / "epoch_005.npz", *weights)
    name, address = page
    app = open_page(name, run="bad", **address)
    assert "Run bad: the weights of epoch 5 do not fit its network." in errors(app)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("page", [("draw", {}), ("explore", {"tab": WHILE_DRAWING})])
def test_weights_that_are_not_finite_get_a_sentence(page, value, runs):
    path = _copy_of_a_shipped_run(runs, "bad") / "weights" / "epoch_005.npz"
    with np.load(path) as arrays:
        weights = [np.full_like(arrays[name], value) for name in arrays.files]
    np.savez(path, *weights)
    name, address = page
    drawing = ChosenPicture("drawing", load_digits("test").images[0]).address
    app = open_page(name, run="bad", picture=drawing, **address)
    assert "Run bad: some weights of epoch 5 are not finite." in errors(app)


def test_a_drawing_for_damaged_weights_gets_a_sentence(runs):
    (_copy_of_a_shipped_run(runs, "bad") / "weights" / "epoch_005.npz").write_bytes(b"no")
    drawing = ChosenPicture("drawing", load_digits("test").images[0]).address
    app = open_page("draw", run="bad", picture=drawing)
    assert "Run bad: the weights of epoch 5 are damaged." in errors(app)


def test_a_run_with_damaged_figures_gets_a_sentence_on_train(runs):
    (_copy_of_a_shipped_run(runs, "bad") / "epochs.csv").write_text("epoch,loss\n1,x\n")
    app = open_page("train", run="bad")
    assert "Run bad: epochs.csv is damaged." in errors(app)


def test_a_failed_run_shows_why(runs):
    path = _copy_of_a_shipped_run(runs, "failed")
    message = "The loss stopped being a number in step 3."
    (path / "state.json").write_text(json.dumps({"status": "failed", "message": message}))
    app = open_page("train", run="failed")
    assert message in errors(app)


def test_a_run_whose_worker_died_is_shown_as_interrupted(runs):
    path = _copy_of_a_shipped_run(runs, "dead")
    (path / "state.json").write_text(json.dumps({"status": "running"}))
    app = open_page("train", run="dead")
    assert "Training was interrupted" in errors(app)
    start = next(each for each in app.button if each.label == "Start training")
    assert not start.disabled


def test_the_sidebar_shows_the_validation_accuracy_of_a_stopped_run_without_a_test_accuracy(runs):
    path = _copy_of_a_shipped_run(runs, "stopped")
    config = json.loads((path / "config.json").read_text()) | {"validation": "held_out"}
    (path / "config.json").write_text(json.dumps(config | {"limit": 1000}))
    (path / "state.json").write_text(json.dumps({"status": "stopped"}))
    last_epoch = "epoch,loss,accuracy,val_loss,val_accuracy,elapsed_s\n5,0.1,0.9,0.1,0.9876,60\n"
    (path / "epochs.csv").write_text(last_epoch)
    app = open_page("explore", run="stopped")
    assert "Stopped. Validation accuracy: 98.76 %" in words(app)
    app = open_page("explore", run="notebook")
    assert "Test accuracy: 98.94 %" in words(app)


@pytest.mark.parametrize(
    ("run", "epoch", "sentence"),
    [
        ("pretrained", "0", "Before training"),
        ("pretrained", "5", "Validation accuracy: 99.18 %"),
        ("pretrained", "50", "Test accuracy: 99.50 %"),
        ("notebook", "4", "Validation accuracy: 99.06 %"),
    ],
)
def test_the_sidebar_has_the_accuracy_after_the_chosen_epoch(run, epoch, sentence):
    for page in PAGES:
        app = open_page(page, run=run, epoch=epoch)
        assert [each.value for each in app.sidebar.caption] == [sentence]


@pytest.fixture
def started(runs):
    """Learn, after a training was started on Train that has ended since."""
    path = runs / "20260101-000000-max-abcd"
    shutil.copytree(NOTEBOOK_PATH, path)
    app = open_page("learn")
    app.session_state[STARTED.name] = app.session_state[WATCHED.name] = path.name
    return app


def chosen(app) -> str:
    """The id of the network in the sidebar."""
    return labelled_network(app).value


def labelled_network(app):
    return next(each for each in app.sidebar.selectbox if each.label == "Network")


@pytest.mark.parametrize("page", ["draw", "explore", "train"])
def test_the_network_of_an_ended_training_is_chosen_when_a_page_is_opened(started, page):
    assert chosen(started.run()) == "pretrained"  # nothing changes below the visitor
    started.switch_page(f"pages/{page}.py").run()
    assert chosen(started) == started.session_state[STARTED.name]
    assert "This page shows the run" not in words(started)


def test_a_network_that_was_chosen_since_stays_chosen(started):
    started.run()
    labelled_network(started).select("notebook").run()
    started.switch_page("pages/draw.py").run()
    assert chosen(started) == "notebook"
    started.switch_page("pages/train.py").run()
    assert chosen(started) == "notebook"


def test_a_link_to_a_network_opens_that_one(started):
    started.switch_page("pages/explore.py")
    started.query_params["run"] = "notebook"
    assert chosen(started.run()) == "notebook"


def test_a_training_that_has_not_ended_is_not_chosen(started, runs):
    [run] = list_runs()[0]
    write_state(run, RunState("queued"))
    started.switch_page("pages/draw.py").run()
    assert chosen(started) == "pretrained"


def test_the_weights_of_epoch_0_of_a_fine_tuned_run_are_not_called_random(runs):
    path = _copy_of_a_shipped_run(runs, "tuned")
    config = json.loads((path / "config.json").read_text()) | {"base": "notebook@5"}
    (path / "config.json").write_text(json.dumps(config))
    app = open_page("learn", run="tuned", epoch="0")
    assert app.sidebar.caption[0].value == "Before fine-tuning"
    assert _options(app)[0] == "learned: kernel 0"


def _options(app):
    return next(each for each in app.selectbox if each.label == "Kernel").options


@pytest.mark.parametrize("run", ["pretrained", "notebook"])
@pytest.mark.parametrize("page", [*PAGES, "compare", *EXPLORE_VIEWS])
def test_nothing_of_a_trained_network_is_shown_at_epoch_0(page, run):
    address = {"tab": page} if page in EXPLORE_VIEWS else {}
    drawing = ChosenPicture("drawing", load_digits("test").images[0]).address
    name = "explore" if page in EXPLORE_VIEWS else page
    app = open_page(name, run=run, epoch="0", picture=drawing, **address)
    shown = words(app.sidebar)
    assert "Before training" in shown
    # Train and Compare are about whole runs, and say the epoch beside each figure; Recognise says
    # how networks for faces are trained.
    if page not in ("train", "compare", "recognise"):
        shown += words(app) + " ".join(each.value for each in app.header)
    if page == "learn":
        shown += " ".join(_options(app))
        assert "random: kernel 3" in shown
    if page == "Pooling":
        shown += str(app.table[0].value)
    accuracies = open_run(run).epochs()["val_accuracy"].tolist()
    assert not [each for each in accuracies if percent(each, 2) in shown]
    assert not re.search(r"\b(learned|learnt|trained|accuracy: \d)", shown), shown


def test_the_untrained_network_of_epoch_0_can_be_looked_at():
    app = open_page("explore", epoch="0", picture="test-0")
    assert next(each for each in app.select_slider if each.label == "After epoch").value == 0


def test_a_value_sent_for_a_removed_widget_changes_nothing():
    def script():
        import streamlit as st

        from ui.state.selection import choose, picked_value, widget_key
        from ui.state.session import PICTURE

        old = widget_key("digit")
        st.session_state[old] = 5
        st.write(picked_value("digit", old))
        choose(PICTURE, "test-7")
        st.write(picked_value("digit", old))
        st.session_state[widget_key("digit")] = 8
        st.write(picked_value("digit", widget_key("digit")))

    shown = [each.value for each in AppTest.from_function(script).run().markdown]
    assert shown == ["`5`", "`None`", "`8`"]


def test_a_preset_fills_the_form_with_its_numbers():
    app = open_page("train")
    field(app, "preset").set_value("drawing").run()
    for name in ("epochs", "batch_size", "learning_rate", "limit"):
        assert field(app, name).value == getattr(PRESETS["drawing"], name)
    limit = field(app, "limit")
    assert limit.help.endswith("to 55,000")
    field(app, "preset").set_value("notebook").run()
    assert field(app, "epochs").value == 5
    assert field(app, "limit").help.endswith("to 60,000")


@pytest.mark.usefixtures("locks")
def test_no_field_has_both_a_default_and_a_value_in_the_session(monkeypatch):
    warnings = []
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)  # it warns once
    monkeypatch.setattr(policies._LOGGER, "warning", lambda *texts, **_: warnings.append(texts))
    app = open_page("train")
    for preset in (*PRESETS, "notebook"):
        field(app, "preset").set_value(preset).run()
        field(app, "epochs").set_value(3).run()
    field(app, "pooling").set_value("sum").run()
    next(each for each in app.button if each.label == "Start training").click().run()
    assert not warnings and not app.warning
    assert list_runs()[0][0].config.epochs == 3


def test_a_number_sent_before_the_preset_arrived_does_not_undo_it():
    app = open_page("train")
    old = field(app, "epochs")
    field(app, "preset").set_value("fast").run()
    assert field(app, "epochs").key != old.key
    assert field(app, "epochs").value == PRESETS["fast"].epochs


def test_a_link_fills_the_form_and_the_address_keeps_its_settings():
    app = open_page("train", preset="fast", epochs="3", pooling="sum", one_thread="True")
    assert field(app, "preset").value == "fast"
    assert field(app, "epochs").value == 3
    assert field(app, "pooling").value == "sum"
    assert field(app, "one_thread").value
    assert field(app, "batch_size").value == PRESETS["fast"].batch_size
    field(app, "learning_rate").set_value(0.002)
    field(app, "epochs").set_value(PRESETS["fast"].epochs).run()
    settings = {"preset": "fast", "learning_rate": "0.002", "pooling": "sum", "one_thread": "True"}
    assert app.query_params == settings
    field(app, "preset").set_value("notebook").run()
    assert app.query_params == {"pooling": "sum", "one_thread": "True"}


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        *(("preset", text) for text in ("slow", "")),
        *(("pooling", text) for text in ("min", "Max")),
        *(("epochs", text) for text in ("0", "101", "2.5", "many", "1e400", "nan", "")),
        *(("learning_rate", text) for text in ("0", "inf", "-0.1", "0,1")),
        ("limit", "70000"),
        ("one_thread", "yes"),
    ],
)
def test_a_bad_setting_in_the_address_gets_a_sentence_and_the_default(setting, text):
    app = open_page("train", **{setting: text})
    assert f"The address has '{text}' for " in errors(app)
    assert field(app, setting).value == getattr(PRESETS["notebook"], setting)
    assert app.query_params == {}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.usefixtures("locks")
def test_the_form_of_each_preset_starts_a_run_that_validates_as_the_preset_does(preset):
    app = open_page("train")
    field(app, "preset").set_value(preset).run()
    next(each for each in app.button if each.label == "Start training").click().run()
    assert not app.error and not app.exception
    [run] = list_runs()[0]
    assert run.config == PRESETS[preset]


@pytest.mark.slow
def test_a_correction_is_saved_and_can_be_deleted_and_restored(runs):
    drawing = ChosenPicture("drawing", load_digits("test").images[0])  # a 7
    app = open_page("draw", picture=drawing.address)
    assert "No corrections yet." in words(app)
    [digit] = [each for each in app.segmented_control if each.label == "Correct digit"]
    digit.set_value(digit.options[2]).run()
    assert "Saved to your corrections: 2, predicted as 7." in words(app)
    [folder] = (runs / ".corrections").iterdir()
    [correction] = list_corrections(folder)
    assert (correction.digit, correction.predicted, correction.run) == (2, 7, "pretrained")
    np.testing.assert_array_equal(read_image(folder, correction), drawing.image)
    next(each for each in app.button if each.label == "Delete").click().run()
    assert list_corrections(folder) == []
    next(each for each in app.button if each.label == "Restore").click().run()
    assert list_corrections(folder) == [correction]
    assert not app.exception


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def correct(app: AppTest, digit: int) -> AppTest:
    [digits] = [each for each in app.segmented_control if each.label == "Correct digit"]
    return digits.set_value(digits.options[digit]).run()


@pytest.mark.slow
@pytest.mark.usefixtures("locks")
def test_a_label_that_contradicts_a_confident_prediction_is_asked_about(runs):
    drawing = ChosenPicture("drawing", load_digits("test").images[0])  # a 7
    probabilities = load_recognizer(open_run("pretrained")).probabilities(drawing.image[None])[0]
    app = correct(open_page("draw", picture=drawing.address), 1)
    button(app, "Fine-tune").click().run()
    assert "Labels that contradict a prediction" in app.warning[0].value
    contradiction = f"labelled 1, predicted 7 ({probability_text(float(probabilities[7]))})"
    assert any(contradiction in each for each in captions_of_images(app))
    button(app, "Cancel").click().run()
    assert not app.warning
    button(app, "Fine-tune").click().run()
    button(app, "Remove").click().run()
    assert not app.warning
    assert "No corrections yet." in words(app)
    button(app, "Restore").click().run()
    assert not app.warning
    assert list_runs()[0] == []
    button(app, "Fine-tune").click().run()
    button(app, "Fine-tune anyway").click().run()
    assert not app.warning
    assert len(list_runs()[0]) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("locks")
def test_a_label_that_agrees_is_fine_tuned_on_without_a_question(runs):
    drawing = ChosenPicture("drawing", load_digits("test").images[0])
    app = correct(open_page("draw", picture=drawing.address), 7)
    button(app, "Fine-tune").click().run()
    assert not app.warning
    assert len(list_runs()[0]) == 1


def captions_of_images(app: AppTest) -> list[str]:
    return [image.caption for each in app.image for image in each.proto.imgs]


def _fine_tuned(runs, accuracy: float) -> str:
    """A finished run that was fine-tuned from the notebook network, with a test accuracy."""
    path = _copy_of_a_shipped_run(runs, "tuned")
    config = json.loads((path / "config.json").read_text()) | {"base": "pretrained@50"}
    (path / "config.json").write_text(json.dumps(config))
    digits = load_digits("test")
    np.savez(path / "corrections.npz", images=digits.images[:2], labels=digits.labels[:2])
    lines = (path / "epochs.csv").read_text().splitlines()
    names, last = lines[0].split(","), lines[-1].split(",")
    last[names.index("val_accuracy")] = str(accuracy)
    (path / "epochs.csv").write_text("\n".join([*lines[:-1], ",".join(last)]) + "\n")
    return path.name


@pytest.mark.parametrize(("accuracy", "worse"), [(0.95, True), (0.999, False)])
def test_a_fine_tuned_network_that_is_worse_is_said_to_be_and_the_base_is_one_click_away(
    runs, accuracy, worse
):
    def script(run_id):
        from cnn.runs.run import open_run
        from ui.draw.fine_tuning import _show_before_and_after

        _show_before_and_after(open_run(run_id))

    app = AppTest.from_function(script, args=(_fine_tuned(runs, accuracy),), default_timeout=60)
    app.run()
    assert not app.exception
    assert ["is worse than its base" in each.value for each in app.warning] == [True] * worse
    button(app, "Use fine-tuned network").click().run()
    assert app.session_state["run"] == "tuned"
    assert button(app, "Use fine-tuned network").disabled
    button(app, "Use base network").click().run()
    assert (app.session_state["run"], app.session_state["epoch"]) == ("pretrained", "50")


@pytest.mark.slow
def test_a_drawing_from_a_link_has_explanations_but_no_preprocessing_steps():
    drawing = ChosenPicture("drawing", load_digits("test").images[0])
    app = open_page("draw", picture=drawing.address)
    assert "*After epoch*" in words(app)
    assert "The most similar of the 60,000 training digits" in words(app)
    assert "Prediction without preprocessing" not in words(app)


def pick_mode(app: AppTest, mode: str) -> None:
    next(each for each in app.segmented_control if each.label == "Mode").set_value(mode).run()
    assert not app.exception and not app.error


def test_a_number_is_drawn_on_a_wide_canvas():
    app = open_page("draw")
    pick_mode(app, "number")
    assert "Draw a number, digits side by side" in words(app)


@pytest.mark.slow
def test_a_number_is_in_the_address_in_its_mode_only():
    one = Stroke(np.array([[100.0, 40], [100, 180]]), 12)
    code = encode_strokes([one, Stroke(one.points + np.array([150, 0]), 12)])
    app = open_page("draw", mode="number", number=code)
    assert "<b>11</b>" in html(app)
    pick_mode(app, "digit")
    assert dict(app.query_params) == {}
    pick_mode(app, "number")
    assert dict(app.query_params) == {"mode": "number", "number": code}
    assert "<b>11</b>" in html(app)


def test_touching_digits_of_a_wide_canvas_are_split(monkeypatch):
    """By a network that is certain that narrow ink is a 1, and of nothing else."""

    def probabilities(images):
        narrow = [np.count_nonzero(each.any(axis=0)) < 13 for each in images]
        return np.where(np.array(narrow)[:, None], np.eye(10)[1], 0.1)

    monkeypatch.setattr(detections, "recognizer_of", lambda network: Recognizer(probabilities))
    monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
    lines = [[(100, 40), (100, 180)], [(200, 40), (200, 180)], [(100, 110), (200, 110)]]
    code = encode_strokes([Stroke(np.array(line, float), 12) for line in lines])
    app = open_page("draw", mode="number", number=code)
    assert "<b>11</b>" in html(app)
    assert "Digits found: 2. Strokes that overlap or nearly touch form one digit, unless" in words(
        app
    )


class Recognizer(NamedTuple):
    probabilities: Callable[[np.ndarray], np.ndarray]


@pytest.mark.parametrize("address", [{"mode": "word"}, {"mode": "number", "number": "eNo"}])
def test_a_bad_mode_or_number_in_the_address_is_left_out(address):
    app = open_page("draw", **address)
    name, value = list(address.items())[-1]
    assert f"The address has '{value}' for {name}; it is left out." in errors(app)
    assert dict(app.query_params) == ({"mode": "number"} if name == "number" else {})


def test_a_download_whose_package_is_missing_names_the_command_that_adds_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    app = open_page("train")
    [button] = [each for each in app.get("download_button") if each.label == "ONNX"]
    assert button.proto.disabled
    assert "-m pip install -r requirements-export.txt" in words(app)
