"""Every page for a run on a data set of three symbols, one of whose names looks like markup."""

import json
import os
import re
import shutil
import zlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.config import PRESETS, TrainingConfig
from cnn.datasets.catalog import delete_dataset
from cnn.datasets.settings import dataset_of, for_dataset, load_splits
from cnn.inspection.recognizer import load_recognizer
from cnn.jobs import local_executor
from cnn.jobs.worker import work
from cnn.runs.corrections import add_correction, corrections_for, data_key
from cnn.runs.fine_tuning import read_fine_tuning_digits
from cnn.runs.run import read_run
from cnn.runs.writing import create_run
from tests.own_data import CLASSES, draw_symbol, make_dataset
from tests.pages.page_texts import texts_of
from tests.pages.test_explore import VIEWS, expect_view, labelled, sent
from tests.pages.test_pages import errors, html, open_page, words
from ui.loading.errors import as_text
from ui.state.picture_url import ChosenPicture
from ui.state.session import DATA_VIEWS, RUN

pytestmark = pytest.mark.slow

OF_MNIST = re.compile(r"\bdigits?\b|\bten\b|\b(5|10|55|60|70),000\b|MNIST", re.IGNORECASE)
RIGHT = (  # what is about MNIST, or about digits, whatever the network was trained on
    "MNIST: 70,000 pictures, 10 classes",  # the other data set to choose
    "Digits on cheques",
    "values from 0 to 1, ten classes, the layers of the editor",  # imported files are for MNIST
    "**IDX** files, as MNIST and Fashion-MNIST are distributed",
)
OPENED = [
    *(("learn", {}), ("train", {}), ("compare", {}), ("explore", {}), ("draw", {})),
    *(("train", {"preset": preset}) for preset in PRESETS),
    *(("explore", {"tab": view}) for view in VIEWS),
    *(("data", {"do": view}) for view in DATA_VIEWS),
]

NAME = "*star* <b>"
GONE = 'The data set "Symbols" is not there. There is no data set'
DRAWING = ChosenPicture("drawing", draw_symbol(0, np.random.default_rng(3))).address


@pytest.fixture(scope="session")
def trained_on_symbols(tmp_path_factory):
    """The folder of a data set and of a run on it, trained once."""
    folder = tmp_path_factory.mktemp("symbols")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_DATASETS", str(folder / "datasets"))
        config = replace(for_dataset(TrainingConfig(), make_dataset()), epochs=3)
        run = create_run(config, folder / "runs")
        assert work(run).status == "finished"
    return folder


@pytest.fixture
def run(trained_on_symbols, runs, tmp_path, monkeypatch):
    """A copy of the run, with a copy of its data set."""
    monkeypatch.setenv("CNN_DATASETS", str(tmp_path / "datasets"))
    shutil.copytree(trained_on_symbols / "datasets", tmp_path / "datasets")
    shutil.copytree(trained_on_symbols / "runs", runs, dirs_exist_ok=True)
    [path] = runs.glob("2*")
    return read_run(path)


@pytest.fixture
def gone(run):
    """The run, of which the data set is deleted."""
    delete_dataset(dataset_of(run.data))
    return run


def shown(app):
    """The text of the page, without tags and styles."""
    plain = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html(app), flags=re.DOTALL)
    return f"{words(app)} {plain} " + " ".join(each.label for each in app.button)


@pytest.mark.parametrize("page", ["learn", "train", "compare", "explore", "draw"])
def test_each_page_opens_for_a_run_on_own_data(run, page):
    app = open_page(page, run=run.id)
    assert not app.error and not app.warning


@pytest.mark.parametrize(("page", "address"), OPENED, ids=str)
def test_no_text_is_about_digits_for_a_run_on_own_data(run, page, address):
    address |= {"compare": {"compare": run.id}, "draw": {"picture": DRAWING}}.get(page, {})
    address |= {"data": run.data.id} if page in ("train", "data") else {}
    app = open_page(page, run=run.id, **address)
    texts = [re.sub(r"<[^>]+>", " ", each) for each in texts_of(app)]
    assert len(texts) > 30
    for right in RIGHT:
        texts = [each.replace(right, "") for each in texts]
    assert [each for each in texts if OF_MNIST.search(each)] == []


@pytest.mark.parametrize("page", ["learn", "train", "draw"])
def test_the_texts_of_a_page_are_about_digits_for_a_network_of_mnist(page):
    assert OF_MNIST.search(" ".join(texts_of(open_page(page))))


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_for_a_run_on_own_data(run, view):
    app = open_page("explore", run=run.id, picture="test-5", tab=view)
    assert not app.error and not app.warning
    expect_view(app, view)
    label = run.data.classes[load_splits(run.data).test.labels[5]]
    assert f"Test picture 5, label {label}" in " ".join(
        each.proto.imgs[0].alt for each in app.get("image")
    )
    assert [each for each in re.findall(r"[^.]*digit[^.]*", shown(app)) if "code" not in each] == []


def test_each_layer_opens_for_a_run_on_own_data(run):
    app = open_page("explore", run=run.id)
    for layer in load_recognizer(run, 3).layers:
        app.session_state["layer"] = layer.name
        app.run()
        assert not app.exception and not app.error
        assert sent(app, "layers_lens")["layer"] == layer.name
    last = sent(app, "layers_lens")["layers"][-1]
    assert "softmax then turns the 3 sums into probabilities" in last["words"]


def test_names_on_bars_are_plain_text(run):
    shown = html(open_page("explore", run=run.id))
    assert '<th scope="row">*star* &lt;b&gt;</th>' in shown
    assert NAME not in shown


def test_the_picture_picker_offers_the_classes_and_the_pictures_of_the_data_set(run):
    app = open_page("explore", run=run.id)
    shown = sent(app, "picker")
    assert (shown["noun"], shown["count"], shown["names"]) == ("picture", 300, list(CLASSES))
    [packed] = [
        each.proto.bytes
        for each in app.get("bidi_component")
        if each.proto.id.endswith("-test_set")
    ]
    header_length = int.from_bytes(packed[:4], "little")
    assert json.loads(packed[4 : 4 + header_length]) == {"key": shown["key"], "count": 300}
    arrays = np.frombuffer(zlib.decompress(packed[4 + header_length :]), np.uint8)
    test = load_splits(run.data).test
    np.testing.assert_array_equal(arrays[:300], test.labels)
    np.testing.assert_array_equal(arrays[300:].reshape(300, 28, 28), test.images)


def test_a_number_beyond_the_test_pictures_is_a_sentence(run):
    app = open_page("explore", run=run.id, picture="test-300")
    assert "There is no test picture 300; they are numbered 0 to 299." in errors(app)
    assert "Test picture 0 is shown instead." in errors(app)


def test_draw_names_the_classes_and_saves_a_correction(run, monkeypatch):
    app = open_page("draw", run=run.id)
    task = f"Draw one of: {', '.join(CLASSES)}"
    assert as_text(task) in [each.value for each in app.caption]
    assert "Mode" not in [each.label for each in app.segmented_control]
    app = open_page("draw", run=run.id, picture=DRAWING)
    assert not app.error
    classes = labelled(app.segmented_control, "Correct class")
    assert [each.content for each in classes.proto.options] == [as_text(each) for each in CLASSES]
    folders = list(run.path.parent.glob(".corrections/*"))
    assert not folders
    app = classes.set_value(1).run()
    assert not app.error
    [folder] = run.path.parent.glob(".corrections/*")
    [correction] = corrections_for(folder, run.data)
    assert correction.digit == 1
    assert not corrections_for(folder, TrainingConfig().dataset)


def test_a_network_is_fine_tuned_on_corrections_of_own_classes(run, monkeypatch):
    started = []
    monkeypatch.setattr(local_executor, "spawn_worker", started.append)
    app = open_page("draw", run=run.id, picture=DRAWING)
    app = labelled(app.segmented_control, "Correct class").set_value(0).run()
    [folder] = run.path.parent.glob(".corrections/*")
    # One that the network is unsure of, and one for another data set, which is left out.
    bar = {"digit": 2, "predicted": 1, "probability": 0.6, "run": run.id, "epoch": 3}
    add_correction(folder, draw_symbol(2, np.random.default_rng(8)), data=data_key(run.data), **bar)
    add_correction(folder, draw_symbol(1, np.random.default_rng(9)), **bar)
    button = labelled(app.run().button, "Fine-tune")
    assert "1,500 training pictures" in button.help
    app = button.click().run()
    assert not app.exception and not app.error
    [tuned] = started
    assert tuned.config.dataset == run.data
    assert tuned.config.base == f"{run.id}@3"
    assert read_fine_tuning_digits(tuned).labels.tolist() == [0, 2]
    state = work(tuned)
    assert (state.status, state.message) == ("finished", "")
    app = app.run()
    assert not app.error
    table = next(each.value for each in app.table if "After" in each.value.columns)
    assert table["After"].tolist()[0] == "2 of 2"
    assert table["Before"].tolist()[1].endswith(" %")
    assert table["After"].tolist()[1].endswith(" %")
    app = labelled(app.button, "Use fine-tuned network").click().run()
    assert app.session_state[RUN.name] == tuned.id
    assert "&lt;b&gt;" in html(app)  # its classes
    assert not app.error


def test_a_picture_of_none_of_them_is_said_to_be_so():
    def script():
        import numpy as np

        from cnn.dataset_facts import DatasetFacts
        from ui.widgets.display import show_answer, show_probabilities

        names = ("<i>", "**b**", "c", "d")
        data = DatasetFacts("x", "X", names, 60, 10, 10, "0" * 64)
        show_answer(np.array([0.3, 0.25, 0.25, 0.2]), 0.9, data=data)
        show_answer(np.array([0.5, 0.4, 0.1, 0.0]), 0.9, data=data)
        show_answer(None, data=data)
        show_probabilities(None, data)

    shown = html(AppTest.from_function(script).run())
    assert "Does not look like one of them" in shown
    assert "Unsure: &lt;i&gt; or **b**?" in shown
    assert "Draw one of: &lt;i&gt;, **b**, c, d" in shown
    assert "<i>" not in shown.replace("<i style", "")


def test_the_evaluation_has_the_classes(run, monkeypatch):
    activations = SimpleNamespace(progress=1, digits=load_splits(run.data).test)
    rows = load_recognizer(run, 3).probabilities(activations.digits.images)
    activations.probabilities = lambda: rows
    monkeypatch.setattr("ui.train.evaluation.dataset_activations_of", lambda _: activations)

    def script():
        import os
        from pathlib import Path

        from cnn.runs.run import Network, read_run
        from ui.train.evaluation import show_evaluation

        [path] = Path(os.environ["CNN_RUNS"]).glob("2*")
        show_evaluation(Network(read_run(path), 3))

    app = AppTest.from_function(script, default_timeout=120).run()
    assert not app.exception and not app.error
    correct = int((rows.argmax(axis=1) == activations.digits.labels).sum())
    assert f"{correct} of the 300 test pictures are classified correctly" in words(app)
    table = app.dataframe[0].value
    assert list(table["Class"]) == list(CLASSES)
    assert list(table["Test pictures"]) == [100, 100, 100]
    cells = labelled(app.selectbox, "Cell").options
    assert cells[1].startswith(f"True {NAME}, predicted circle: ")
    assert "digit" not in words(app).replace("digits of", "")


def test_live_predictions_are_of_the_test_pictures(run):
    from cnn.runs.run import Network
    from ui.train.live_predictions import _predictions

    _, correct, count, alt = _predictions(Network(run, 3), 0.0)
    assert (correct <= count, count) == (True, 24)
    assert alt.count("label *star* <b>, predicted as ") == 8


@pytest.mark.parametrize("page", ["learn", "train", "compare", "explore", "draw"])
def test_each_page_opens_for_a_run_whose_data_is_gone(gone, page):
    app = open_page(page, run=gone.id)
    if page in ("learn", "explore"):
        assert GONE in errors(app)
        assert "A blank picture is shown instead; draw one." in errors(app)
    elif page == "train":
        assert GONE in errors(app)  # in place of the predictions
    else:
        assert not app.error


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_for_a_run_whose_data_is_gone(gone, view):
    app = open_page("explore", run=gone.id, picture=DRAWING, tab=view)
    expect_view(app, view)
    if view in ("Layers", "Test set"):  # what needs the test pictures
        assert GONE in errors(app)
    else:
        assert not app.error
    assert sent(app, "picker")["disabled"]


def test_a_drawing_is_classified_without_the_data(gone):
    app = open_page("draw", run=gone.id, picture=DRAWING)
    assert "&lt;b&gt;" in html(app)
    assert GONE in errors(app)  # in place of the nearest training pictures


def test_a_run_on_changed_data_says_so(run):
    from cnn.datasets.drawings import change_drawings, read_drawings

    dataset = dataset_of(run.data)
    drawings = read_drawings(dataset)
    change_drawings(dataset, drawings.add(drawings.images[0], 0))
    app = open_page("explore", run=run.id)
    assert 'The data set "Symbols" has been changed since' in errors(app)
    assert os.environ["CNN_DATASETS"] not in errors(app)
