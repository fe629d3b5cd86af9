"""The evaluation and the live predictions, as Streamlit runs them, without a browser."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import ui.train.evaluation
import ui.train.live_predictions
from cnn.data.mnist import Digits, load_digits
from cnn.evaluation.metrics import confusion_matrix, monitored_digits
from cnn.runs.run import NOTEBOOK_PATH
from ui.train.evaluation import cell_text, prediction_text

COUNT = 40


def show_evaluation_of_the_notebook_run():
    from cnn.runs.run import NOTEBOOK_PATH, Network, read_run
    from ui.train.evaluation import show_evaluation

    show_evaluation(Network(read_run(NOTEBOOK_PATH), 3))


def show_predictions_of_a_run():
    import os
    from pathlib import Path

    from cnn.runs.run import read_run
    from ui.loading.warmup import wait_until_loaded
    from ui.train.live_predictions import show_live_predictions

    wait_until_loaded()
    show_live_predictions(read_run(Path(os.environ["CNN_RUNS"]) / "a-run"))


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.caption))


def opened(script) -> AppTest:
    app = AppTest.from_function(script, default_timeout=120).run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def activations(monkeypatch):
    """40 test digits: number 0 is predicted as 9 with 80 %, all others correctly with 91 %."""
    digits = load_digits("test")
    labels = digits.labels[:COUNT]
    probabilities = np.full((COUNT, 10), 0.01)
    probabilities[np.arange(COUNT), labels] = 0.91
    probabilities[0] = 0.02
    probabilities[0, [9, labels[0]]] = 0.8, 0.04
    fake = SimpleNamespace(
        progress=1,
        probabilities=lambda: probabilities,
        digits=Digits(digits.images[:COUNT], labels),
    )
    monkeypatch.setattr(ui.train.evaluation, "dataset_activations_of", lambda network: fake)
    return fake


@pytest.fixture
def run_path(tmp_path, monkeypatch):
    """A copy of the notebook run, called a-run."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    return shutil.copytree(NOTEBOOK_PATH, tmp_path / "a-run")


def matrix_texts(app: AppTest) -> list[str]:
    [chart] = [json.loads(each.proto.spec) for each in app.get("echarts_chart")][:1]
    return [item["label"]["formatter"] for item in chart["series"][0]["data"]]


def test_the_cell_with_most_errors_is_shown_until_another_is_chosen(activations):
    app = opened(show_evaluation_of_the_notebook_run)
    assert "39 of the 40 test digits are classified correctly (97.50 %), 1 are not" in words(app)
    sevens = int((activations.digits.labels == 7).sum())
    cell = app.selectbox(key="confusion_cell_notebook")
    assert cell.value == (7, 9)
    assert cell.options[79] == f"True 7, predicted 9: 1 of {sevens}"
    assert len(cell.options) == len(set(cell.options)) == 100
    assert [each.key for each in app.button if "cell" in each.key] == ["open_cell_0"]
    cell.set_value(cell.options[6]).run()
    assert app.selectbox[0].value == (0, 6)
    assert "This cell is empty" in words(app)


def test_the_matrix_has_counts_or_percent_of_the_row(activations):
    app = opened(show_evaluation_of_the_notebook_run)
    sevens = int((activations.digits.labels == 7).sum())
    assert matrix_texts(app)[77] == str(sevens - 1)
    app.segmented_control(key="confusion_values").set_value("Percent of row").run()
    texts = matrix_texts(app)
    assert texts[77:80] == [f"{100 * (sevens - 1) / sevens:.1f}", "0", f"{100 / sevens:.1f}"]


def test_the_metrics_of_each_class_are_in_percent(activations):
    table = opened(show_evaluation_of_the_notebook_run).dataframe[0].value
    labels = activations.digits.labels
    sevens, nines = (int((labels == digit).sum()) for digit in (7, 9))
    assert table["Digit"].tolist() == list(range(10))
    assert table["Recall"][7] == pytest.approx(100 * (sevens - 1) / sevens)
    assert table["Precision"][9] == pytest.approx(100 * nines / (nines + 1))
    assert table["Test digits"].sum() == COUNT


def test_a_thumbnail_opens_its_digit_with_this_network(activations, monkeypatch):
    pages = []
    monkeypatch.setattr(ui.train.evaluation.st, "switch_page", pages.append)
    app = opened(show_evaluation_of_the_notebook_run)
    app.button(key="open_most_confident_errors_0").click().run()
    assert pages == ["pages/explore.py"]
    chosen = [app.session_state[name] for name in ("run", "epoch", "picture")]
    assert chosen == ["notebook", "3", "test-0"]


def test_no_errors_get_a_sentence(activations):
    activations.probabilities()[0] = activations.probabilities()[17]  # a 7 too
    assert activations.digits.labels[17] == 7
    app = opened(show_evaluation_of_the_notebook_run)
    assert "There are none." in words(app)


def test_the_text_of_a_cell_has_label_prediction_and_count():
    matrix = confusion_matrix(np.array([4] * 14 + [1]), np.array([4, 7] + [9] * 12 + [1]))
    assert cell_text(matrix, 4, 9) == "True 4, predicted 9: 12 of 14"
    assert cell_text(matrix, 4, 7) == "True 4, predicted 7: 1 of 14"
    assert cell_text(matrix, 1, 1) == "True 1, predicted 1: 1 of 1"
    assert cell_text(matrix, 4, 0) == "True 4, predicted 0: 0 of 14"


def test_the_second_probability_is_the_labels_or_else_the_second_largest():
    probabilities = np.array([0.0, 0.125, 0.25, 0.625, 0, 0, 0, 0, 0, 0])
    assert prediction_text(probabilities, 1).split("  \n") == [
        "True 1, predicted 3",
        "3: 62.5 %",
        "1: 12.5 %",
    ]
    assert prediction_text(probabilities, 3).split("  \n")[1:] == ["3: 62.5 %", "2: 25.0 %"]


def test_predictions_are_those_of_the_newest_epoch(run_path):
    assert "After epoch 5: **24 of 24** correct." in words(opened(show_predictions_of_a_run))


def test_before_the_first_epoch_predictions_are_those_of_random_weights(run_path):
    for path in run_path.glob("weights/epoch_00[1-9].npz"):
        path.unlink()
    assert "Before training (random weights): **" in words(opened(show_predictions_of_a_run))


def test_before_the_network_is_built_there_are_no_predictions(run_path):
    for path in run_path.glob("weights/*"):
        path.unlink()
    assert "No predictions yet." in words(opened(show_predictions_of_a_run))


def test_the_predictions_of_an_epoch_are_computed_once_and_have_an_alt_text(run_path, monkeypatch):
    loaded = []

    class AlwaysOne:
        def probabilities(self, images):
            return np.tile(np.eye(10, dtype=np.float32)[1], (len(images), 1))

    def load(network):
        loaded.append((network.run.path, network.epoch))
        return AlwaysOne()

    monkeypatch.setattr(ui.train.live_predictions, "load_network", load)
    labels = load_digits("test").labels
    monitored = labels[monitored_digits(labels)]
    app = opened(show_predictions_of_a_run)
    app.run()
    assert loaded == [(run_path, 5)]
    assert f"After epoch 5: **{(monitored == 1).sum()} of 24** correct." in words(app)
    [sheet] = app.image
    assert sheet.proto.imgs[0].alt == "; ".join(
        f"label {label}, predicted as 1" for label in monitored
    )
    (run_path / "weights" / "epoch_005.npz").unlink()
    app.run()
    assert loaded == [(run_path, 5), (run_path, 4)]


def test_damaged_weights_get_a_sentence(run_path):
    (run_path / "weights" / "epoch_005.npz").write_bytes(b"broken")
    [error] = opened(show_predictions_of_a_run).error
    assert "the weights of epoch 5 are damaged" in error.value
