"""The Recognise page: symbols are added, compared and deleted, and bad input gets a sentence."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.datasets.drawings import Drawings
from cnn.preprocessing.normalization import normalize_strokes
from cnn.preprocessing.strokes import Stroke
from cnn.recognition.symbols import (
    add_example,
    pack,
    read_symbols,
    symbols_path,
    write_symbols,
)

VISITOR = "ab" * 16
STAR = [[(140, 40), (90, 230), (230, 110), (50, 110), (190, 230), (140, 40)]]
HEART = [
    [(140, 230), (50, 120), (70, 60), (120, 60), (140, 100), (160, 60), (210, 60), (230, 120)],
    [(230, 120), (140, 230)],
]
SEVEN = [[(70, 60), (200, 60), (110, 230)]]
MARKUP = "<b>*x*</b> [a](b)"


def strokes(lines: list, shift: int = 0) -> list[Stroke]:
    return [Stroke(np.array(line, float) + shift, 20) for line in lines]


def image(lines: list, shift: int = 0) -> np.ndarray:
    return normalize_strokes(strokes(lines, shift)).image


def star_and_heart(*more: str) -> Drawings:
    """Two symbols of two drawings each, then one of a 7 for each of `more`."""
    symbols = Drawings()
    for name, lines in (("star", STAR), ("heart", HEART)):
        for scale in (1.0, 0.8):
            wide = [[(140 + scale * (x - 140), y) for x, y in line] for line in lines]
            symbols = add_example(symbols, name, image(wide))
    for name in more:
        symbols = add_example(symbols, name, image(SEVEN))
    return symbols


def open_recognise(lines: list | None = None, **address: str) -> AppTest:
    """Open the page, with `lines` on its canvas."""
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/recognise.py")
    app.session_state["visitor"] = VISITOR
    for key, value in address.items():
        app.query_params[key] = value
    draw(app, lines or [])
    return run(app)


def draw(app: AppTest, lines: list) -> None:
    """Put `lines` on the canvas: Fabric.js's objects, and the mark of what the server has put."""
    objects = [
        {
            "type": "Path",
            "path": [["M", *line[0]], *(["L", *each] for each in line)],
            "left": sum(f(x for x, _ in line) for f in (min, max)) / 2,
            "top": sum(f(y for _, y in line) for f in (min, max)) / 2,
            "strokeWidth": 20,
            "originX": "center",
            "originY": "center",
        }
        for line in lines
    ]
    app.session_state["kept_compared"] = {"objects": objects}
    mark = f"#{len(repr(lines)):06x}00"  # another one for each drawing
    app.session_state["put_compared"] = {"objects": objects, "overlay": mark}


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return run(app)


def add(app: AppTest, name: str) -> AppTest:
    app.text_input(key="symbol_name").set_value(name)
    return click(app, "Add")


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def answer(app: AppTest) -> str:
    [found] = re.findall(r'<p class="answer[^>]*>(.*?)</p>', html(app))
    return re.sub("<[^>]+>", "", found)


def distances(app: AppTest) -> dict[str, str]:
    [table] = re.findall(r'<table class="bars named distances".*?</table>', html(app))
    return dict(re.findall(r'<th scope="row">(.*?)</th>.*?<td>([^<]*)</td></tr>', table))


def words(app: AppTest) -> str:
    return " ".join(str(each.value) for each in (*app.markdown, *app.caption))


def test_without_symbols_the_page_says_what_to_do():
    app = open_recognise()
    assert answer(app) == "Add a symbol first"
    assert "type its name and click *Add*" in app.info[0].value
    assert not app.slider(key="brush").disabled
    assert not app.error


def test_a_drawing_becomes_a_symbol_and_the_canvas_blank():
    app = add(open_recognise(STAR), "star")
    symbols = read_symbols(VISITOR)
    assert (symbols.classes, symbols.counts) == (("star",), [1])
    np.testing.assert_array_equal(symbols.images[0], image(STAR))
    assert "Added to star: 1 of 5 drawings" in words(app)
    assert app.session_state["kept_compared"]["objects"] == []
    assert answer(app) == "Draw a symbol to compare it"
    draw(app, HEART)
    add(app, "star")  # two symbols of one name
    assert read_symbols(VISITOR).counts == [2]


@pytest.mark.parametrize(
    ("lines", "name", "sentence"),
    [
        ([], "star", "The canvas is blank: draw star first."),
        (STAR, "  ", "Name the symbol first"),
        (STAR, "x" * 10_000, "The name has 10,000 characters; at most 40 are accepted."),
    ],
)
def test_what_cannot_be_added_gets_a_sentence_and_loses_nothing(lines, name, sentence):
    app = add(open_recognise(lines), name)
    assert sentence in app.error[0].value
    assert read_symbols(VISITOR).classes == ()
    assert len(app.session_state["kept_compared"]["objects"]) == len(lines)


def test_a_star_is_recognised_and_a_7_is_none_of_these():
    write_symbols(VISITOR, star_and_heart())
    app = open_recognise(STAR)
    assert answer(app) == "star"
    assert list(distances(app)) == ["star", "heart"]
    near, far = map(float, distances(app).values())
    assert near < 0.1 < far
    draw(app, SEVEN)
    assert answer(run(app)) == "None of these"


def test_the_threshold_decides_and_its_costs_are_shown():
    write_symbols(VISITOR, star_and_heart())
    app = open_recognise(HEART)
    assert answer(app) == "heart"
    [slider] = [each for each in app.slider if each.label == "Threshold"]
    assert 0 < slider.value < 1
    slider.set_value(0.0)
    app = run(app)
    assert answer(app) == "None of these"
    assert "At the threshold 0.00: **0.0 % false accepts**" in words(app)
    assert "**100.0 % false rejects**, of 4 of your drawings" in words(app)


def test_with_one_drawing_false_rejects_are_not_measured():
    write_symbols(VISITOR, add_example(Drawings(), "star", image(STAR)))
    text = words(open_recognise())
    assert "False accepts" in text
    assert "**False rejects** are not measured: that needs two drawings" in text


def test_what_is_deleted_can_be_restored():
    write_symbols(VISITOR, star_and_heart())
    app = open_recognise()
    app.button(key="delete_star_0").click()
    assert read_symbols(VISITOR).counts == [2, 2]
    app = run(app)
    assert read_symbols(VISITOR).counts == [1, 2]
    assert "Deleted: 1 drawing of star." in [each.value for each in app.text]
    app.button(key="delete_symbol_heart").click()
    app = run(app)
    assert read_symbols(VISITOR).classes == ("star",)
    app = click(click(app, "Restore"), "Restore")
    kept = read_symbols(VISITOR)
    assert dict(zip(kept.classes, kept.counts, strict=True)) == {"star": 2, "heart": 2}
    app = click(app, "Delete all")
    assert read_symbols(VISITOR).classes == ()
    click(app, "Restore")
    assert sorted(read_symbols(VISITOR).classes) == ["heart", "star"]


def test_a_name_with_markup_is_shown_as_it_was_typed():
    write_symbols(VISITOR, star_and_heart(MARKUP))
    app = open_recognise(SEVEN)
    assert answer(app) == "&lt;b&gt;*x*&lt;/b&gt; [a](b)"
    assert "<b>*x*" not in html(app)


def test_a_file_of_symbols_is_imported_and_another_is_refused():
    app = open_recognise()
    app.file_uploader[0].set_value(("s.json", pack(star_and_heart()), "application/json"))
    app = run(app)
    assert read_symbols(VISITOR).counts == [2, 2]
    app.file_uploader[0].set_value(("s.json", b'{"classes": 3}', "application/json"))
    app = run(app)
    assert "The file has no symbols" in app.error[0].value
    assert read_symbols(VISITOR).counts == [2, 2]


def test_damaged_symbols_get_a_sentence_and_a_new_start():
    path = symbols_path(VISITOR)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    app = open_recognise()
    assert "are damaged; draw them again" in app.error[0].value
    app = click(app, "Start again")
    assert not app.error
    assert read_symbols(VISITOR).classes == ()


@pytest.mark.parametrize("page", ["learn", "train", "explore", "draw", "compare"])
def test_the_other_pages_show_the_embedding_network(page):
    app = AppTest.from_file("../../app.py", default_timeout=120)
    if page != "learn":
        app.switch_page(f"pages/{page}.py")
    app.query_params["run"] = "embedding"
    run(app)
    assert not app.error
    assert not app.warning


def test_of_random_weights_the_page_says_that_they_are_random():
    app = open_recognise(STAR, run="embedding", epoch="0")
    assert "The weights of the chosen network are random" in words(app)
    assert "was trained to classify" not in words(app)


def test_a_network_that_classifies_is_chosen_and_the_page_says_what_it_lacks():
    write_symbols(VISITOR, star_and_heart())
    app = open_recognise(STAR, run="pretrained")
    assert "was trained to classify, not to compare" in words(app)
    app = click(app, "Use the embedding network")
    assert "was trained to classify" not in words(app)
    assert answer(app) == "star"
