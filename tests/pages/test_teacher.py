"""The page Teacher, and what a teacher may do on the others."""

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from cnn.config import TrainingConfig
from cnn.jobs.queue import active_runs, start_training
from cnn.jobs.trash import TRASH, delete
from cnn.ownership import owner_name
from cnn.runs.run import PRETRAINED_PATH, Network, RunState, read_run
from cnn.runs.writing import create_run, write_state
from tests.pages.test_ownership import ADA, BOB, button, enabled
from tests.pages.test_pages import errors, words
from ui.loading.errors import as_text
from ui.state import teacher
from ui.teacher.handout import link_to

pytestmark = pytest.mark.usefixtures("locks")

PASSWORD = "rechte Winkel sind recht"


@pytest.fixture(autouse=True)
def _no_failures_yet():
    teacher._failures.clear()


def open_with_secrets(name: str, visitor: str = BOB, signed_in: str = "", **secrets) -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.session_state["visitor"] = visitor
    for key, value in secrets.items():
        app.secrets[key] = value
    app.switch_page(f"pages/{name}.py")
    app.run()
    assert not app.exception, app.exception
    if signed_in:
        sign_in(app, signed_in)
    return app


def sign_in(app: AppTest, password: str) -> None:
    app.text_input[0].set_value(password)
    button(app, "Sign in").click().run()
    assert not app.exception, app.exception


def test_without_a_password_the_page_says_how_to_set_one():
    app = open_with_secrets("teacher")
    assert "There is no teacher yet." in [each.value for each in app.info]
    assert "teacher_password" in app.code[0].value
    assert not app.text_input and not app.metric


def test_the_password_opens_the_page_and_another_does_not():
    app = open_with_secrets("teacher", signed_in="wrong", teacher_password=PASSWORD)
    assert errors(app) == "This is not the password."
    assert not app.metric
    sign_in(app, PASSWORD)
    assert {"Open tabs", "Training", "Waiting"} <= {each.label for each in app.metric}
    button(app, "Sign out").click().run()
    assert not app.metric


@pytest.mark.parametrize("password", ["", "\0", "é", PASSWORD.upper(), f" {PASSWORD}"])
def test_anything_else_is_not_the_password(password):
    app = open_with_secrets("teacher", signed_in=password, teacher_password=PASSWORD)
    assert not app.metric


def test_an_empty_password_makes_nobody_the_teacher():
    app = open_with_secrets("teacher", teacher_password="")
    assert not app.text_input and not app.metric


def test_after_many_wrong_passwords_the_right_one_has_to_wait(monkeypatch):
    app = open_with_secrets("teacher", teacher_password=PASSWORD)
    for _ in range(teacher.MOST_FAILURES):
        sign_in(app, "guess")
    sign_in(app, PASSWORD)
    assert "too many wrong passwords" in errors(app)
    monkeypatch.setattr(teacher, "WITHIN_S", 0)
    sign_in(app, PASSWORD)
    assert app.metric


def test_the_teacher_stops_the_trainings_of_all():
    runs = [start_training(TrainingConfig(), owner=owner_name(each)) for each in (ADA, BOB)]
    app = open_with_secrets("teacher", "c" * 32, PASSWORD, teacher_password=PASSWORD)
    assert [each.value for each in app.metric[1:3]] == ["1 of 1", "1"]
    assert f"**{as_text(runs[0].title)}**" in words(app)
    button(app, "Stop all of them").click().run()
    assert runs[0].stop_requested
    assert runs[1].state().status == "stopped"  # it was queued, and did not start in its place
    assert active_runs() == [runs[0]]


def test_a_visitor_who_is_not_the_teacher_stops_nothing():
    run = start_training(TrainingConfig(), owner=owner_name(ADA))
    app = open_with_secrets("train", teacher_password=PASSWORD)
    assert "Stop" not in enabled(app)
    assert not run.stop_requested


def test_with_a_teacher_what_is_nobodys_is_the_teachers():
    start_training(TrainingConfig())
    assert "Stop" in enabled(open_with_secrets("train"))
    assert "Stop" not in enabled(open_with_secrets("train", teacher_password=PASSWORD))


def test_a_signature_is_that_of_one_visitor_and_one_password():
    app = open_with_secrets("teacher", ADA, PASSWORD, teacher_password=PASSWORD)
    signature = app.session_state["teacher"]
    for visitor, password in ((ADA, PASSWORD), (BOB, PASSWORD), (ADA, "another")):
        other = AppTest.from_file("../../app.py", default_timeout=120)
        other.session_state["visitor"], other.session_state["teacher"] = visitor, signature
        other.secrets["teacher_password"] = password
        other.switch_page("pages/teacher.py")
        other.run()
        assert bool(other.metric) == ((visitor, password) == (ADA, PASSWORD))


def test_the_trash_is_emptied_for_good(runs):
    run = create_run(TrainingConfig(), owner=owner_name(ADA))
    write_state(run, RunState("finished"))
    delete([run])
    app = open_with_secrets("teacher", signed_in=PASSWORD, teacher_password=PASSWORD)
    assert "1 deleted folder" in words(app)
    button(app, "Delete them for good").click().run()
    assert "The trash is empty." in words(app)
    assert not list((runs / TRASH).iterdir())


def test_a_limit_that_is_no_number_is_said(monkeypatch):
    monkeypatch.setenv("CNN_MAX_RUNS", "few")
    app = open_with_secrets("teacher", signed_in=PASSWORD, teacher_password=PASSWORD)
    assert "is 'few'; it must be a whole number from 1." in errors(app)
    assert app.metric


def test_the_link_has_the_network_the_picture_and_the_page():
    app = open_with_secrets("teacher", signed_in=PASSWORD, teacher_password=PASSWORD)
    app.session_state["picture"] = "test-7"
    app.session_state["page_choices"] = {"Explore": {"tab": "Pooling", "picture": "test-3"}}
    app.run()
    app.selectbox(key="handout_page").set_value("explore").run()
    link = urlsplit(app.code[0].value)
    assert link.path.endswith("/explore")
    assert parse_qs(link.query) == {
        "run": ["pretrained"],
        "picture": ["test-7"],
        "tab": ["Pooling"],
    }


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ("https://cnn.example.org/teacher", "https://cnn.example.org/draw?run=pretrained"),
        ("https://example.org/cnn/teacher", "https://example.org/cnn/draw?run=pretrained"),
        ("http://10.0.0.5:8501/teacher", "http://10.0.0.5:8501/draw?run=pretrained"),
    ],
)
def test_the_link_leads_to_where_the_teacher_is(here, expected):
    run = read_run(PRETRAINED_PATH)
    assert link_to("draw", Network(run, run.last_saved_epoch), here) == expected


@pytest.mark.parametrize(
    "here", [None, "http://localhost:8501/teacher", "http://127.0.0.1:8501/teacher"]
)
def test_the_link_never_leads_to_the_own_computer_of_whoever_opens_it(monkeypatch, here):
    monkeypatch.setattr("ui.teacher.handout.net_util.get_internal_ip", lambda: "10.1.2.3")
    run = read_run(PRETRAINED_PATH)
    link = link_to("learn", Network(run, run.last_saved_epoch), here)
    assert link == "http://10.1.2.3:8501/?run=pretrained"
