import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

import cnn.runs.corrections
from cnn.dataset_facts import MNIST_FACTS, DatasetFacts
from cnn.runs.corrections import (
    LIST_NAME,
    CorrectionError,
    add_correction,
    as_digits,
    corrections_for,
    data_key,
    list_corrections,
    list_path,
    pack,
    read_image,
    remove_corrections,
    restore_deleted,
)

LINE = "0001.png,3,8,0.75,pretrained,5,2026-11-23T08:00:00+00:00"


@pytest.fixture
def visitor_folder(tmp_path, monkeypatch):
    """The folder of a visitor without corrections."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path / "kept"))
    return list_path("0123456789abcdef")


def picture(digit):
    """An image that its one pixel of ink identifies."""
    image = np.zeros((28, 28), np.uint8)
    image[digit, 2 * digit] = 200 + digit
    return image


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def add(folder, *digits):
    facts = {"predicted": 8, "probability": 0.75, "run": "pretrained", "epoch": 5}
    return [add_correction(folder, picture(digit), digit=digit, **facts) for digit in digits]


def write_list(folder, *lines):
    header = "file,digit,predicted,probability,run,epoch,created"
    (folder / LIST_NAME).write_text("\n".join([header, *lines, ""]))


def shown(folder):
    """The numbers of the list's files, and the digits that their pixels show."""
    digits = {picture(digit).tobytes(): digit for digit in range(10)}
    kept = list_corrections(folder)
    return {int(each.file[:4]): digits[read_image(folder, each).tobytes()] for each in kept}


def test_added_corrections_are_listed_oldest_first(visitor_folder):
    assert list_corrections(visitor_folder) == []
    before = datetime.now(UTC).replace(microsecond=0)
    added = add(visitor_folder, 3, 1, 4)
    assert list_corrections(visitor_folder) == added
    assert shown(visitor_folder) == {1: 3, 2: 1, 3: 4}
    first = added[0]
    assert (first.file, first.digit, first.predicted) == ("0001.png", 3, 8)
    assert (first.probability, first.run, first.epoch) == (0.75, "pretrained", 5)
    assert before <= datetime.fromisoformat(first.created) <= datetime.now(UTC)


def test_a_full_list_is_left_unchanged(visitor_folder, monkeypatch):
    monkeypatch.setattr(cnn.runs.corrections, "MAX_CORRECTIONS", 2)
    add(visitor_folder, 1, 2)
    with pytest.raises(CorrectionError, match="The list is full: it holds 2 corrections"):
        add(visitor_folder, 3)
    assert shown(visitor_folder) == {1: 1, 2: 2}
    assert len(list(visitor_folder.iterdir())) == 3


def test_a_disk_error_gets_a_sentence(visitor_folder):
    visitor_folder.parent.parent.touch()  # no folder can be created in a file
    with pytest.raises(CorrectionError, match="cannot be stored: Not a directory"):
        add(visitor_folder, 1)


def test_a_full_disk_leaves_the_list_as_it_was_and_no_draft(visitor_folder, request):
    add(visitor_folder, 1)
    request.getfixturevalue("full_disk")
    with pytest.raises(CorrectionError, match="cannot be stored: the disk is full"):
        add(visitor_folder, 2)
    assert shown(visitor_folder) == {1: 1}
    assert not [each for each in visitor_folder.iterdir() if each.name.startswith(".")]


def test_removed_corrections_are_restored_in_their_order(visitor_folder):
    whole = add(visitor_folder, 1, 2, 3)
    removed = remove_corrections(visitor_folder, {"0001.png", "0003.png", "0099.png"})
    assert shown(visitor_folder) == {2: 2}
    assert {each.name for each in visitor_folder.iterdir()} == {LIST_NAME, "0002.png"}
    for _ in range(2):  # the second time, nothing is left to restore
        restore_deleted(visitor_folder, removed)
        assert list_corrections(visitor_folder) == whole
        assert shown(visitor_folder) == {1: 1, 2: 2, 3: 3}


def test_nothing_is_lost_if_one_is_added_before_another_is_restored(visitor_folder):
    add(visitor_folder, 1, 2)
    removed = remove_corrections(visitor_folder, {"0002.png"})
    add(visitor_folder, 3)
    restore_deleted(visitor_folder, removed)
    assert sorted(shown(visitor_folder).values()) == [1, 2, 3]


def test_the_digits_are_the_images_and_the_correct_labels(visitor_folder):
    images, labels = as_digits(visitor_folder, add(visitor_folder, 5, 9))
    np.testing.assert_array_equal(images, [picture(5), picture(9)])
    np.testing.assert_array_equal(labels, [5, 9])
    assert as_digits(visitor_folder, []).images.shape == (0, 28, 28)


def test_the_zip_file_contains_the_selected_images_and_their_list(visitor_folder):
    archive = zipfile.ZipFile(io.BytesIO(pack(visitor_folder, add(visitor_folder, 5, 6, 7)[1:])))
    chosen = {"0002.png": 6, "0003.png": 7}
    assert sorted(archive.namelist()) == [*chosen, LIST_NAME]
    lines = csv.DictReader(io.StringIO(archive.read(LIST_NAME).decode()))
    assert {each["file"]: int(each["digit"]) for each in lines} == chosen
    for name, digit in chosen.items():
        image = np.asarray(Image.open(io.BytesIO(archive.read(name))))
        np.testing.assert_array_equal(image, picture(digit))


def test_a_list_of_an_older_version_is_read(visitor_folder):
    added = add(visitor_folder, 3)
    path = visitor_folder / LIST_NAME
    path.write_text(path.read_text().replace("predicted", "read_as"))
    assert list_corrections(visitor_folder) == added


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0" * 50, b"x" * 200_000, b"a,b\n1,2\n"])
def test_a_damaged_list_is_empty(visitor_folder, content):
    add(visitor_folder, 1)
    (visitor_folder / LIST_NAME).write_bytes(content)
    assert list_corrections(visitor_folder) == []


CHANGES = [(",3,", ",three,"), (",3,", ",10,"), (",3,", ",-1,"), ("0.75", "much"), (LINE[20:], "")]
CHANGES += [(LINE, ""), (LINE, LINE + ",more"), ("0001", "0007")]  # 7 has no image


@pytest.mark.parametrize(("part", "instead"), CHANGES)
def test_a_damaged_line_is_skipped(visitor_folder, part, instead):
    add(visitor_folder, 3, 4)
    write_list(
        visitor_folder, LINE.replace(part, instead), LINE.replace("0001.png,3", "0002.png,4")
    )
    assert shown(visitor_folder) == {2: 4}


def test_a_damaged_byte_does_not_lose_other_corrections(visitor_folder):
    add(visitor_folder, 1, 2)
    with (visitor_folder / LIST_NAME).open("ab") as file:
        file.write(b"\xff\n")
    add(visitor_folder, 3)
    assert list(shown(visitor_folder).values()) == [1, 2, 3]


NAMES = ["../0001.png", "/etc/passwd", "..", "", LIST_NAME, "1.png", "0001.PNG", '"0001.png\n"']


@pytest.mark.parametrize("name", [*NAMES, "0001.png/../../0001.png", "0001.png.exe"])
def test_a_line_can_name_only_an_image_in_its_folder(visitor_folder, name):
    add(visitor_folder, 3)
    outside = visitor_folder.parent / "0001.png"
    outside.write_bytes(png(picture(1)))
    write_list(visitor_folder, LINE.replace("0001.png", name))
    assert list_corrections(visitor_folder) == []
    assert remove_corrections(visitor_folder, {name}) == []
    assert outside.exists()
    assert (visitor_folder / "0001.png").exists()


def test_a_file_name_that_is_too_long_is_skipped(visitor_folder):
    add(visitor_folder, 3)
    write_list(visitor_folder, LINE, LINE.replace("0001", "1" * 300))
    assert shown(visitor_folder) == {1: 3}


@pytest.mark.parametrize("content", [b"", b"text", png(picture(3))[:45], png(np.zeros((9, 9)) > 0)])
def test_a_damaged_image_gets_a_sentence_and_can_be_removed(visitor_folder, content):
    bad, _ = add(visitor_folder, 3, 4)
    (visitor_folder / bad.file).write_bytes(content)
    with pytest.raises(CorrectionError, match=r"The picture 0001\.png of the list is damaged"):
        as_digits(visitor_folder, [bad])
    remove_corrections(visitor_folder, {bad.file})
    assert shown(visitor_folder) == {2: 4}


def test_each_visitor_has_a_list_of_their_own(visitor_folder):
    other = list_path("f" * 8)
    add(visitor_folder, 1), add(other, 2)
    assert (shown(visitor_folder), shown(other)) == ({1: 1}, {1: 2})


@pytest.mark.parametrize("visitor", ["", "abc", "a" * 65, "../../etc", "ABCDEF12", "0123456/"])
def test_an_invalid_visitor_id_is_refused(visitor):
    with pytest.raises(CorrectionError, match="no such visitor"):
        list_path(visitor)


SYMBOLS = DatasetFacts("symbols", "Symbols", ("a", "b"), 60, 10, 10, "a" * 64)


def test_corrections_are_listed_for_their_data_set_only(visitor_folder):
    values = {"predicted": 1, "probability": 0.75, "run": "own", "epoch": 1}
    [digit] = add(visitor_folder, 3)
    own = add_correction(
        visitor_folder, picture(3), digit=0, data=data_key(SYMBOLS), **values
    )  # of the same picture
    assert list_corrections(visitor_folder) == [digit, own]
    assert corrections_for(visitor_folder, MNIST_FACTS) == [digit]
    assert corrections_for(visitor_folder, SYMBOLS) == [own]
    changed = replace(SYMBOLS, checksum="b" * 64)
    assert corrections_for(visitor_folder, changed) == []
    add_correction(visitor_folder, picture(4), digit=7, data=data_key(SYMBOLS), **values)
    assert corrections_for(visitor_folder, SYMBOLS) == [own]  # there is no class 7
