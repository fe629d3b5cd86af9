"""Each page as Streamlit runs it, without a browser: what it shows, also for bad input."""

import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.config import PRESETS
from cnn.data.mnist import load_digits
from cnn.preprocessing.stroke_code import encode_strokes
from cnn.preprocessing.strokes import Stroke
from cnn.runs.corrections import list_corrections, read_image
from cnn.runs.run import NOTEBOOK_PATH, list_runs
from ui.state.picture_url import ChosenPicture
from ui.widgets.glossary import GLOSSARY

PAGES = ("learn", "train", "explore", "draw")


def open_page(name: str, **address: str) -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=120)
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


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_without_an_error(name):
    app = open_page(name)
    assert len(app.title) == 1
    assert not app.error and not app.warning


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
    app.number_input(key=f"setting_{setting}").set_value(value)
    start = next(each for each in app.button if each.label == "Start training")
    start.click().run()
    assert sentence in errors(app)
    assert list(runs.glob("*-*")) == []
    assert app.number_input(key=f"setting_{setting}").value == value  # nothing typed is lost


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
        "This network has no weights of epoch '77', only of the epochs 0, 1, 5, 16, 36."
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
    assert len(options) == 3  # with the two that ship
    assert "Run bad: config.json is damaged." in words(app)
    assert "Run worse: state.json is missing." in words(app)


def test_a_run_with_damaged_weights_shows_an_error_on_explore(runs):
    (_copy_of_a_shipped_run(runs, "bad") / "weights" / "epoch_005.npz").write_bytes(b"no")
    app = open_page("explore", run="bad")
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
    app.segmented_control(key="setting_preset").set_value("drawing").run()
    values = {each.key: each.value for each in app.number_input}
    for name in ("epochs", "batch_size", "learning_rate", "limit"):
        assert values[f"setting_{name}"] == getattr(PRESETS["drawing"], name)
    limit = app.number_input(key="setting_limit")
    assert limit.help.endswith("to 55,000")
    app.segmented_control(key="setting_preset").set_value("notebook").run()
    assert app.number_input(key="setting_epochs").value == 5
    assert app.number_input(key="setting_limit").help.endswith("to 60,000")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.usefixtures("locks")
def test_the_form_of_each_preset_starts_a_run_that_validates_as_the_preset_does(preset):
    app = open_page("train")
    app.segmented_control(key="setting_preset").set_value(preset).run()
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
    app = correct(open_page("draw", picture=drawing.address), 1)
    button(app, "Fine-tune").click().run()
    assert "Labels that contradict a prediction" in app.warning[0].value
    assert any("labelled 1, predicted 7 (> 99.9 %)" in each for each in captions_of_images(app))
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
    config = json.loads((path / "config.json").read_text()) | {"base": "pretrained@16"}
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
    assert (app.session_state["run"], app.session_state["epoch"]) == ("pretrained", "16")


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


@pytest.mark.parametrize("address", [{"mode": "word"}, {"mode": "number", "number": "eNo"}])
def test_a_bad_mode_or_number_in_the_address_is_left_out(address):
    app = open_page("draw", **address)
    name, value = list(address.items())[-1]
    assert f"The address has '{value}' for {name}; it is left out." in errors(app)
    assert dict(app.query_params) == ({"mode": "number"} if name == "number" else {})
