"""Uploads on the Draw page: one file, and several as a table."""

import base64
import io
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn.data.mnist import load_digits
from ui.draw import detections, number_view, upload, upload_table, uploaded_picture
from ui.state.picture_url import picture_at
from ui.widgets.waiting import ResultCache


def png(*lines: int | tuple[int, ...]) -> bytes:
    """A picture of test digits, dark on light, with a margin: one, or several in each line."""
    images = load_digits("test").images
    rows = [np.hstack([np.pad(images[i], 8) for i in np.atleast_1d(line)]) for line in lines]
    ink = np.pad(np.vstack(rows), 12).repeat(4, axis=0).repeat(4, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(255 - ink).save(buffer, "PNG")
    return buffer.getvalue()


SEVEN, TWO, ONE = (("seven.png", png(0)), ("two.png", png(1)), ("one.png", png(2)))
NUMBER = ("number.png", png((0, 1, 2)))
TWO_LINES = ("lines.png", png((0, 1, 2), (3, 4, 5)))  # 721, 041
TEXT = ("text.png", b"hello")
BLANK_FILE = io.BytesIO()
Image.new("L", (60, 60), 255).save(BLANK_FILE, "PNG")
BLANK = ("blank.png", BLANK_FILE.getvalue())


def open_with(*files: tuple[str, bytes]) -> AppTest:
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
    app = open_with(SEVEN)
    assert "<b>7</b>" in answer(app)
    assert not app.dataframe
    assert not messages(app)


def test_one_bad_file_shows_an_error_without_a_table():
    app = open_with(TEXT)
    assert "Draw a digit" in answer(app)
    assert not app.dataframe
    assert "text.png is not a picture" in messages(app)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("page.pdf", b"%PDF-1.7", "a PDF: a document, not a picture. Save its page as PNG"),
        ("digit.svg", b"<svg></svg>", "an SVG: a drawing of lines, not of pixels. Save it as PNG."),
        ("clip.mp4", b"\0\0\0\x18ftypmp42", "a video. Pause it where all can be seen"),
        ("notes.docx", b"PK\3\4", "an archive or a document. Take the picture out of it"),
    ],
)
def test_another_kind_of_file_gets_a_sentence_with_the_way_out(name, data, sentence):
    app = open_with((name, data))
    assert f"{name} is {sentence}" in messages(app)


def test_several_files_are_listed_with_their_predictions():
    app = open_with(SEVEN, TEXT, TWO, BLANK, ("one.jpg", ONE[1]))
    [table] = app.dataframe
    rows = table.value
    names = ["seven.png", "text.png", "two.png", "blank.png", "one.jpg"]
    assert rows["File"].tolist() == names
    assert rows["Prediction"].fillna("").tolist() == ["7", "", "2", "", "1"]
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


def test_the_steps_of_a_file_begin_with_its_grey_and_its_paper():
    titles = images(open_with(SEVEN))
    expected = [
        "1 · Uploaded picture, 272 x 272 pixels, in grey",
        "2 · Light and shadow removed: paper becomes white",
        "3 · Only the ink, without edges, lines and specks",
        "4 · Cropped to the ink",
        "6 · Centre of mass in the middle of 28 x 28",
        "For comparison: the whole picture resized",
    ]
    places = [titles.index(each) for each in expected]
    assert places == sorted(places)


def test_the_steps_of_a_sheet_on_a_table_begin_with_the_picture_and_the_sheet():
    table = np.full((480, 640), 60, np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(SEVEN[1])))
    table[100 : 100 + len(sheet), 200 : 200 + len(sheet)] = sheet
    buffer = io.BytesIO()
    Image.fromarray(table).save(buffer, "PNG")
    app = open_with(("table.png", buffer.getvalue()))
    assert "<b>7</b>" in answer(app)
    whole = pixels_of(app, "1 · Uploaded picture, 640 x 480 pixels, in grey")
    flat = pixels_of(app, "2 · The sheet in it, straightened")
    assert np.median(whole) < 70 and np.median(flat) > 240
    assert "3 · Light and shadow removed: paper becomes white" in images(app)


@pytest.mark.parametrize("side", [1000, 272])  # of what is kept of the steps; the file has 624
def test_the_first_steps_of_one_digit_of_several_show_that_digit(lens, monkeypatch, side):
    monkeypatch.setattr(uploaded_picture, "STEP_SIDE", side)
    app = open_with(NUMBER)
    lens.click(app, 1)
    grey, even, ink = (pixels_of(app, title) for title in ("1 · Digit", "2 · L", "3 · O"))
    inside = even > 0  # the margin that makes it square is black
    for step in (grey, even):
        dark = np.where(inside, 255.0 - step, 0)
        assert np.corrcoef(dark.ravel(), ink.ravel())[0, 1] > 0.85


def pixels_of(app: AppTest, title: str) -> np.ndarray:
    """The picture whose title begins so, (h, w) float."""
    shown = [each for group in app.get("image") for each in group.proto.imgs]
    [url] = [each.url for each in shown if each.alt.startswith(title)]
    png = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(png)).convert("L").resize((112, 112)), float)


def test_removing_the_opened_file_leaves_no_answer_to_it():
    app = choose_files(open_with(SEVEN))
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
    open_with(SEVEN, TWO)
    expected = [(0, "Reading picture 1 of 2"), (0.5, "Reading picture 2 of 2")]
    assert shown == (expected if seconds else [])


def test_at_most_100_files_are_listed():
    app = open_with(*[(f"{number}.png", b"") for number in range(102)])
    assert len(app.dataframe[0].value) == 100
    assert any("The first 100 of 102 files." in each.value for each in app.caption)


# Several digits in one picture


def shown(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.header, *app.caption))


def address(app: AppTest) -> str:
    picture = app.query_params["picture"]
    return picture if isinstance(picture, str) else picture[0]


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


@pytest.fixture
def lens(monkeypatch):
    """A component in place of the boxes and tiles: `data` is what it shows, `click` clicks one."""
    fake = SimpleNamespace(data=None, clicked=None)

    def component(data, **_):
        fake.data = data
        clicked, fake.clicked = fake.clicked, None
        return SimpleNamespace(opened=clicked)

    def click(app, number):
        fake.clicked = number
        app.run()
        assert not app.exception, app.exception

    fake.click = click
    monkeypatch.setattr(number_view, "_LENS", component)
    return fake


@pytest.fixture
def classify_as(monkeypatch):
    """A function that replaces the network by another, (28, 28) -> (10,), with an empty cache."""

    def replace(classify):
        def probabilities(images):
            return np.array([classify(image) for image in images])

        recognizer = SimpleNamespace(probabilities=probabilities)
        monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
        monkeypatch.setattr(detections, "recognizer_of", lambda network: recognizer)

    return replace


UNDECIDED = np.full(10, 0.1)


def only_1(image: np.ndarray) -> np.ndarray:
    """Probabilities of a network that knows test digit 2, a 1, and is undecided about the rest."""
    known, values = (
        each.ravel() / np.linalg.norm(each) for each in (load_digits("test").images[2], image)
    )
    return np.eye(10)[1] if known @ values > 0.9 else UNDECIDED


def test_several_digits_are_shown_as_a_number(lens):
    app = open_with(NUMBER)
    assert "<b>721</b>" in answer(app)
    assert "% that all are correct" in answer(app)
    assert "Digits found: 3, from left to right" in shown(app)
    assert "Uploaded picture, 624 x 272 pixels" in shown(app)
    assert [each["words"][:4] for each in lens.data["boxes"]] == ["1: 7", "2: 2", "3: 1"]
    assert len(lens.data["tiles"]) == 3
    assert lens.data["numbered"]
    assert "Preprocessing" not in shown(app)
    assert not app.dataframe and not messages(app)


def test_each_box_covers_its_digit_in_percent_of_the_picture(lens):
    open_with(NUMBER)
    places = np.array([each["place"] for each in lens.data["boxes"]])
    middles = places[:, :2] + places[:, 2:] / 2
    columns = [100 * (12 + 22 + 44 * number) / 156 for number in range(3)]
    np.testing.assert_allclose(middles[:, 0], columns, atol=3)
    np.testing.assert_allclose(middles[:, 1], 50, atol=5)
    np.testing.assert_allclose(places[:, 3], 100 * 20 / 68, atol=5)


def test_a_number_is_not_in_the_address_and_the_page_says_so():
    app = open_with(NUMBER)
    assert dict(app.query_params) == {}
    assert "too large for a link: a reload loses it" in shown(app)


def test_two_lines_are_read_line_by_line(lens):
    app = open_with(TWO_LINES)
    assert "<b>721<br>041</b>" in answer(app)
    assert "Digits found: 6, line by line" in shown(app)


def test_a_click_opens_a_digit_alone_and_a_button_leads_back(lens):
    app = open_with(NUMBER)
    lens.click(app, 1)
    assert "<b>2</b>" in answer(app)
    assert address(app).startswith("upload-")
    assert "1 · Digit 2 of 3, cut out of the picture" in images(app)
    assert "Inspect the layers" in links(app)
    button(app, "Back to the whole picture").click().run()
    assert "<b>721</b>" in answer(app)
    assert dict(app.query_params) == {}
    assert "Back to the whole picture" not in labels(app)


def images(app: AppTest) -> str:
    """What all images are called."""
    return " ".join(each.alt for group in app.get("image") for each in group.proto.imgs)


def links(app: AppTest) -> list[str]:
    return [each.proto.label for each in app.get("page_link")]


def test_a_digit_that_was_opened_alone_is_as_it_would_be_in_a_file_of_its_own(lens):
    app = open_with(NUMBER)
    lens.click(app, 1)
    alone = open_with(TWO)
    one, other = (picture_at(address(each)).image.astype(float).ravel() for each in (app, alone))
    assert one @ other > 0.9 * np.linalg.norm(one) * np.linalg.norm(other)
    assert "<b>2</b>" in answer(app) and "<b>2</b>" in answer(alone)
    assert "Back to the whole picture" not in labels(alone)


def test_clear_closes_the_number():
    app = open_with(NUMBER)
    button(app, "Clear").click().run()
    assert "Draw a digit" in answer(app)
    assert "Digits found" not in shown(app)
    assert "Preprocessing" in shown(app)


def test_clear_closes_a_number_of_which_a_digit_is_open(lens):
    app = open_with(NUMBER)
    lens.click(app, 0)
    button(app, "Clear").click().run()
    assert "Draw a digit" in answer(app)
    assert "Back to the whole picture" not in labels(app)


@pytest.mark.parametrize("opened", [None, 0])
def test_a_removed_number_is_closed(lens, opened):
    app = open_with(NUMBER)
    if opened is not None:
        lens.click(app, opened)
    choose_files(app)
    assert "Draw a digit" in answer(app)
    assert "Back to the whole picture" not in labels(app)
    assert dict(app.query_params) == {}


def test_another_file_replaces_the_number():
    app = open_with(NUMBER)
    choose_files(app, SEVEN)
    assert "<b>7</b>" in answer(app)
    assert address(app).startswith("upload-")


def test_a_bad_file_replaces_the_number():
    app = open_with(NUMBER)
    choose_files(app, TEXT)
    assert "Draw a digit" in answer(app)
    assert "text.png is not a picture" in messages(app)


def test_a_rejected_digit_of_several_is_marked(lens, classify_as):
    classify_as(only_1)
    app = open_with(("ones.png", png((2, 2, 3))))
    assert "<b>11?</b>" in answer(app)
    assert "? marks a rejected digit" in answer(app)
    assert [each["accepted"] for each in lens.data["boxes"]] == [True, True, False]
    assert "Dashed frames: rejected" in shown(app)


@pytest.mark.parametrize(
    ("digits", "way_out"),
    [
        ((1, 3, 4), "3 pieces of ink, none of them is a digit. Crop the picture to one digit."),
        ((1, 2, 3), "3 pieces of ink, one of them is a digit. Select it below, or crop"),
    ],
)
def test_pieces_that_are_no_digits_are_not_a_number(lens, classify_as, digits, way_out):
    classify_as(only_1)
    app = open_with(("pieces.png", png(digits)))
    assert "Not a digit" in answer(app)
    assert way_out in answer(app)
    assert "<b>" not in answer(app)
    assert "Pieces of ink: 3" in shown(app)
    assert dict(app.query_params) == {}


def test_the_only_digit_among_pieces_can_be_opened(lens, classify_as):
    classify_as(only_1)
    app = open_with(("pieces.png", png((1, 2, 3))))
    lens.click(app, 1)
    assert "<b>1</b>" in answer(app)


def test_a_reading_is_kept_until_the_network_changes(monkeypatch):
    calls = []
    detect_digits = uploaded_picture.detect_digits

    def counted(ink, classify, reject_threshold):
        calls.append(reject_threshold)
        return detect_digits(ink, classify, reject_threshold)

    monkeypatch.setattr(uploaded_picture, "detect_digits", counted)
    monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
    app = open_with(NUMBER)
    app.run()
    assert len(calls) == 1
    next(each for each in app.selectbox if each.label == "Network").select_index(1).run()
    assert len(calls) == 2
    assert "<b>721</b>" in answer(app)
    app.run()
    assert len(calls) == 2


def test_another_network_may_find_one_digit_where_there_were_several(monkeypatch):
    app = open_with(NUMBER)
    assert "<b>721</b>" in answer(app)
    detect_digits = uploaded_picture.detect_digits
    monkeypatch.setattr(uploaded_picture, "detect_digits", lambda *each: detect_digits(*each)[:1])
    monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
    app.run()
    assert "<b>7</b>" in answer(app)
    assert address(app).startswith("upload-")
    monkeypatch.setattr(uploaded_picture, "detect_digits", detect_digits)
    monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
    app.run()
    assert "<b>721</b>" in answer(app)
    assert dict(app.query_params) == {}


def test_a_spinner_is_shown_from_the_grouping_of_the_ink_to_the_last_digit(monkeypatch):
    steps = []
    monkeypatch.setattr(detections, "_DETECTIONS", ResultCache(9))
    detect_digits = uploaded_picture.detect_digits

    @contextmanager
    def spinner(text, **_):
        steps.append(text)
        yield
        steps.append("end")

    def detect(*each):
        steps.append("detect")
        return detect_digits(*each)

    monkeypatch.setattr(detections.st, "spinner", spinner)
    monkeypatch.setattr(uploaded_picture, "detect_digits", detect)
    app = open_with(NUMBER)
    assert steps == ["Finding and classifying the digits", "detect", "end"]
    assert "<b>721</b>" in answer(app)


def test_a_sheet_has_at_most_60_tiles_and_a_box_for_each_digit(lens):
    app = open_with(("sheet.png", png(*(tuple(range(line, line + 8)) for line in range(0, 64, 8)))))
    count = len(lens.data["boxes"])
    assert count > 60
    assert len(lens.data["tiles"]) == 60
    assert f"60 of them have a tile, {count - 60} more only a box." in shown(app)
    assert "…" in answer(app)


def test_the_table_has_a_row_for_a_number_and_one_for_pieces(classify_as):
    classify_as(only_1)
    files = (("ones.png", png((2, 2))), ("pieces.png", png((1, 3, 4))), ("one.png", png(2)))
    [table] = open_with(*files).dataframe
    rows = table.value
    assert rows["Prediction"].fillna("").tolist() == ["11", "", "1"]
    assert rows["Confidence"].notna().tolist() == [True, False, True]
    assert rows["Verdict"].tolist() == [
        *("Several digits: 2", "Not a digit: 3 pieces of ink", "Digit")
    ]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (None, True),
        ("https://example.org/draw", True),
        ("http://localhost:8501/draw", True),
        ("http://127.0.0.1:8501/", True),
        ("http://[::1]:8501/", True),
        ("http://192.168.1.7:8501/draw", False),
        ("http://localhost.example.org/", False),
    ],
)
def test_browsers_allow_a_camera_only_in_a_secure_context(url, allowed):
    assert upload.allows_camera(url) == allowed


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_without_a_camera_says_why(monkeypatch, allowed):
    monkeypatch.setattr(upload, "allows_camera", lambda url: allowed)
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/draw.py").run()
    source = next(each for each in app.segmented_control if each.label == "Picture from")
    source.set_value("Camera").run()
    assert ("only on pages with https, or on localhost" in messages(app)) != allowed
    assert bool(app.get("camera_input")) == allowed
