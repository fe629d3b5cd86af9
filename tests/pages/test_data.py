"""The Data page: files become data sets, drawings are kept, data sets are looked at."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn.datasets.catalog import list_datasets, open_dataset
from cnn.datasets.drafts import read_draft, write_draft
from cnn.datasets.drawings import Drawings, save_drawings
from cnn.datasets.importing import propose
from cnn.datasets.packing import pack_npz
from tests.unit.datasets.files import folders, labels, npz, pictures, zipped

VISITOR = "ab" * 16
X, Y = pictures(40), labels(40)
BLANK = np.zeros((28, 28), np.uint8)


def drawings(*counts: int, classes: tuple[str, ...] = ("star", "heart")) -> Drawings:
    """So many drawings of each class: a dot each, somewhere else."""
    found = Drawings(classes)
    for label, count in enumerate(counts):
        for i in range(count):
            image = BLANK.copy()
            image[4 + label : 10 + label, i : i + 6] = 255
            found = found.add(image, label)
    return found


def open_data(**address: str) -> AppTest:
    app = AppTest.from_file("../../app.py", default_timeout=120)
    app.switch_page("pages/data.py")
    app.session_state["visitor"] = VISITOR
    for key, value in address.items():
        app.query_params[key] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def upload(*files: tuple[str, bytes]) -> AppTest:
    app = open_data(do="file")
    app.file_uploader[0].set_value([(*file, "application/octet-stream") for file in files])
    return run(app)


def click(app: AppTest, label: str) -> AppTest:
    [button] = [each for each in app.button if each.label == label]
    assert not button.disabled
    button.click()
    return run(app)


def own_datasets():
    return list_datasets()[0][1:]


def html(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def texts(elements) -> str:
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in elements)


def save_button(app: AppTest):
    return next(each for each in app.button if each.label == "Save as data set")


# From a file


def zip_with_a_bad_picture() -> tuple[str, bytes]:
    return "shapes.zip", zipped([*folders(6), ("star/bad.png", b"hello")])


def test_a_zip_with_one_bad_picture_is_saved_once_the_visitor_agrees():
    app = upload(zip_with_a_bad_picture())
    assert "star/bad.png is not a picture" in texts(app.warning)
    assert save_button(app).disabled
    [agree] = [each for each in app.checkbox if each.label.startswith("Use the rest")]
    assert agree.label == "Use the rest: 12 pictures in 2 classes"
    agree.check()
    run(app)
    assert own_datasets() == []
    click(app, "Save as data set")
    [saved] = own_datasets()
    assert (saved.name, saved.classes) == ("shapes", ("heart", "star"))
    assert saved.training_count + saved.test_count == 12
    assert "Saved: shapes." in texts(app.success)
    assert app.query_params["data"] == saved.id
    assert not app.error


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("notes.txt", b"hello"), "notes.txt (5 bytes) is none of the accepted files"),
        (("one.npz", npz(x_train=X, y_train=[0] * 40)), "one.npz has only one class"),
        (("keys.npz", npz(a=X, b=Y)), "keys.npz has the arrays a, b"),
        (("cut.zip", zip_with_a_bad_picture()[1][:300]), "cut.zip is damaged or truncated"),
    ],
)
def test_a_file_that_is_refused_gets_a_sentence_and_nothing_is_offered(file, sentence):
    app = upload(file)
    assert sentence in texts(app.error)
    assert "Save as data set" not in [each.label for each in app.button]


def test_a_proposal_is_still_there_after_another_view():
    app = upload(("data.npz", npz(x_train=X, y_train=Y)))
    view = app.segmented_control[0]
    view.set_value("look")
    run(app)
    app.segmented_control[0].set_value("file")
    run(app)
    assert not save_button(app).disabled
    assert "data.npz has no test part" in texts(app.caption)


def test_pictures_dark_on_light_are_saved_light_on_dark_unless_the_visitor_wants_otherwise():
    app = upload(("dark.npz", npz(x_train=255 - X, y_train=Y)))
    assert app.toggle[0].value
    click(app, "Save as data set")
    assert own_datasets()[0].load().training.images.min() == 0
    np.testing.assert_array_equal(
        np.sort(own_datasets()[0].load().training.images.max(axis=(1, 2))),
        np.sort(propose([("x", npz(x_train=X, y_train=Y))]).training.images.max(axis=(1, 2))),
    )


# Drawn here


def add_classes(app: AppTest, text: str) -> AppTest:
    app.text_input(key="new_classes").set_value(text)
    return click(app, "Add")


def test_classes_are_added_renamed_deleted_and_restored_with_their_drawings():
    app = open_data(do="draw")
    assert "Name the classes first" in texts(app.info)
    add_classes(app, "star, heart,  , moon")
    assert read_draft(VISITOR).classes == ("star", "heart", "moon")
    write_draft(VISITOR, drawings(2, 3, 0, classes=("star", "heart", "moon")))
    run(app)
    click(app, "Delete class")  # that of star, the first
    assert read_draft(VISITOR).classes == ("heart", "moon")
    assert read_draft(VISITOR).counts == [3, 0]
    assert "Deleted: 2 drawings of star." in texts(app.text)
    click(app, "Restore")
    assert read_draft(VISITOR).classes == ("heart", "moon", "star")
    assert read_draft(VISITOR).counts == [3, 0, 2]
    app.text_input(key="renamed_class_star").set_value("sun")
    run(app)
    assert read_draft(VISITOR).classes == ("heart", "moon", "sun")


def test_a_class_of_a_name_that_exists_is_refused_and_nothing_changes():
    app = add_classes(open_data(do="draw"), "star, heart")
    add_classes(app, "heart")
    assert "There is a class heart already." in texts(app.error)
    assert read_draft(VISITOR).classes == ("star", "heart")
    app.text_input(key="renamed_class_star").set_value("heart")
    run(app)
    assert "There is a class heart already." in texts(app.error)
    assert read_draft(VISITOR).classes == ("star", "heart")


def test_a_drawing_is_deleted_and_restored():
    write_draft(VISITOR, drawings(3, 0))
    app = open_data(do="draw")
    assert "<b>3</b> of 5 to 20 drawings" in html(app)
    second = read_draft(VISITOR).images[1]
    app.button(key="delete_drawing_1").click()
    run(app)
    assert read_draft(VISITOR).counts == [2, 0]
    assert not (read_draft(VISITOR).images == second).all(axis=(1, 2)).any()
    click(app, "Restore")
    np.testing.assert_array_equal(read_draft(VISITOR).images[2], second)


def test_what_is_missing_is_a_sentence_and_a_blank_canvas_adds_nothing():
    write_draft(VISITOR, drawings(5, 2))
    app = open_data(do="draw")
    assert "Each class needs 5 drawings: draw 3 of heart." in texts(app.info)
    assert save_button(app).disabled
    click(app, "Add to star")
    assert "The canvas is blank: draw star first." in html(app)
    assert read_draft(VISITOR).counts == [5, 2]


def test_enough_drawings_become_a_data_set_and_the_draft_is_gone():
    write_draft(VISITOR, drawings(5, 6))
    app = click(open_data(do="draw"), "Save as data set")
    [saved] = own_datasets()
    assert (saved.name, saved.classes) == ("star, heart", ("star", "heart"))
    assert saved.training_count == 2 * 600
    assert read_draft(VISITOR).classes == ()
    assert "Saved: star, heart." in texts(app.success)


def test_more_drawings_change_the_data_set_not_make_another():
    saved = save_drawings("mine", drawings(5, 5))
    app = click(open_data(data=saved.id), "Draw more")
    assert read_draft(VISITOR).counts == [5, 5]
    assert "You are changing the drawings of mine" in texts(app.caption).replace("*", "")
    write_draft(VISITOR, drawings(5, 8))
    run(app)
    click(app, "Save changes")
    [changed] = own_datasets()
    assert changed.id == saved.id
    assert changed.checksum != saved.checksum


def test_drawings_that_are_not_saved_are_not_replaced():
    saved = save_drawings("mine", drawings(5, 5))
    write_draft(VISITOR, drawings(1, classes=("moon",)))
    app = click(open_data(data=saved.id), "Draw more")
    assert read_draft(VISITOR).classes == ("moon",)
    assert "not saved yet" in texts(app.error)


def test_names_are_shown_as_they_are_typed():
    name = "<b>*x*</b>"
    app = add_classes(open_data(do="draw"), f"{name}, y")
    assert "&lt;b&gt;*x*&lt;/b&gt;" in html(app)
    assert name not in html(app)


# Looked at


def test_a_data_set_is_renamed_deleted_and_restored():
    saved = save_drawings("mine", drawings(5, 5))
    app = open_data(data=saved.id)
    app.text_input[0].set_value("ours")
    run(app)
    assert open_dataset(saved.id).name == "ours"
    assert "ours: 1,400 pictures, 2 classes" in app.selectbox[-1].options + app.selectbox[0].options
    click(app, "Delete")
    assert own_datasets() == []
    assert "Deleted: data set ours." in texts(app.text)
    assert "data" not in app.query_params or app.query_params["data"] == "mnist"
    click(app, "Restore")
    assert [each.name for each in own_datasets()] == ["ours"]
    assert app.query_params["data"] == saved.id


def test_an_address_of_a_data_set_that_is_gone_shows_mnist_and_says_so():
    app = open_data(data="gone-1234")
    assert "There is no data set 'gone-1234'; it may have been deleted." in texts(app.error)
    assert "55,000 pictures for training" in texts(app.caption)


def test_equal_pictures_are_found():
    images = X.copy()
    images[1] = images[0]
    app = upload(("data.npz", npz(x_train=images, y_train=Y, x_test=X[:2], y_test=Y[:2])))
    click(app, "Save as data set")
    assert "Equal pictures" in texts(app.subheader)
    assert "times" in html(app)


def test_a_network_of_other_data_is_not_asked_about_these():
    saved = save_drawings("mine", drawings(5, 5))
    app = open_data(data=saved.id)
    assert "was trained on other data" in texts(app.markdown)


def test_what_is_downloaded_can_be_imported_again_with_its_class_names():
    saved = save_drawings("mine", drawings(5, 5))
    again = propose([("mine.npz", pack_npz(saved))])
    assert again.classes == saved.classes
    assert again.notes == again.problems == ()
    np.testing.assert_array_equal(again.test.images, saved.load().test.images)
    np.testing.assert_array_equal(again.test.labels, saved.load().test.labels)
