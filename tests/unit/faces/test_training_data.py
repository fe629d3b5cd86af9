import socket

import numpy as np
import pytest

from cnn.config import PRESETS
from cnn.datasets.catalog import list_datasets, rename_dataset
from cnn.faces.pictures import (
    KEPT_OUT_PICTURES,
    SAMPLE,
    TRAINING_PICTURES,
    even_light,
    hard_windows,
    load_crops,
    load_packaged,
)
from cnn.faces.training import STEPS, face_config, face_dataset, face_run
from cnn.faces.training_data import COPIES, FACE, NO_FACE, PARTS, face_splits
from cnn.networks.layers import with_classes
from cnn.networks.starting_points import NOTEBOOK
from cnn.runs.writing import create_run


@pytest.fixture
def offline(monkeypatch):
    """No connection can be opened."""

    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_all_pictures_are_in_the_package(offline):
    load_crops.cache_clear()
    load_packaged.cache_clear()
    for crops in load_crops():
        assert (crops.shape, crops.dtype) == ((100, 28, 28), np.uint8)
    for name in (*TRAINING_PICTURES, *KEPT_OUT_PICTURES, SAMPLE):
        picture = load_packaged(name)
        assert picture.dtype == np.uint8
        assert picture.ndim == 2 or picture.shape[2] == 3
        assert min(picture.shape[:2]) >= 28
        assert picture.max() > 100


def test_no_picture_is_both_for_training_and_kept_out():
    assert not {*TRAINING_PICTURES} & {*KEPT_OUT_PICTURES, SAMPLE}


def test_each_crop_is_in_one_part_only():
    splits, held_out = face_splits()
    training, held = splits.training.images[:-held_out], splits.training.images[-held_out:]
    for crops in load_crops():
        parts = {"training": training, "held_out": held, "test": splits.test.images}
        places = {
            name: {
                i for i, crop in enumerate(even_light(crops)) if (part == crop).all((1, 2)).any()
            }
            for name, part in parts.items()
        }
        assert {name: len(each) for name, each in places.items()} == PARTS
        assert set.union(*places.values()) == set(range(100))


def test_the_parts_have_both_classes_and_held_out_copies_of_their_own():
    splits, held_out = face_splits()
    labels = splits.training.labels
    assert np.bincount(splits.test.labels).tolist() == [30, 30]
    assert np.bincount(labels[-held_out:]).tolist() == [10 * COPIES[NO_FACE], 10 * COPIES[FACE]]
    assert int(np.sum(labels[:-held_out] == FACE)) == 60 * COPIES[FACE]
    few, also_held_out = face_splits(with_hard=False, with_windows=False)
    assert also_held_out == held_out
    assert len(labels) > len(few.training.labels) + len(hard_windows())


def test_even_light_has_one_mean_and_contrast_but_does_not_enlarge_noise():
    ramp = np.tile(np.arange(28, dtype=np.uint8), (28, 1))
    flat = np.full((28, 28), 200, np.uint8)
    flat[0, 0] = 210
    dark, bright, even = even_light(np.stack([2 * ramp, 4 * ramp + 100, flat]))
    np.testing.assert_allclose(dark.astype(int), bright.astype(int), atol=1)
    assert dark.mean() == pytest.approx(128, abs=1)
    assert even.std() < 5


# The data set and its run


def test_the_data_set_is_made_once_and_found_again_also_if_renamed(tmp_path):
    dataset = face_dataset(tmp_path)
    assert face_dataset(tmp_path) == dataset
    renamed = rename_dataset(dataset, "People")
    assert face_dataset(tmp_path) == renamed
    assert len(list_datasets(tmp_path)[0]) == 2  # with MNIST
    np.testing.assert_array_equal(dataset.load().test.images, face_splits()[0].test.images)


def test_the_network_is_the_notebooks_with_two_outputs(tmp_path):
    config = face_config(face_dataset(tmp_path))
    assert config.layers == with_classes(NOTEBOOK, 2)
    assert config.validation == "held_out"
    assert config.learning_rate == PRESETS["notebook"].learning_rate
    assert STEPS <= config.epochs * config.steps_per_epoch < STEPS + config.steps_per_epoch


def test_the_newest_run_on_faces_is_found(tmp_path, folder):
    assert face_run() is None
    create_run(PRESETS["notebook"])
    assert face_run() is None
    runs = [create_run(face_config(face_dataset(tmp_path))) for _ in range(2)]
    assert face_run() == max(runs, key=lambda run: run.created)
    rename_dataset(face_dataset(tmp_path), "People")
    last = create_run(face_config(face_dataset(tmp_path)))
    assert last.data.name == "People"
    assert face_run() == last
