"""The last chapter of Learn, without a browser."""

import io

import numpy as np
import pytest
from PIL import Image

from cnn.datasets.catalog import list_datasets
from cnn.faces import training
from cnn.faces.training import NAME, face_config, face_dataset
from cnn.models.network import build_network
from cnn.runs.run import RunState, list_runs
from cnn.runs.writing import create_run, write_state
from cnn.training.recorder import RunRecorder
from tests.pages.page_texts import texts_of
from tests.pages.test_pages import errors, open_page, words
from ui.learn import faces
from ui.widgets.waiting import ResultCache


def finished_run(bias=0.0):
    """A run whose network answers the same for all windows: `bias` is the logit of a face."""
    run = create_run(face_config(face_dataset()))
    weights = [np.zeros_like(each) for each in build_network(run.config).get_weights()]
    weights[-1][1] = bias
    recorder = RunRecorder(run)
    recorder.write_weights(run.config.epochs, weights)
    recorder.close()
    write_state(run, RunState("finished", test_loss=0.1, test_accuracy=0.95, elapsed_s=21))
    return run


def picture_file(side=60, form="PNG"):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, form)
    return buffer.getvalue()


def upload(app, data, name="group.png"):
    app.segmented_control(key="face_source").set_value("Upload").run()
    app.get("file_uploader")[0].upload(name, data, "image/png").run()
    assert not app.exception, app.exception
    return app


def infos(app):
    return " ".join(each.value for each in app.info)


def test_the_training_is_started_with_its_data_set(locks):
    app = open_page("learn")
    assert "There is no network for faces yet." in words(app)
    assert "20 of 100 faces, 28 x 28 pixels" in texts_of(app)
    app.button(key="train_faces").click().run()
    assert not app.exception and not app.error, errors(app)
    [run], _ = list_runs()
    assert run.id in locks
    assert run.data.name == NAME
    assert [each.name for each in list_datasets()[0]] == ["MNIST", NAME]
    assert "Training goes on if you leave this page." in words(app)
    assert not [each for each in app.button if each.key == "train_faces"]


def test_a_failed_training_says_why_and_can_be_started_again():
    run = create_run(face_config(face_dataset()))
    write_state(run, RunState("failed", "The disk is full."))
    app = open_page("learn")
    assert "Training failed. The disk is full." in errors(app)
    assert app.button(key="train_faces").label == "Train again"


def test_the_accuracy_and_the_boxes_of_the_sample_are_shown():
    finished_run(bias=3.0)
    app = open_page("learn")
    assert not app.error, errors(app)
    assert "95.0 %" in texts_of(app)
    assert "13,560 windows above the threshold" in words(app)
    assert "non-maximum suppression" in words(app)


def test_a_picture_without_a_face_says_so_with_the_highest_probability():
    finished_run()
    app = open_page("learn")
    assert "**No face found.** The highest probability of a window is 50.0 %." in infos(app)
    app.slider(key="face_threshold").set_value(0.5).run()
    assert "No face found" not in infos(app)


def test_an_upload_is_searched_and_forgotten_when_another_source_is_chosen():
    finished_run()
    app = upload(open_page("learn"), picture_file())
    assert "127 windows in 60 x 60 pixels" in texts_of(app)
    assert app.session_state["face_windows"][1] is not None
    app.segmented_control(key="face_source").set_value("Camera").run()
    assert "face_windows" not in app.session_state
    assert app.get("camera_input")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "group.png is empty; a picture is expected"),
        (picture_file()[:2000], "group.png is damaged: it is truncated or cannot be decoded."),
        (b"hello", "group.png is not a picture"),
    ],
)
def test_what_is_no_picture_is_a_sentence(data, sentence):
    finished_run()
    app = upload(open_page("learn"), data)
    assert sentence in errors(app)


def test_a_picture_smaller_than_a_window_is_a_sentence():
    finished_run()
    app = upload(open_page("learn"), picture_file(side=20))
    assert "smaller than a window, 28 x 28 pixels: no face can be found" in infos(app)


def test_nothing_of_an_upload_is_written(tmp_path, runs):
    finished_run(bias=3.0)

    def files():
        return {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*") if each.is_file()}

    app = open_page("learn")
    before = files()
    upload(app, picture_file())
    assert files() == before


def test_each_window_is_classified_once_for_a_picture(monkeypatch):
    finished_run()
    monkeypatch.setattr(faces, "_SAMPLE_WINDOWS", ResultCache(2))
    counted = []
    slide = faces.slide
    monkeypatch.setattr(faces, "slide", lambda *each: counted.append(1) or slide(*each))
    app = open_page("learn")
    app.slider(key="face_threshold").set_value(0.7).run()
    app.slider(key="face_threshold").set_value(0.5).run()
    assert len(counted) == 1


def test_steps_of_the_training_are_those_that_are_announced():
    assert f"{training.STEPS:,} steps" in words(open_page("learn"))


@pytest.mark.parametrize(
    ("page", "name"), [("train", NAME), ("data", NAME), ("compare", NAME), ("explore", "no face")]
)
def test_the_other_pages_show_the_run_and_its_data_set(page, name):
    run = finished_run(bias=3.0)
    app = open_page(page, run=run.id, data=run.data.id)
    assert not app.error, errors(app)
    assert name in " ".join(texts_of(app))
