import shutil

import numpy as np
import pytest

from cnn.data.mnist import MNIST_PATH, DataError, load_digits, scaled

SHAPE = (10_000, 28, 28)
BLACK = np.zeros(SHAPE, np.uint8)
ZEROS = np.zeros(10_000, np.uint8)


@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_shapes_and_dtypes(split, count):
    images, labels = load_digits(split)
    assert images.shape == (count, 28, 28)
    assert labels.shape == (count,)
    assert images.dtype == labels.dtype == np.uint8
    assert set(labels.tolist()) == set(range(10))


def test_statistics_are_those_of_mnist():
    training, test = load_digits("train"), load_digits("test")
    # Published mean and deviation of the training pixels, and class counts of the test set.
    assert training.images.mean() == pytest.approx(33.318, abs=0.001)
    assert training.images.std() == pytest.approx(78.567, abs=0.001)
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(test.labels).tolist() == counts
    assert training.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_the_shared_arrays_are_read_only():
    for array in load_digits("test"):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_scaled_adds_a_channel_and_maps_pixels_to_0_to_1():
    images = np.array([[[0, 51], [102, 255]]], np.uint8)
    result = scaled(images)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, [[[[0.0], [0.2]], [[0.4], [1.0]]]], rtol=1e-6)


def error_message(path) -> str:
    with pytest.raises(DataError) as raised:
        load_digits("test", path)
    message = str(raised.value)
    assert str(path) in message
    assert message.endswith(
        "Restore it with `git checkout -- cnn/assets/mnist.npz`, "
        "or copy Keras's mnist.npz to that path."
    )
    return message


def test_a_missing_file_raises_an_error_and_can_be_restored(tmp_path):
    path = tmp_path / "mnist.npz"
    assert error_message(path).startswith("The data set is missing: ")
    shutil.copy(MNIST_PATH, path)
    assert load_digits("test", path).labels[0] == 7


def test_a_folder_instead_of_the_file_raises_an_error(tmp_path):
    assert error_message(tmp_path).startswith("The data set is damaged: ")


def _text(path):
    path.write_text("version https://git-lfs.github.com/spec/v1")


def _cut_off(path):
    path.write_bytes(MNIST_PATH.read_bytes()[:1_000_000])


def _flipped_byte(path):
    data = bytearray(MNIST_PATH.read_bytes())
    data[10_500_000] ^= 0xFF  # within the test images
    path.write_bytes(data)


def _single_array(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


@pytest.mark.parametrize(
    "write",
    [_text, _cut_off, _flipped_byte, _single_array, lambda path: path.write_bytes(b"")],
    ids=["text", "cut off", "flipped byte", "a single array", "empty"],
)
def test_a_damaged_file_raises_an_error(tmp_path, write):
    path = tmp_path / "mnist.npz"
    write(path)
    assert error_message(path).startswith("The data set is damaged: ")


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"x_test": BLACK},
        {"x_test": BLACK[:9_999], "y_test": ZEROS},
        {"x_test": BLACK, "y_test": ZEROS[:9_999]},
        {"x_test": BLACK[:, :, 1:], "y_test": ZEROS},
        {"x_test": BLACK.astype(np.float32), "y_test": ZEROS},
        {"x_test": BLACK, "y_test": ZEROS + 10},
        {"x_test": BLACK, "y_test": ZEROS - np.int64(1)},
        {"x_test": BLACK, "y_test": ZEROS.astype(str)},
        {"x_test": BLACK, "y_test": np.array([None] * 10_000)},
    ],
    ids=[
        "no arrays", "no labels", "one image missing", "one label missing", "too narrow",
        "float pixels", "labels of 10", "labels of -1", "labels as text", "labels as objects",
    ],
)  # fmt: skip
def test_arrays_other_than_mnist_raise_an_error(tmp_path, arrays):
    path = tmp_path / "mnist.npz"
    np.savez(path, **arrays)
    assert error_message(path).startswith("The data set is damaged: ")
