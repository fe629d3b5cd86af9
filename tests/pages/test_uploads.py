"""Uploads on the Draw page: one file, and several as a table."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn.data.mnist import load_digits
from ui.draw import upload_table


def png(number: int) -> bytes:
    """A picture of a test digit, dark on light, with a margin."""
    ink = np.pad(load_digits("test").images[number], 20).repeat(4, axis=0).repeat(4, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(255 - ink).save(buffer, "PNG")
    return buffer.getvalue()


SEVEN, TWO, ONE = (("seven.png", png(0)), ("two.png", png(1)), ("one.png", png(2)))
TEXT = ("text.png", b"hello")
BLANK_FILE = io.BytesIO()
Image.new("L", (60, 60), 255).save(BLANK_FILE, "PNG")
BLANK = ("blank.png", BLANK_FILE.getvalue())


def upload(*files: tuple[str, bytes]) -> AppTest:
    """Open the Draw page and choose `files` at once."""
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/draw.py").run()
    return choose_files(app, *files)


def choose_files(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(*file, "image/png") for file in files]).run()
    assert not app.exception, app.exception
    return app


def answer(app: AppTest) -> str:
    [text] = [each.proto.body for each in app.get("html") if 'class="answer' in each.proto.body]
    return text


def messages(app: AppTest) -> str:
    return " ".join(each.value.replace("\\", "") for each in (*app.error, *app.info))


def test_one_file_is_opened_without_a_table():
    app = upload(SEVEN)
    assert "<b>7</b>" in answer(app)
    assert not app.dataframe
    assert not messages(app)


def test_one_bad_file_shows_an_error_without_a_table():
    app = upload(TEXT)
    assert "Draw a digit" in answer(app)
    assert not app.dataframe
    assert "text.png is not a picture" in messages(app)


def test_several_files_are_listed_with_their_predictions():
    app = upload(SEVEN, TEXT, TWO, BLANK, ("one.jpg", ONE[1]))
    [table] = app.dataframe
    rows = table.value
    names = ["seven.png", "text.png", "two.png", "blank.png", "one.jpg"]
    assert rows["File"].tolist() == names
    assert rows["Digit"].fillna(-1).tolist() == [7, -1, 2, -1, 1]
    assert rows["Confidence"].notna().tolist() == [True, False, True, False, True]
    assert rows["Picture"].str.startswith("data:image/png").fillna(False).tolist() == [
        *(True, False, True, False, True)
    ]
    verdicts = rows["Verdict"].tolist()
    assert verdicts[0] == verdicts[2] == "Digit"
    assert verdicts[1].startswith("Is not a picture;")
    assert verdicts[3] == "Is blank: no ink stands out from the background."
    assert verdicts[4].startswith("Digit. Has the extension .jpg, but is a PNG")
    assert "Draw a digit" in answer(app)  # until a row is selected
    assert not messages(app)


def test_removing_the_opened_file_leaves_no_answer_to_it():
    app = choose_files(upload(SEVEN))
    assert "Draw a digit" in answer(app)


@pytest.mark.parametrize("seconds", [0, 5])
def test_progress_is_shown_if_reading_takes_long(monkeypatch, seconds):
    shown = []
    clock = iter(range(0, 1000, seconds)) if seconds else None
    monkeypatch.setattr(
        upload_table,
        "time",
        type("Clock", (), {"monotonic": staticmethod(lambda: next(clock) if clock else 0)}),
    )
    empty = upload_table.st.empty

    def recorded_empty():
        place = empty()
        monkeypatch.setattr(place, "progress", lambda share, text: shown.append((share, text)))
        return place

    monkeypatch.setattr(upload_table.st, "empty", recorded_empty)
    upload(SEVEN, TWO)
    expected = [(0, "Reading picture 1 of 2"), (0.5, "Reading picture 2 of 2")]
    assert shown == (expected if seconds else [])


def test_at_most_100_files_are_listed():
    app = upload(*[(f"{number}.png", b"") for number in range(102)])
    assert len(app.dataframe[0].value) == 100
    assert any("The first 100 of 102 files." in each.value for each in app.caption)
