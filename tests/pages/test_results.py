"""What a network learned, as Streamlit runs it, without a browser."""

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
from ui.train.evaluation import answer_words, cell_words

COUNT = 40


def show_results_of_the_notebook():
    from cnn.runs.run import NOTEBOOK_PATH, Network, read_run
    from ui.train.evaluation import show_results

    show_results(Network(read_run(NOTEBOOK_PATH), 3))


def show_guesses_of_a_run():
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
def atlas(monkeypatch):
    """Of 40 test digits, number 0 is read as 9 with 80 %, all others right with 91 %."""
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
    """A copy of the notebook's run, called a-run."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path))
    return shutil.copytree(NOTEBOOK_PATH, tmp_path / "a-run")


def matrix_texts(app: AppTest) -> list[str]:
    [chart] = [json.loads(each.proto.spec) for each in app.get("echarts_chart")][:1]
    return [item["label"]["formatter"] for item in chart["series"][0]["data"]]


def test_the_fullest_cell_of_mistakes_is_open_until_another_is_chosen(atlas):
    app = opened(show_results_of_the_notebook)
    assert "after epoch 3, reads 39 of the 40 test digits right (97.50 %) and 1 wrong" in words(app)
    sevens = int((atlas.digits.labels == 7).sum())
    cell = app.selectbox(key="confusion_cell_notebook")
    assert cell.value == (7, 9)
    assert cell.options[79] == f"1 of {sevens} sevens was read as 9"
    assert len(cell.options) == len(set(cell.options)) == 100
    assert [each.key for each in app.button if "cell" in each.key] == ["open_cell_0"]
    cell.set_value(cell.options[6]).run()
    assert app.selectbox[0].value == (0, 6)
    assert "There is nothing to see in this cell" in words(app)


def test_the_matrix_has_counts_or_percent_of_the_row(atlas):
    app = opened(show_results_of_the_notebook)
    sevens = int((atlas.digits.labels == 7).sum())
    assert matrix_texts(app)[77] == str(sevens - 1)
    app.segmented_control(key="confusion_values").set_value("Percent of row").run()
    texts = matrix_texts(app)
    assert texts[77:80] == [f"{100 * (sevens - 1) / sevens:.1f}", "0", f"{100 / sevens:.1f}"]


def test_each_digit_has_its_figures_in_percent(atlas):
    table = opened(show_results_of_the_notebook).dataframe[0].value
    labels = atlas.digits.labels
    sevens, nines = (int((labels == digit).sum()) for digit in (7, 9))
    assert table["Digit"].tolist() == list(range(10))
    assert table["Recall"][7] == pytest.approx(100 * (sevens - 1) / sevens)
    assert table["Precision"][9] == pytest.approx(100 * nines / (nines + 1))
    assert table["Test digits"].sum() == COUNT


def test_a_thumbnail_opens_its_digit_with_this_network(atlas, monkeypatch):
    pages = []
    monkeypatch.setattr(ui.train.evaluation.st, "switch_page", pages.append)
    app = opened(show_results_of_the_notebook)
    app.button(key="open_mistake_0").click().run()
    assert pages == ["pages/explore.py"]
    chosen = [app.session_state[name] for name in ("run", "epoch", "picture")]
    assert chosen == ["notebook", "3", "test-0"]


def test_who_makes_no_mistake_is_told_so(atlas):
    atlas.probabilities()[0] = atlas.probabilities()[17]  # a 7 too
    assert atlas.digits.labels[17] == 7
    app = opened(show_results_of_the_notebook)
    assert "It made none." in words(app)


def test_a_cell_says_in_words_what_was_read_as_what():
    matrix = confusion_matrix(np.array([4] * 14 + [1]), np.array([4, 7] + [9] * 12 + [1]))
    assert cell_words(matrix, 4, 9) == "12 of 14 fours were read as 9"
    assert cell_words(matrix, 4, 7) == "1 of 14 fours was read as 7"
    assert cell_words(matrix, 4, 4) == "1 of 14 fours was read right"
    assert cell_words(matrix, 4, 0) == "None of 14 fours was read as 0"


def test_both_probabilities_are_those_of_the_answer_and_of_the_label_or_the_runner_up():
    probabilities = np.array([0.0, 0.125, 0.25, 0.625, 0, 0, 0, 0, 0, 0])
    assert answer_words(probabilities, 1).split("  \n") == [
        "A 1, read as 3",
        "3: 62.5 %",
        "1: 12.5 %",
    ]
    assert answer_words(probabilities, 3).split("  \n")[1:] == ["3: 62.5 %", "2: 25.0 %"]


def test_guesses_are_those_of_the_newest_epoch(run_path):
    assert "After epoch 5: **24 of 24** are read right." in words(opened(show_guesses_of_a_run))


def test_before_the_first_epoch_guesses_are_chance(run_path):
    for path in run_path.glob("weights/epoch_00[1-9].npz"):
        path.unlink()
    assert "Before training, by chance: **" in words(opened(show_guesses_of_a_run))


def test_before_the_network_is_built_there_are_no_guesses(run_path):
    for path in run_path.glob("weights/*"):
        path.unlink()
    assert "No guesses yet." in words(opened(show_guesses_of_a_run))


def test_the_guesses_of_an_epoch_are_made_once_and_said_in_words(run_path, monkeypatch):
    made = []

    class AlwaysOne:
        def probabilities(self, images):
            return np.tile(np.eye(10, dtype=np.float32)[1], (len(images), 1))

    def load(network):
        made.append((network.run.path, network.epoch))
        return AlwaysOne()

    monkeypatch.setattr(ui.train.live_predictions, "load_network", load)
    labels = load_digits("test").labels
    watched = labels[monitored_digits(labels)]
    app = opened(show_guesses_of_a_run)
    app.run()
    assert made == [(run_path, 5)]
    assert f"After epoch 5: **{(watched == 1).sum()} of 24** are read right." in words(app)
    [sheet] = app.image
    assert sheet.proto.imgs[0].alt == "; ".join(f"a {label} read as 1" for label in watched)
    (run_path / "weights" / "epoch_005.npz").unlink()
    app.run()
    assert made == [(run_path, 5), (run_path, 4)]


def test_damaged_weights_get_a_sentence(run_path):
    (run_path / "weights" / "epoch_005.npz").write_bytes(b"broken")
    [error] = opened(show_guesses_of_a_run).error
    assert "the weights of epoch 5 are damaged" in error.value
