"""The lesson's bar below each page, without a browser."""

import pytest

from tests.pages.test_pages import errors, open_page, words
from ui.lesson.checks import Question
from ui.lesson.steps import BY_NAME, STEPS
from ui.state.navigation import ICONS


def test_the_steps_have_different_names_and_existing_pages():
    assert len(BY_NAME) == len(STEPS) == 12
    assert {step.page for step in STEPS} <= set(ICONS)


@pytest.mark.parametrize("step", STEPS, ids=BY_NAME)
def test_each_step_opens_on_its_page_in_its_state(step):
    app = open_page(step.page, lesson=step.name, **step.address)
    assert not app.error, errors(app)
    assert step.text in words(app)
    assert f"{STEPS.index(step) + 1} of {len(STEPS)} · {step.title}" in words(app)
    # What the step's address sets is what the page shows: it writes the same address.
    defaults = {"tab": "Layers", "preset": "notebook", "run": "pretrained", "vary": "pooling"}
    assert step.address.items() <= (defaults | app.query_params).items()


def test_a_step_elsewhere_says_where_it_is():
    app = open_page("learn", lesson="train")
    assert "Open Train" in [each.proto.label for each in app.get("page_link")]


def test_an_unknown_step_is_an_error_that_lists_the_steps():
    app = open_page("draw", lesson="nonsense")
    assert "no step 'nonsense'" in errors(app)
    assert "probabilities" in errors(app)


def test_the_right_answer_completes_a_step_and_a_wrong_one_does_not():
    app = open_page("learn", lesson="pixels")
    question = app.segmented_control(key="lesson_answer_pixels")
    question.set_value("56").run()
    assert app.session_state["lesson_done"] == ()
    assert "Not yet" in words(app)
    app.segmented_control(key="lesson_answer_pixels").set_value("784").run()
    assert app.session_state["lesson_done"] == ("pixels",)
    assert "28 rows of 28" in words(app)


@pytest.mark.parametrize("answer", BY_NAME["pool"].question.options)
def test_a_prediction_is_answered_with_what_is_measured(answer):
    app = open_page("explore", lesson="pool", **BY_NAME["pool"].address)
    app.segmented_control(key="lesson_answer_pool").set_value(answer).run()
    assert app.session_state["lesson_done"] == ("pool",)
    assert ("Not as predicted" in words(app)) != (answer == "no pooling")
    assert "max" in words(app)


def test_leaving_the_lesson_keeps_what_was_done():
    app = open_page("learn", lesson="pixels")
    app.segmented_control(key="lesson_answer_pixels").set_value("784").run()
    next(each for each in app.button if each.label == "Leave the lesson").click().run()
    assert "lesson" not in app.query_params
    assert "Go on with step 1" in [each.proto.label for each in app.get("page_link")]
    assert app.session_state["lesson_done"] == ("pixels",)


def test_the_view_for_a_lecture_has_links_in_place_of_the_menu():
    app = open_page("draw", view="lecture")
    assert not app.error
    assert "Leave the lecture view" in [each.label for each in app.button]
    next(each for each in app.button if each.label == "Leave the lecture view").click().run()
    assert "view" not in app.query_params


def test_an_unknown_view_is_an_error_that_names_the_known_one():
    app = open_page("draw", view="cinema")
    assert "cinema" in errors(app)
    assert "view" not in app.query_params


def test_every_question_has_a_right_answer():
    asked = [step.question for step in STEPS if isinstance(step.question, Question)]
    for question in asked:
        if not question.prediction:
            assert sum(question.reply(option)[0] for option in question.options) == 1


def test_a_step_elsewhere_resets_the_numbers_of_its_preset():
    app = open_page("train", **BY_NAME["learning_rate"].address)
    assert app.query_params["learning_rate"] == "0.1"
    app.switch_page("pages/learn.py").run()
    app.query_params.update(preset="fast", lesson="train")
    app.switch_page("pages/train.py").run()
    assert "learning_rate" not in app.query_params and "limit" not in app.query_params


def test_a_link_to_a_step_opens_its_page_in_its_state():
    app = open_page("explore", lesson="kernel")
    assert app.query_params["tab"] == "Custom kernel"
    assert "Custom kernel" in [each.value for each in app.header]
    app = open_page("explore", lesson="kernel", tab="Pooling")
    assert "Pooling" in [each.value for each in app.header]
