"""The page Frameworks, and the choice of a backend on Train."""

import numpy as np
import pytest

from cnn import optional_packages
from cnn.backends import BACKENDS
from cnn.frameworks.catalog import FRAMEWORKS
from cnn.frameworks.comparison import Comparison, Result
from cnn.runs.run import list_runs
from tests.pages.test_pages import errors, field, html, open_page, words
from ui.state.session import FRAMEWORK_CHECK, FRAMEWORK_RACE

COMMAND = "-m pip install -r requirements-{}.txt"


def ended(**results: Result) -> Comparison:
    """A comparison that has ended."""
    made = Comparison.__new__(Comparison)
    made.label, made.results = "A network: a digit", results
    made.expected, made.classes = [0.1] * 10, tuple("0123456789")
    return made


def button(app, label: str):
    return next((each for each in app.button if each.label == label), None)


def test_the_chosen_codes_are_side_by_side():
    app = open_page("frameworks", run="notebook")
    assert "model_selection" not in html(app)
    assert html(app).count('data-title="Keras"') == html(app).count('data-title="PyTorch"') == 6
    app.pills("shown_codes").set_value(["jax"]).run()
    assert 'data-title="JAX"' in html(app) and 'data-title="Keras"' not in html(app)
    app.pills("shown_codes").set_value([]).run()
    assert "Choose one framework or more." in " ".join(each.value for each in app.info)


def test_another_network_leads_to_the_notebooks():
    app = open_page("frameworks", run="pretrained")
    assert button(app, "Check").disabled
    button(app, "Choose the notebook's network").click().run()
    assert app.query_params["run"] == "notebook"
    assert not button(app, "Check").disabled
    assert button(app, "Choose the notebook's network") is None


def test_the_probabilities_that_agree_and_those_that_do_not():
    app = open_page("frameworks", run="notebook")
    one = np.full(10, 0.1)
    for other, text in ((one + 1e-7, "They agree"), (one + 1e-2, "They differ by up to 0.01")):
        results = {
            name: Result("finished", probabilities=[values.tolist()])
            for name, values in (("keras", one), ("torch", other))
        }
        app.session_state[FRAMEWORK_CHECK.name] = ended(**results)
        app.run()
        assert text in " ".join(each.value for each in (*app.success, *app.error))
        assert list(app.dataframe[0].value.columns) == ["Class", "This app", "Keras", "PyTorch"]
        assert "A network: a digit" in words(app)


def test_a_failed_framework_is_named_and_the_others_are_shown():
    app = open_page("frameworks", run="notebook")
    app.session_state[FRAMEWORK_RACE.name] = ended(
        keras=Result("finished", losses=[2.0] * 200, elapsed_s=2.0),
        jax=Result("failed", "<b>no memory</b>"),
    )
    app.run()
    assert r"JAX failed: \<b" in errors(app)  # escaped
    texts = [each.proto.text for each in app.get("progress")]
    assert any("200 of 200 batches, 3,184 images a second" in each for each in texts)
    assert button(app, "Race again") and not button(app, "Stop")


def test_what_is_missing_is_said_with_the_command_that_adds_it(only_tensorflow):
    app = open_page("frameworks", run="notebook")
    for name in ("torch", "jax"):
        assert COMMAND.format(name) in words(app)


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_a_missing_backend_is_said_on_train_and_not_started(only_tensorflow, name, runs):
    app = open_page("train")
    sentence = f"{BACKENDS[name].title} is not installed here"
    before = words(app).count(sentence)  # a download may need it, too
    field(app, "backend").set_value(name).run()
    assert words(app).count(sentence) == before + 1
    assert COMMAND.format(name) in words(app)
    button(app, "Start training").click().run()
    assert COMMAND.format(name) in errors(app)
    assert list_runs(runs)[0] == []


def test_a_run_of_another_backend_is_shown_with_its_name(runs, locks, all_backends):
    app = open_page("train", backend="jax")
    assert field(app, "backend").value == "jax"
    button(app, "Start training").click().run()
    (run,) = list_runs(runs)[0]
    assert run.config.backend == "jax"
    assert "JAX, seed 0" in words(app)  # in the line of the run's settings


def test_deterministic_training_with_another_backend_is_refused(runs, all_backends):
    app = open_page("train", backend="torch", one_thread="True")
    button(app, "Start training").click().run()
    assert "needs 'tensorflow'" in errors(app)
    assert list_runs(runs)[0] == []


def test_each_backend_is_among_the_frameworks():
    assert set(BACKENDS) <= set(FRAMEWORKS)


def test_jax_without_optax_is_missing(monkeypatch):
    monkeypatch.setattr(optional_packages, "find_spec", lambda name: name != "optax" or None)
    assert FRAMEWORKS["jax"].missing.startswith("optax is not installed here")
    assert COMMAND.format("jax") in words(open_page("frameworks", run="notebook"))
