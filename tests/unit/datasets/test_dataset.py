import json
import shutil
import time

import numpy as np
import pytest

from cnn import disk
from cnn.data.mnist import DataError, Digits, load_digits
from cnn.datasets.catalog import (
    datasets_path,
    delete_dataset,
    list_datasets,
    open_dataset,
    rename_dataset,
    restore_dataset,
)
from cnn.datasets.dataset import DESCRIPTION_FILE, KEYS, MNIST, Splits, arrays_name, checksum
from cnn.datasets.writing import create_dataset
from tests.unit.datasets.files import labels, npz, pictures

TRAINING, TEST = Digits(pictures(10), labels(10)), Digits(pictures(4, start=50), labels(4))


def created(name="Stars and hearts"):
    return create_dataset(name, ["heart", "star"], Splits(TRAINING, TEST), 2, "file.zip")


def test_what_was_written_is_read_again():
    dataset = created()
    assert open_dataset(dataset.id) == dataset
    training, test = dataset.load()
    for found, written in zip((*training, *test), (*TRAINING, *TEST), strict=True):
        np.testing.assert_array_equal(found, written)
        assert found.dtype == np.uint8
        assert not found.flags.writeable
    assert dataset.load().training.images is training.images
    assert (dataset.training_count, dataset.held_out, dataset.test_count) == (10, 2, 4)
    assert (dataset.classes, dataset.source) == (("heart", "star"), "file.zip")
    assert sorted(each.name for each in dataset.path.iterdir()) == [
        DESCRIPTION_FILE,
        arrays_name(dataset.checksum),
    ]


def test_mnist_is_a_data_set_like_others():
    mnist = open_dataset("mnist")
    assert mnist is MNIST
    splits = mnist.load()
    assert splits.training is load_digits("train")
    arrays = dict(zip(KEYS, (*splits.training, *splits.test), strict=True))
    assert checksum(arrays) == mnist.checksum
    assert (mnist.training_count, mnist.test_count) == (60_000, 10_000)
    assert mnist.classes == tuple("0123456789")


def test_the_id_is_made_of_the_name():
    assert created("Étoiles & cœurs!").id.startswith("etoiles-curs-")
    assert created("星").id.startswith("data-")
    assert created("星").name == "星"


@pytest.mark.parametrize("name", ["", " \u200b ", "x" * 81])
def test_a_name_must_be_visible_and_short(name, datasets_folder):
    with pytest.raises(
        DataError, match=r"at least one visible character|at most 80 characters, not 81"
    ):
        created(name)
    assert not datasets_folder.exists()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["star"], "The data set has only one class; 2 to 50 are expected."),
        ([str(i) for i in range(51)], "The data set has 51 classes; 2 to 50 are expected."),
        (["star", " \n"], "Class 2 has no name."),
        (["star", "star "], "2 classes have the name star; the names must be distinct."),
        (["star", "x" * 41], "The class name xxxxxxxxxxxxxxxxxxxx… has 41 characters; at most 40"),
    ],
)
def test_class_names_are_checked(classes, message):
    with pytest.raises(DataError) as raised:
        create_dataset("Name", classes, Splits(TRAINING, TEST), 2, "file.zip")
    assert str(raised.value).startswith(message)


def test_data_sets_are_listed_after_mnist_newest_first():
    first, second = created("first"), created("second")
    assert list_datasets() == ([MNIST, second, first], [])
    shutil.copytree(first.path, datasets_path() / "damaged")
    (datasets_path() / "damaged" / DESCRIPTION_FILE).write_text("{")
    found, problems = list_datasets()
    assert found == [MNIST, second, first]
    assert problems == ["Data set damaged: description.json is damaged."]


def test_renamed_deleted_and_restored():
    dataset = rename_dataset(created(), " New\nname ")
    assert dataset.name == "New name"
    assert open_dataset(dataset.id) == dataset
    deleted = delete_dataset(dataset)
    assert list_datasets() == ([MNIST], [])
    with pytest.raises(DataError, match=r"There is no data set .* it may have been deleted"):
        open_dataset(dataset.id)
    for change in (delete_dataset, lambda each: rename_dataset(each, "x")):
        with pytest.raises(DataError, match="it may have been deleted"):
            change(dataset)
    assert restore_dataset(deleted) == dataset
    assert len(dataset.load().training.labels) == 10


def test_what_was_deleted_long_ago_is_removed():
    old = delete_dataset(created())
    old = old.rename(old.with_name("20200101T000000000000_stars-0000"))
    delete_dataset(created())
    assert not old.exists()


def test_a_clock_that_was_set_back_does_not_empty_the_trash(monkeypatch):
    now, dataset = time.time(), created()
    with monkeypatch.context() as back:
        back.setattr(disk.time, "time", lambda: now - 40 * 24 * 3600)
        deleted = delete_dataset(dataset)
    delete_dataset(created())  # once the clock is right
    assert restore_dataset(deleted).id == dataset.id


def test_mnist_is_neither_renamed_nor_deleted():
    with pytest.raises(DataError, match="MNIST ships with this app and cannot be deleted"):
        delete_dataset(MNIST)
    with pytest.raises(DataError, match="MNIST ships with this app and cannot be renamed"):
        rename_dataset(MNIST, "x")


@pytest.mark.parametrize(
    "dataset_id", ["", ".", "..", "../datasets/a", "/etc", "A", "a/b", "a\\b", ".trash", "a" * 99]
)
def test_an_id_does_not_lead_out_of_the_folder(dataset_id, datasets_folder):
    created()
    (datasets_folder / "a").mkdir()
    with pytest.raises(DataError, match="There is no data set"):
        open_dataset(dataset_id)


def change(**values):
    return lambda found: json.dumps({**found, **values})


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda found: "", "description.json is damaged."),
        (lambda found: "[1]", "description.json is damaged."),
        (lambda found: "[" * 200_000, "description.json is damaged."),
        (change(classes=["a"]), "The data set has only one class"),
        (change(classes=["a", "a"]), "2 classes have the name a"),
        (change(classes=3), "description.json is damaged."),
        (change(counts={"training": 10}), "description.json is damaged."),
        (change(counts={"training": 10, "held_out": 10, "test": 4}), "its counts cannot be right"),
        (change(counts={"training": 1e999, "held_out": 2, "test": 4}), "is damaged."),
        (change(checksum="../../x"), "its checksum is not valid"),
        (change(created="yesterday"), "description.json is damaged."),
        (change(created=None), "description.json is damaged."),
    ],
)
def test_a_damaged_description_raises_the_declared_error(write, message):
    dataset = created()
    file = dataset.path / DESCRIPTION_FILE
    file.write_text(write(json.loads(file.read_text())))
    with pytest.raises(DataError) as raised:
        open_dataset(dataset.id)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"Data set {dataset.id}: ")


def test_a_missing_description_raises_the_declared_error():
    dataset = created()
    (dataset.path / DESCRIPTION_FILE).unlink()
    with pytest.raises(DataError, match=r"description\.json is missing"):
        open_dataset(dataset.id)


def other_arrays(**changes):
    arrays = dict(zip(KEYS, (*TRAINING, *TEST), strict=True)) | changes
    return {key: each for key, each in arrays.items() if each is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train": TRAINING.images[:, ::-1]},
        {"x_train": TRAINING.images[:9]},
        {"x_train": TRAINING.images.astype(np.float32)},
        {"y_train": TRAINING.labels + 1},
        {"y_train": None},
        {"more": TRAINING.labels},
    ],
    ids=["other pixels", "one less", "floats", "a label of 2", "no labels", "one more"],
)
@pytest.mark.parametrize("has_checksum", [False, True])
def test_arrays_other_than_those_described_raise_the_declared_error(changes, has_checksum):
    dataset = created()
    arrays, file = other_arrays(**changes), dataset.path / arrays_name(dataset.checksum)
    if has_checksum:
        if set(changes) == {"x_train"} and changes["x_train"].shape == TRAINING.images.shape:
            changes["x_train"] = changes["x_train"].astype(np.int8)  # else they would be valid
        arrays = other_arrays(**changes)
        digest = checksum(arrays)
        description = json.loads((dataset.path / DESCRIPTION_FILE).read_text())
        text = json.dumps({**description, "checksum": digest})
        (dataset.path / DESCRIPTION_FILE).write_text(text)
        file = dataset.path / arrays_name(digest)
    file.write_bytes(npz(**arrays))
    with pytest.raises(DataError, match=r'^Data set "Stars and hearts": images-.* is damaged, or'):
        open_dataset(dataset.id).load()


def test_missing_and_truncated_arrays_raise_the_declared_error():
    dataset = created()
    file = dataset.path / arrays_name(dataset.checksum)
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataError, match="is damaged or truncated"):
        dataset.load()
    file.unlink()
    with pytest.raises(DataError, match=r'^Data set "Stars and hearts": images-.*\.npz is missing'):
        dataset.load()


def test_on_a_full_disk_nothing_is_left(full_disk, datasets_folder):
    with pytest.raises(DataError, match=r"cannot be stored: the disk is full\. Free some space"):
        created()
    assert list(datasets_folder.iterdir()) == []
