import cv2
import numpy as np

from cnn.data.mnist import load_digits
from cnn.datasets.duplicates import BLOCK, RELATIVE_DISTANCE, find_duplicates
from cnn.datasets.overview import class_counts, least_likely, mean_pictures, sample_sheet


def test_counts_include_classes_without_pictures():
    assert class_counts(np.array([0, 2, 2], np.uint8), 4).tolist() == [1, 0, 2, 0]


def test_the_mean_picture_of_each_class():
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 0, 0], images[1, 0, 0], images[2, 5, 5] = 100, 201, 7
    means = mean_pictures(images, np.array([1, 1, 2]), 3)
    assert means.dtype == np.float32
    assert (means[0] == 0).all()
    assert (means[1, 0, 0], means[1].sum()) == (150.5, 150.5)
    assert (means[2, 5, 5], means[2].sum()) == (7, 7)


def test_a_sheet_has_pictures_of_each_class():
    labels = np.array([0, 1] * 50 + [2])
    sheet = sample_sheet(labels, 4, 5)
    assert [len(each) for each in sheet] == [5, 5, 1, 0]
    assert all((labels[indices] == label).all() for label, indices in enumerate(sheet))
    again, other = sample_sheet(labels, 4, 5), sample_sheet(labels, 4, 5, seed=1)
    np.testing.assert_array_equal(sheet[0], again[0])
    assert sheet[0].tolist() != other[0].tolist()


def test_the_pictures_least_like_their_labels_come_first():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [np.nan, np.nan]])
    assert least_likely(probabilities, np.array([0, 0, 1, 1]), 3).tolist() == [3, 1, 2]
    assert least_likely(probabilities, np.array([1, 1, 1, 0]), 9).tolist() == [3, 0, 2, 1]


def test_equal_and_near_pictures_are_found_among_digits():
    images = load_digits("test").images[:1500].copy()
    images[1000] = images[10]
    images[1200] = images[10]
    images[1300] = images[77]
    encoded = cv2.imencode(".jpg", images[20], [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    images[1400] = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    images[5] = np.maximum(images[1499].astype(int) - 5, 0)
    done = []

    def steps(starts):
        for start in starts:
            yield start
            done.append(start)

    found = find_duplicates(images, steps=steps)
    assert done == [0, BLOCK, 2 * BLOCK]
    assert found.equal == [[10, 1000, 1200], [77, 1300]]
    assert {pair[:2] for pair in found.near} == {(5, 1499), (20, 1400)}
    assert all(0 < distance <= RELATIVE_DISTANCE for *_, distance in found.near)
    assert found.is_complete


def test_near_pairs_are_those_of_a_comparison_of_all():
    rng = np.random.default_rng(0)
    base = load_digits("train").images[:30]
    noise = rng.normal(0, rng.uniform(0, 25, (120, 1, 1)), (120, 28, 28))
    images = np.clip(np.tile(base, (4, 1, 1)) + noise, 0, 255).astype(np.uint8)
    flat = images.reshape(len(images), -1) / 255
    lengths = np.linalg.norm(flat, axis=1)
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    distances /= np.maximum(lengths[:, None], lengths[None])
    expected = np.argwhere(np.triu(distances <= RELATIVE_DISTANCE, 1)).tolist()
    found = find_duplicates(images, limit=1000)
    assert 20 < len(expected) < 160
    assert sorted([i, j] for i, j, _ in found.near) == expected
    assert found.near[0][2] == min(each[2] for each in found.near)


def test_many_duplicates_are_cut_off_and_it_is_said():
    images = np.zeros((3000, 28, 28), np.uint8)
    images[:, 4:20, 4:20] = 200
    images[np.arange(3000), 20 + np.arange(3000) % 8, np.arange(3000) // 8 % 28] = 1
    found = find_duplicates(images, limit=20)
    assert (len(found.equal), len(found.near), found.is_complete) == (20, 20, False)


def test_few_or_blank_pictures_have_no_near_duplicates():
    blank = np.zeros((3, 28, 28), np.uint8)
    assert find_duplicates(blank) == ([[0, 1, 2]], [], True)
    assert find_duplicates(blank[:1]) == find_duplicates(blank[:0]) == ([], [], True)
