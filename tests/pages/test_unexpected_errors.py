"""An error that no page expects: a sentence with what to do, no traceback, and the session goes on.

It is raised in a page, in a fragment of one, and in the callback of a button.
"""

import pytest

from tests.pages.page_texts import texts_of
from tests.pages.test_pages import open_page
from ui.loading.errors import UNEXPECTED

DETAILS = "the details of /somewhere/secret.py"


def fail(*arguments, **options):
    raise ZeroDivisionError(DETAILS)


def expect_the_sentence(app) -> None:
    [shown] = app.exception
    assert shown.message == UNEXPECTED
    assert not shown.stack_trace and not shown.proto.type
    texts = " ".join(texts_of(app))
    assert not any(each in texts for each in (DETAILS, "ZeroDivisionError", "Traceback"))


@pytest.mark.parametrize(
    ("page", "function"),
    [
        ("learn", "ui.learn.story.show_glossary"),
        ("draw", "ui.draw.digit_board.show_canvas"),
        ("learn", "ui.lesson.bar._show_start"),
    ],
    ids=["page", "fragment", "lesson"],
)
def test_an_unexpected_error_is_a_sentence_and_is_logged(page, function, monkeypatch, capsys):
    app = open_page(page)
    with monkeypatch.context() as broken:
        broken.setattr(function, fail)
        app.run()
        expect_the_sentence(app)
        assert app.sidebar.selectbox  # and what was shown before it
        logged = "".join(capsys.readouterr())
        assert "Traceback" in logged and "ZeroDivisionError" in logged and "secret.py" in logged
    app.run()
    assert not app.exception


def test_after_an_error_in_a_callback_the_session_goes_on(monkeypatch):
    app = open_page("draw")
    monkeypatch.setattr("ui.widgets.canvas.undo_stroke", fail)
    app.run()
    app.button(key="undo").click().run()
    expect_the_sentence(app)
    monkeypatch.undo()
    app.run()
    assert not app.exception and app.button(key="undo")
