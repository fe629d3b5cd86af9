"""The chapter's training, once, and what its network finds."""

import cv2
import numpy as np
import pytest

from cnn.faces.boxes import overlap, suppress
from cnn.faces.pictures import KEPT_OUT_PICTURES, as_grey, even_light, load_crops, load_packaged
from cnn.faces.sliding import LONGEST_SIDE, slide
from cnn.faces.training import face_config, face_dataset
from cnn.faces.training_data import FACE, face_splits
from cnn.inspection.recognizer import load_recognizer
from cnn.jobs.worker import work
from cnn.preprocessing.pixels import shrink
from cnn.runs.writing import create_run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def face_network(tmp_path_factory):
    """The run of the chapter, trained, and its probability of a face as a function."""
    folder = tmp_path_factory.mktemp("faces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_DATASETS", str(folder / "datasets"))
        run = create_run(face_config(face_dataset()), folder / "runs")
        assert work(run).status == "finished"
    recognizer = load_recognizer(run)
    return run, lambda images: recognizer.probabilities(even_light(images))[:, FACE]


def held_out_faces():
    """The test faces, as they are: (30, 28, 28) uint8."""
    test = face_splits()[0].test.images
    faces = load_crops()[0]
    return faces[[(test == each).all((1, 2)).any() for each in even_light(faces)]]


def test_most_of_the_test_images_are_classified_correctly(face_network):
    run, _ = face_network
    assert run.state().test_accuracy >= 0.9


def test_a_face_pasted_into_a_picture_is_found_where_it_is(face_network):
    _, classify = face_network
    picture = shrink(as_grey(load_packaged("rocket")), LONGEST_SIDE)
    found = 0
    faces = held_out_faces()[:10]
    assert len(faces) == 10
    for face, side in zip(faces, np.linspace(30, 90, 10).astype(int), strict=True):
        pasted = picture.copy()
        pasted[60 : 60 + side, 180 : 180 + side] = cv2.resize(face, (side, side))
        *_, (_, windows) = slide(pasted, classify)
        best = suppress(*windows, 0.5)[:1]
        place = np.array([180, 60, 180 + side, 60 + side])
        found += bool(len(best) and overlap(place, windows.boxes[best])[0] > 0.4)
    assert found >= 7


def test_few_windows_of_pictures_without_a_face_are_taken_for_one(face_network):
    _, classify = face_network
    windows = [
        list(slide(shrink(as_grey(load_packaged(name)), LONGEST_SIDE), classify))[-1][1]
        for name in KEPT_OUT_PICTURES
    ]
    probabilities = np.concatenate([each.probabilities for each in windows])
    assert np.mean(probabilities > 0.9) < 0.005
