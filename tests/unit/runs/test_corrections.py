import csv
import io
import zipfile
from datetime import datetime, timezone

import numpy as np
import pytest
from PIL import Image

import cnn.runs.corrections
from cnn.runs.corrections import (
    LIST_NAME,
    CorrectionError,
    add_correction,
    as_digits,
    list_corrections,
    list_path,
    pack,
    read_image,
    remove_corrections,
    restore_deleted,
)

LINE = "0001.png,3,8,0.75,pretrained,5,2026-11-23T08:00:00+00:00"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A visitor's own folder, where nothing has been kept yet."""
    monkeypatch.setenv("CNN_RUNS", str(tmp_path / "kept"))
    return list_path("0123456789abcdef")


def picture(digit):
    """Known by its one pixel of ink."""
    image = np.zeros((28, 28), np.uint8)
    image[digit, 2 * digit] = 200 + digit
    return image


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def keep(folder, *digits):
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


def test_what_is_added_is_listed_oldest_first_and_as_it_was_given(own):
    assert list_corrections(own) == []
    before = datetime.now(timezone.utc).replace(microsecond=0)
    added = keep(own, 3, 1, 4)
    assert list_corrections(own) == added
    assert shown(own) == {1: 3, 2: 1, 3: 4}
    first = added[0]
    assert (first.file, first.digit, first.predicted) == ("0001.png", 3, 8)
    assert (first.probability, first.run, first.epoch) == (0.75, "pretrained", 5)
    assert before <= datetime.fromisoformat(first.created) <= datetime.now(timezone.utc)


def test_a_full_list_takes_no_more_and_stays_as_it_is(own, monkeypatch):
    monkeypatch.setattr(cnn.runs.corrections, "LONGEST", 2)
    keep(own, 1, 2)
    with pytest.raises(CorrectionError, match="The list is full: it holds 2 corrections"):
        keep(own, 3)
    assert shown(own) == {1: 1, 2: 2}
    assert len(list(own.iterdir())) == 3


def test_a_disk_that_refuses_is_told_in_a_sentence(own):
    own.parent.parent.touch()  # no folder can be made in a file
    with pytest.raises(CorrectionError, match="cannot be kept: Not a directory"):
        keep(own, 1)


def test_a_full_disk_leaves_the_list_as_it_was_and_no_draft(own, request):
    keep(own, 1)
    request.getfixturevalue("full_disk")
    with pytest.raises(CorrectionError, match="cannot be kept: the disk is full"):
        keep(own, 2)
    assert shown(own) == {1: 1}
    assert not [each for each in own.iterdir() if each.name.startswith(".")]


def test_what_is_removed_is_gone_and_can_be_brought_back_to_its_place(own):
    whole = keep(own, 1, 2, 3)
    removed = remove_corrections(own, {"0001.png", "0003.png", "0099.png"})
    assert shown(own) == {2: 2}
    assert {each.name for each in own.iterdir()} == {LIST_NAME, "0002.png"}
    for _ in range(2):  # the second time there is nothing to do
        restore_deleted(own, removed)
        assert list_corrections(own) == whole
        assert shown(own) == {1: 1, 2: 2, 3: 3}


def test_nothing_is_lost_when_one_is_added_before_another_is_brought_back(own):
    keep(own, 1, 2)
    removed = remove_corrections(own, {"0002.png"})
    keep(own, 3)
    restore_deleted(own, removed)
    assert sorted(shown(own).values()) == [1, 2, 3]


def test_the_digits_are_the_pictures_and_what_they_are(own):
    images, labels = as_digits(own, keep(own, 5, 9))
    np.testing.assert_array_equal(images, [picture(5), picture(9)])
    np.testing.assert_array_equal(labels, [5, 9])
    assert as_digits(own, []).images.shape == (0, 28, 28)


def test_the_zip_file_holds_the_pictures_that_were_chosen_and_their_list(own):
    archive = zipfile.ZipFile(io.BytesIO(pack(own, keep(own, 5, 6, 7)[1:])))
    chosen = {"0002.png": 6, "0003.png": 7}
    assert sorted(archive.namelist()) == [*chosen, LIST_NAME]
    lines = csv.DictReader(io.StringIO(archive.read(LIST_NAME).decode()))
    assert {each["file"]: int(each["digit"]) for each in lines} == chosen
    for name, digit in chosen.items():
        image = np.asarray(Image.open(io.BytesIO(archive.read(name))))
        np.testing.assert_array_equal(image, picture(digit))


def test_a_list_of_an_older_version_is_read(own):
    added = keep(own, 3)
    path = own / LIST_NAME
    path.write_text(path.read_text().replace("predicted", "read_as"))
    assert list_corrections(own) == added


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0" * 50, b"x" * 200_000, b"a,b\n1,2\n"])
def test_a_damaged_list_has_nothing_in_it(own, content):
    keep(own, 1)
    (own / LIST_NAME).write_bytes(content)
    assert list_corrections(own) == []


CHANGES = [(",3,", ",three,"), (",3,", ",10,"), (",3,", ",-1,"), ("0.75", "much"), (LINE[20:], "")]
CHANGES += [(LINE, ""), (LINE, LINE + ",more"), ("0001", "0007")]  # 7 has no picture


@pytest.mark.parametrize(("part", "instead"), CHANGES)
def test_a_damaged_line_does_not_take_the_others_with_it(own, part, instead):
    keep(own, 3, 4)
    write_list(own, LINE.replace(part, instead), LINE.replace("0001.png,3", "0002.png,4"))
    assert shown(own) == {2: 4}


def test_a_damaged_byte_does_not_lose_the_others_when_one_is_added(own):
    keep(own, 1, 2)
    with (own / LIST_NAME).open("ab") as file:
        file.write(b"\xff\n")
    keep(own, 3)
    assert list(shown(own).values()) == [1, 2, 3]


NAMES = ["../0001.png", "/etc/passwd", "..", "", LIST_NAME, "1.png", "0001.PNG", '"0001.png\n"']


@pytest.mark.parametrize("name", [*NAMES, "0001.png/../../0001.png", "0001.png.exe"])
def test_a_line_can_name_nothing_but_a_picture_of_the_list(own, name):
    keep(own, 3)
    outside = own.parent / "0001.png"
    outside.write_bytes(png(picture(1)))
    write_list(own, LINE.replace("0001.png", name))
    assert list_corrections(own) == []
    assert remove_corrections(own, {name}) == []
    assert outside.exists()
    assert (own / "0001.png").exists()


def test_a_name_that_is_too_long_for_the_disk_is_passed_over(own):
    keep(own, 3)
    write_list(own, LINE, LINE.replace("0001", "1" * 300))
    assert shown(own) == {1: 3}


@pytest.mark.parametrize("content", [b"", b"text", png(picture(3))[:45], png(np.zeros((9, 9)) > 0)])
def test_a_damaged_picture_is_told_in_a_sentence_and_can_be_removed(own, content):
    bad, _ = keep(own, 3, 4)
    (own / bad.file).write_bytes(content)
    with pytest.raises(CorrectionError, match=r"The picture 0001\.png of the list is damaged"):
        as_digits(own, [bad])
    remove_corrections(own, {bad.file})
    assert shown(own) == {2: 4}


def test_each_visitor_has_a_list_of_their_own(own):
    other = list_path("f" * 8)
    keep(own, 1), keep(other, 2)
    assert (shown(own), shown(other)) == ({1: 1}, {1: 2})


@pytest.mark.parametrize("visitor", ["", "abc", "a" * 65, "../../etc", "ABCDEF12", "0123456/"])
def test_a_visitor_with_another_kind_of_name_has_no_list(visitor):
    with pytest.raises(CorrectionError, match="no such list"):
        list_path(visitor)
