"""An own `.keras` file on the Train page, and its run on the others."""

import json

import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest

from cnn.export.formats import EXPORTS
from cnn.jobs import importing
from cnn.rendering.text import percent
from cnn.runs.run import list_runs
from tests.keras_files import saved
from ui.loading.errors import as_text

NOTEBOOK_TEXT = "was not trained, but imported from my_net.keras, saved by Keras 3."


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """All evaluation on 300 digits."""
    load = importing.load_digits
    monkeypatch.setattr(
        importing,
        "load_digits",
        lambda split: type(load(split))(*(array[:300] for array in load(split))),
    )


@pytest.fixture(scope="module")
def network() -> bytes:
    return saved(
        *(layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu")),
        *(layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10)),
    )


def open_file(name: str, content: bytes) -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/train.py").run()
    return upload(app, name, content)


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    [uploader] = app.file_uploader
    uploader.set_value((name, content, "application/octet-stream")).run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    texts = (*app.markdown, *app.caption)
    return " ".join(str(each.value) for each in texts).replace("\\", "")


def errors(app: AppTest) -> str:
    return "\n".join(each.value for each in app.error).replace("\\", "")


def test_a_file_becomes_a_run_that_is_shown(network, runs):
    app = open_file("my_net.keras", network)
    [run], problems = list_runs(runs)
    assert not problems and not app.error
    assert app.session_state["run"] == run.id
    shown = words(app)
    assert as_text(run.title) in shown
    assert "Imported from my_net.keras, saved by Keras 3." in shown
    assert "Imported, not trained here." in shown
    assert "No learning curves" in shown
    assert "left out: images here have values from 0 to 1." in shown
    assert "As imported: **" in shown
    assert app.metric[0].label == "Test accuracy"
    assert app.metric[0].value == percent(run.state().test_accuracy, 2)
    labels = [each.label for each in app.button]
    assert not {"Resume", "Stop", "Pause", "Train 5 more epochs"} & set(labels)
    downloads = {each.label: each.proto.disabled for each in app.get("download_button")}
    assert downloads == {
        each.label: bool(each.of_training or each.refusal) for each in EXPORTS.values()
    }
    assert not app.file_uploader  # the settings are in one line now


@pytest.mark.parametrize("page", ["learn", "compare", "explore", "draw"])
def test_the_run_opens_on_every_page(network, page):
    app = open_file("my_net.keras", network)
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    assert not app.error
    assert "epoch 1" not in words(app)


def test_its_notebook_says_that_it_was_not_trained_here(network, runs):
    open_file("my_net.keras", network)
    [run], _ = list_runs(runs)
    cells = json.loads(EXPORTS["notebook"].make(run, 1))["cells"]
    text = " ".join("".join(each["source"]).replace("\n", " ") for each in cells)
    assert NOTEBOOK_TEXT in text
    assert "The app's training" not in text


def test_a_bad_file_gets_its_sentences_and_no_run(runs):
    app = open_file("bad.keras", b"hello")
    assert errors(app) == (
        'The file is not a .keras file: Keras makes one with model.save("name.keras").'
    )
    two = saved(layers.Conv2D(2, (1, 2), name="a"), layers.Flatten(), layers.Dense(3, name="b"))
    wrong = saved(
        *(layers.Conv2D(2, (1, 2), name="a"), layers.PReLU(name="b")),
        *(layers.Flatten(), layers.Dense(10)),
    )
    upload(app, "wrong.keras", wrong)
    assert "- a (Conv2D): kernel" in errors(app)
    assert "\n- b (PReLU): this layer is not known here" in errors(app)
    upload(app, "two.keras", two)
    assert "PReLU" not in errors(app)
    assert list_runs(runs) == ([], [])
    app.run()
    assert "a (Conv2D)" in errors(app)  # until the file is removed
    app.file_uploader[0].set_value(None).run()
    assert not app.error


def test_a_second_file_gets_an_empty_uploader(network, runs):
    app = open_file("one.keras", network)
    next(each for each in app.button if each.label == "Change").click().run()
    assert app.file_uploader[0].value is None
    upload(app, "two.keras", network)
    found, _ = list_runs(runs)
    assert len(found) == 2
    assert app.session_state["run"] == found[0].id
    np.testing.assert_array_equal(found[0].weights(1)[0], found[1].weights(1)[0])
