import numpy as np
import pytest

from cnn.data.mnist import DataError
from cnn.datasets.catalog import open_dataset
from cnn.datasets.drawings import (
    IMAGES_PER_CLASS,
    Drawings,
    build_splits,
    change_drawings,
    read_drawings,
    save_drawings,
)
from cnn.datasets.writing import create_dataset
from tests.unit.datasets.files import pictures


def drawn(*counts, classes=("heart", "star")):
    drawings = Drawings(classes)
    for label, count in enumerate(counts):
        for image in pictures(count, start=50 * label):
            drawings = drawings.add(image, label)
    return drawings


def test_drawings_are_added_and_removed():
    drawings = drawn(2, 1)
    assert drawings.counts == [2, 1]
    assert drawings.remove(-1).counts == [2, 0]
    assert drawings.remove(0).counts == [1, 1]
    assert drawings.counts == [2, 1]


def test_a_drawing_must_not_be_blank_nor_one_too_many():
    with pytest.raises(DataError, match="The drawing of star is blank; draw it first"):
        drawn(1, 1).add(np.zeros((28, 28), np.uint8), 1)
    with pytest.raises(DataError, match="There are 20 drawings of heart already, the most"):
        drawn(20).add(pictures(1)[0], 0)


@pytest.mark.parametrize(
    ("drawings", "message"),
    [
        (drawn(4, 5), "Each class needs 5 drawings: draw 1 of heart."),
        (drawn(4, 0), "Each class needs 5 drawings: draw 1 of heart, 5 of star."),
        (drawn(5, classes=("heart",)), "The data set has only one class; 2 to 50 are expected."),
        (drawn(5, 5, classes=("a", "a")), "2 classes have the name a; the names must be distinct."),
    ],
)
def test_what_is_missing_is_a_sentence(drawings, message):
    assert drawings.missing() == message
    with pytest.raises(DataError) as raised:
        save_drawings("Name", drawings)
    assert str(raised.value) == message


def test_each_part_consists_of_its_own_drawings_and_copies_of_them(monkeypatch):
    # A drawing's lightness, 100 + i and 150 + i, shows where it and its copies went.
    monkeypatch.setattr("cnn.datasets.drawings.distort", lambda images, rng: images)
    splits, held_out = build_splits(drawn(5, 10))
    counts = IMAGES_PER_CLASS
    assert held_out == 2 * counts["held_out"]
    kept = len(splits.training.labels) - held_out
    assert np.bincount(splits.training.labels[:kept]).tolist() == [counts["training"]] * 2
    assert np.bincount(splits.test.labels).tolist() == [counts["test"]] * 2
    parts = (splits.training.images[:kept], splits.training.images[kept:], splits.test.images)
    lightness = [sorted(set(images.max(axis=(1, 2)).tolist())) for images in parts]
    assert lightness == [
        [100, 102, 104, 150, 152, 154, 155, 157, 159],
        [101, 151, 156],
        [103, 153, 158],
    ]
    assert ((splits.training.images.max(axis=(1, 2)) >= 150) == splits.training.labels).all()


def test_the_same_drawings_always_give_the_same_pictures():
    first, second = build_splits(drawn(5, 5))[0], build_splits(drawn(5, 5))[0]
    np.testing.assert_array_equal(first.training.images, second.training.images)
    assert len(np.unique(first.training.images[:100], axis=0)) > 80


def test_drawings_are_kept_and_one_can_go_on_adding():
    drawings = drawn(5, 6)
    dataset = save_drawings("Symbols", drawings)
    dataset.load()
    found = read_drawings(open_dataset(dataset.id))
    np.testing.assert_array_equal(found.images, drawings.images)
    assert found.classes == ("heart", "star")
    more = found.add(pictures(1, start=99)[0], 0)
    changed = change_drawings(dataset, more._replace(classes=("heart", "moon")))
    assert open_dataset(dataset.id) == changed
    assert (changed.id, changed.name, changed.created) == (
        dataset.id,
        dataset.name,
        dataset.created,
    )
    assert changed.checksum != dataset.checksum
    assert read_drawings(changed).counts == [6, 6]
    assert len(changed.load().test.labels) == 2 * IMAGES_PER_CLASS["test"]
    assert len(list(dataset.path.glob("images-*"))) == 1
    undone = change_drawings(changed, found)
    assert undone.checksum == dataset.checksum
    with pytest.raises(DataError, match="Each class needs 5 drawings"):
        change_drawings(changed, found.remove(0))
    assert read_drawings(undone).counts == [5, 6]


def test_on_a_full_disk_the_drawings_stay_as_they_were(request):
    drawings = drawn(5, 5)
    dataset = save_drawings("Symbols", drawings)
    request.getfixturevalue("full_disk")
    with pytest.raises(DataError, match="cannot be changed: the disk is full"):
        change_drawings(dataset, drawings.add(pictures(1)[0], 0))
    assert open_dataset(dataset.id) == dataset
    assert read_drawings(dataset).counts == [5, 5]
    assert len(list(dataset.path.iterdir())) == 2


def test_only_what_was_drawn_here_has_drawings():
    splits, held_out = build_splits(drawn(5, 5))
    other = create_dataset("File", ["a", "b"], splits, held_out, "file.zip")
    for dataset in (open_dataset("mnist"), other):
        with pytest.raises(DataError, match="was not drawn here"):
            read_drawings(dataset)
